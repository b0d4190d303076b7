//! What was told is told again.

use chrono::{DateTime, Utc};
use kvitt_primitives::{DeliveryId, Msn, PartnerId, WebhookId};
use sqlx::{PgConnection, Row as _};
use uuid::Uuid;

use crate::domain::{EndpointId, schedule::CHECK_IN};

/// Rows that one statement looks at.
pub(crate) const BATCH: i64 = 1000;

/// What waits already keeps its schedule, but is tried at once unless somebody is trying it now.
macro_rules! again {
    () => {
        "UPDATE deliveries d
         SET state = 1,
             failures = CASE d.state WHEN 1 THEN d.failures ELSE 0 END,
             began_at = CASE d.state WHEN 1 THEN d.began_at ELSE $1 END,
             next_at = CASE WHEN d.sender_id IS NULL THEN $1 ELSE d.next_at END "
    };
}

/// A test event is never told again, nor a payer who is not there any more, and nothing to a registration that has ended.
/// What waited behind it for its schedule waits for it alone now.
pub(super) const RESEND: &str = concat!(
    "WITH resent AS (",
    again!(),
    "    WHERE d.msn = $2 AND d.delivery_id = $3 AND d.partner_id IS NOT DISTINCT FROM $4 AND d.body IS NOT NULL
           AND (d.kind <> 5 OR d.occurred_at > $5)
           AND (d.kind IN (2, 3) OR d.kind IN (1, 5) AND EXISTS (
               SELECT FROM registrations r WHERE r.webhook_id = d.endpoint_id AND r.ended_at IS NULL))
         RETURNING d.msn, d.endpoint_id, d.reference, d.number
     ), behind AS (
         UPDATE deliveries l SET next_at = $1
         FROM resent r
         WHERE l.msn = r.msn AND l.endpoint_id = r.endpoint_id AND l.reference = r.reference AND l.number > r.number
           AND l.state = 1 AND l.failures = 0 AND l.sender_id IS NULL AND l.next_at > $1
     )
     SELECT endpoint_id FROM resent"
);

pub(super) const RESEND_SINCE: &str = concat!(
    "WITH looked_at AS MATERIALIZED (
         SELECT msn, delivery_id, occurred_at FROM deliveries
         WHERE endpoint_id = $2 AND delivery_id > $4 AND delivery_id < $5
         ORDER BY delivery_id LIMIT $6
     ), resent AS (",
    again!(),
    "    FROM looked_at l
         WHERE l.occurred_at >= $3 AND d.msn = l.msn AND d.delivery_id = l.delivery_id AND d.kind IN (1, 5)
           AND d.body IS NOT NULL AND (d.kind <> 5 OR d.occurred_at > $7)
         RETURNING d.delivery_id
     )
     SELECT (SELECT count(*) FROM resent) AS resent,
         (SELECT delivery_id FROM looked_at ORDER BY delivery_id OFFSET $6 - 1) AS last"
);

/// Makes one pending again; who is told, when it could be done.
pub(crate) async fn resend(
    connection: &mut PgConnection,
    (msn, delivery_id): (&Msn, DeliveryId),
    partner_id: Option<PartnerId>,
    now: DateTime<Utc>,
) -> Result<Option<EndpointId>, sqlx::Error> {
    let resend = sqlx::query_scalar(RESEND)
        .bind(now)
        .bind(msn.as_str())
        .bind(delivery_id.as_uuid())
        .bind(partner_id.map(|id| id.as_uuid()))
        .bind(now - CHECK_IN);
    Ok(resend.fetch_optional(connection).await?.map(EndpointId::from_uuid))
}

/// What a registration is told again.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Again {
    pub(crate) webhook_id: WebhookId,
    /// What happened then or later.
    pub(crate) since: DateTime<Utc>,
    /// What was made before.
    pub(crate) before: DeliveryId,
    pub(crate) now: DateTime<Utc>,
}

/// Makes the next batch behind this one pending again: how many, and the last that was looked at when there may be more.
pub(crate) async fn resend_since(
    connection: &mut PgConnection,
    again: &Again,
    after: DeliveryId,
) -> Result<(i64, Option<DeliveryId>), sqlx::Error> {
    let resend = sqlx::query(RESEND_SINCE)
        .bind(again.now)
        .bind(again.webhook_id.as_uuid())
        .bind(again.since)
        .bind(after.as_uuid())
        .bind(again.before.as_uuid())
        .bind(BATCH)
        .bind(again.now - CHECK_IN);
    let row = resend.fetch_one(connection).await?;
    let last: Option<Uuid> = row.try_get("last")?;
    Ok((row.try_get("resent")?, last.map(DeliveryId::from_uuid)))
}
