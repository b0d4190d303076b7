//! One delivery with its tries.

use kvitt_primitives::{DeliveryId, Msn};
use kvitt_runtime::Caller;

use super::{App, Error};
use crate::{domain::shown::Shown, store::deliveries};

/// The delivery, if the caller may see it.
pub(crate) async fn get_delivery(
    app: &App,
    caller: &Caller,
    (msn, delivery_id): (Msn, DeliveryId),
) -> Result<Shown, Error> {
    let partner_id = app.owner(caller, Some(msn.clone())).await?.partner_id();
    let mut connection = app.pool.acquire().await?;
    let found = deliveries::find(&mut connection, (&msn, delivery_id), partner_id).await?;
    found.ok_or(Error::DeliveryNotFound)
}
