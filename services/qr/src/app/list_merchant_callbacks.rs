//! The codes of a unit whose scans tell the merchant.

use kvitt_primitives::Msn;

use super::{App, Error};
use crate::{
    domain::Callback,
    store::{Page, Place, callbacks},
};

/// A page of them, oldest first, and what the next page comes behind.
pub(crate) async fn list_merchant_callbacks(
    app: &App,
    msn: &Msn,
    page: &Page,
) -> Result<(Vec<Callback>, Option<Place>), Error> {
    let mut connection = app.pool.acquire().await?;
    Ok(callbacks::list(&mut connection, msn, page).await?)
}
