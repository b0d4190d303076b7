//! Have reports sent to people, from the next one on.

use chrono::{Days, NaiveDate};
use kvitt_postgres::transaction;
use kvitt_primitives::Msn;
use kvitt_proto::refusal::FieldViolation;

use super::{App, Error};
use crate::{
    domain::calendar::date_of,
    store::subscriptions::{self, Subscription},
};

/// Most subscriptions of a unit.
pub(crate) const MOST_SUBSCRIPTIONS: i64 = 50;

/// Adds it. What is closed by now it is not sent for, but the week or the month that has begun it is sent whole.
pub(crate) async fn create_subscription(
    app: &App,
    subscription: Subscription,
) -> Result<Subscription, Error> {
    let now = app.clock.now();
    let unopened = app.day_before_first(&subscription.msn).await?;
    let added = transaction!(&app.pool, "create_subscription", async |tx| -> Result<bool, Error> {
        let closed = subscriptions::closed_through(tx, &subscription.msn).await?.unwrap_or(unopened);
        Ok(subscriptions::insert(tx, &subscription, closed, (now, MOST_SUBSCRIPTIONS)).await?)
    })?;
    if added {
        return Ok(subscription);
    }
    let rule = format!("has {MOST_SUBSCRIPTIONS} subscriptions already, and may have no more");
    Err(Error::Fields(vec![FieldViolation::new("msn", rule)]))
}

impl App {
    /// The last date before anything can be posted for a unit that has no ledger yet.
    async fn day_before_first(&self, msn: &Msn) -> Result<NaiveDate, Error> {
        let ledger = self.ledger_of(msn).await?.ok_or(Error::UnitNotFound)?;
        let today = date_of(ledger.market, self.clock.now(), 0);
        Ok(today.checked_sub_days(Days::new(1)).unwrap_or(today))
    }
}
