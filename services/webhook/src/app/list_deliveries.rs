//! Deliveries of a unit.

use kvitt_primitives::DeliveryId;
use kvitt_runtime::Caller;

use super::{App, Error};
use crate::{
    domain::shown::Shown,
    store::deliveries::{self, Filter, Page},
};

/// A page of those that the caller may see, and what the next page comes before.
pub(crate) async fn list_deliveries(
    app: &App,
    caller: &Caller,
    mut filter: Filter,
    page: &Page,
) -> Result<(Vec<Shown>, Option<DeliveryId>), Error> {
    filter.partner_id = app.owner(caller, Some(filter.msn.clone())).await?.partner_id();
    let mut connection = app.pool.acquire().await?;
    Ok(deliveries::list(&mut connection, &filter, page).await?)
}
