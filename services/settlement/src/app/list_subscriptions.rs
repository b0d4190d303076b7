//! Who is sent the reports of a unit.

use kvitt_primitives::Msn;

use super::{App, Error};
use crate::store::subscriptions::{self, Subscription};

/// All of them, oldest first.
pub(crate) async fn list_subscriptions(app: &App, msn: &Msn) -> Result<Vec<Subscription>, Error> {
    let mut connection = app.pool.acquire().await?;
    Ok(subscriptions::list(&mut connection, msn).await?)
}
