//! Change who is sent reports, and which.

use super::{App, Error};
use crate::store::subscriptions::{self, Subscription};

/// Changes it, from the next mail that is made on.
pub(crate) async fn update_subscription(
    app: &App,
    subscription: Subscription,
) -> Result<Subscription, Error> {
    let mut connection = app.pool.acquire().await?;
    let known = subscriptions::update(&mut connection, &subscription).await?;
    if known { Ok(subscription) } else { Err(Error::SubscriptionNotFound) }
}
