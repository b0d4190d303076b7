//! Tell again what was told: one delivery, or all that a registration was told since a time.

use chrono::{DateTime, TimeDelta, Utc};
use kvitt_postgres::transaction;
use kvitt_primitives::{DeliveryId, Msn, WebhookId};
use kvitt_runtime::Caller;
use uuid::Uuid;

use super::{App, Error};
use crate::{
    domain::shown::Shown,
    store::{
        deliveries::{self, Again},
        registrations,
    },
};

/// How far back: as long as deliveries are kept.
const LONGEST: TimeDelta = TimeDelta::days(30);

/// Makes one pending again.
pub(crate) async fn resend_delivery(
    app: &App,
    caller: &Caller,
    (msn, delivery_id): (Msn, DeliveryId),
) -> Result<Shown, Error> {
    let partner_id = app.owner(caller, Some(msn.clone())).await?.partner_id();
    let (pool, named, now) = (&app.pool, (&msn, delivery_id), app.clock.now());
    let resent = transaction!(pool, "resend_delivery", async |tx| -> Result<_, Error> {
        let endpoint = deliveries::resend(tx, named, partner_id, now).await?;
        let shown = deliveries::find(tx, named, partner_id).await?.ok_or(Error::DeliveryNotFound)?;
        Ok((endpoint.ok_or(Error::NotResendable)?, shown))
    });
    let (endpoint, shown) = resent?;
    app.wake.tell([endpoint]);
    Ok(shown)
}

/// Makes everything pending again that one of the caller's registrations was told since then; how much that was. A batch
/// at a time, in the order in which it was made, so that what comes first of a payment is told first.
pub(crate) async fn resend_deliveries(
    app: &App,
    caller: &Caller,
    (msn, webhook_id): (Option<Msn>, WebhookId),
    since: DateTime<Utc>,
) -> Result<i64, Error> {
    let owner = app.owner(caller, msn).await?;
    let now = app.clock.now();
    if since < now - LONGEST {
        let rule = "must not be more than 30 days ago".to_owned();
        return Err(Error::Field { field: "since", rule });
    }
    let mut connection = app.pool.acquire().await?;
    let found = registrations::find(&mut connection, &owner, webhook_id).await?;
    found.ok_or(Error::WebhookNotFound)?;
    drop(connection);
    // Without an end, one that is told much all the time would be told again for ever.
    let before = DeliveryId::from_uuid(Uuid::now_v7());
    let again = Again { webhook_id, since, before, now };
    let (mut resent, mut after) = (0, Some(DeliveryId::from_uuid(Uuid::nil())));
    while let Some(last) = after {
        let (pool, again) = (&app.pool, &again);
        let (count, next) = transaction!(pool, "resend_deliveries", async |tx| -> Result<_, sqlx::Error> {
            deliveries::resend_since(tx, again, last).await
        })?;
        app.wake.tell([webhook_id.into()]);
        (resent, after) = (resent + count, next);
    }
    Ok(resent)
}
