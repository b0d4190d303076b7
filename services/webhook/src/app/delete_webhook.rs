//! End a registration.

use kvitt_primitives::{Msn, WebhookId};
use kvitt_runtime::Caller;

use super::{App, Error};
use crate::store::registrations;

/// Removes the registration. What waits for it is dealt with by the sender, which sees that it has ended.
pub(crate) async fn delete_webhook(
    app: &App,
    caller: &Caller,
    (msn, webhook_id): (Option<Msn>, WebhookId),
) -> Result<(), Error> {
    let owner = app.owner(caller, msn).await?;
    let mut connection = app.pool.acquire().await?;
    if !registrations::delete(&mut connection, &owner, webhook_id).await? {
        return Err(Error::WebhookNotFound);
    }
    app.wake.tell([webhook_id.into()]);
    Ok(())
}
