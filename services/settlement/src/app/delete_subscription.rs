//! Send no more reports.

use kvitt_postgres::transaction;
use kvitt_primitives::Msn;
use uuid::Uuid;

use super::{App, Error};
use crate::store::{mails, subscriptions};

/// What is said of mails that were not sent in time.
const ENDED: &str = "the subscription was ended";

/// Ends it, and what still waits to be sent for it.
pub(crate) async fn delete_subscription(app: &App, (msn, id): (&Msn, Uuid)) -> Result<(), Error> {
    transaction!(&app.pool, "delete_subscription", async |tx| -> Result<(), Error> {
        if !subscriptions::delete(tx, (msn, id)).await? {
            return Err(Error::SubscriptionNotFound);
        }
        Ok(mails::end_of_subscription(tx, (msn, id), ENDED).await?)
    })
}
