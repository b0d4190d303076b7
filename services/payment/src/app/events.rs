//! Read what happened to a payment.

use kvitt_primitives::{Msn, Reference};

use super::{App, Error};
use crate::{
    domain::Refusal,
    store::{self, EventPage},
};

/// Public events after version `after`, oldest first.
pub(crate) async fn events(
    app: &App,
    msn: &Msn,
    reference: &Reference,
    after: i32,
    limit: i32,
) -> Result<EventPage, Error> {
    let mut connection = app.pool.acquire().await?;
    let found = store::payments::find(&mut connection, std::iter::once((msn, reference))).await?;
    let payment = found.into_iter().next().ok_or(Error::Refused(Refusal::ReferenceNotFound))?;
    Ok(store::log::events(&mut connection, &payment, after, limit).await?)
}
