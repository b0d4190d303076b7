//! The owner's registrations.

use kvitt_primitives::Msn;
use kvitt_runtime::Caller;

use super::{App, Error};
use crate::{domain::Registration, store::registrations};

/// The caller's registrations for the unit, or for all of a partner's; oldest first.
pub(crate) async fn list_webhooks(
    app: &App,
    caller: &Caller,
    msn: Option<Msn>,
) -> Result<Vec<Registration>, Error> {
    let owner = app.owner(caller, msn).await?;
    let mut connection = app.pool.acquire().await?;
    Ok(registrations::list(&mut connection, &owner).await?)
}
