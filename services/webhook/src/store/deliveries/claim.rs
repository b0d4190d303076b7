//! What is due, and taking it upon oneself.

use chrono::{DateTime, Utc};
use kvitt_primitives::{DeliveryId, EventId, WebhookId};
use sqlx::{PgConnection, Row as _, postgres::PgRow};
use uuid::Uuid;

use super::super::broken;
use crate::domain::{EndpointId, Key, Kind};

/// A delivery that this process is to try.
#[derive(Debug, Clone)]
pub(crate) struct Claimed {
    pub(crate) key: Key,
    pub(crate) delivery_id: DeliveryId,
    pub(crate) kind: Kind,
    pub(crate) url: String,
    pub(crate) event_id: EventId,
    pub(crate) body: String,
    /// Whether what the payer shares has to be added first.
    pub(crate) incomplete: bool,
    pub(crate) sealed_token: Option<Vec<u8>>,
    pub(crate) began_at: DateTime<Utc>,
    /// Since when it has been due.
    pub(crate) due_at: DateTime<Utc>,
    /// Tries that failed since then.
    pub(crate) failures: i32,
    /// Tries that there were before, all told.
    pub(crate) attempts: i32,
    /// Whose it is, while that stands; always none for eCom's calls.
    pub(crate) registration: Option<Registered>,
}

/// What is needed of a registration to deliver to it.
#[derive(Debug, Clone)]
pub(crate) struct Registered {
    pub(crate) webhook_id: WebhookId,
    pub(crate) sealed_secret: Vec<u8>,
    pub(crate) standard_webhooks: bool,
}

/// Every endpoint that has something to wait for, and when the first of it is due. It steps from endpoint to endpoint, so
/// it costs what there are of them, however much waits.
pub(super) const AGENDA: &str = "\
WITH RECURSIVE endpoints AS (
    (SELECT endpoint_id, next_at FROM deliveries WHERE state = 1 AND sender_id IS NULL
     ORDER BY endpoint_id, next_at LIMIT 1)
    UNION ALL
    SELECT following.endpoint_id, following.next_at
    FROM endpoints
    CROSS JOIN LATERAL (
        SELECT d.endpoint_id, d.next_at FROM deliveries d
        WHERE d.state = 1 AND d.sender_id IS NULL AND d.endpoint_id > endpoints.endpoint_id
        ORDER BY d.endpoint_id, d.next_at LIMIT 1
    ) following
)
SELECT endpoint_id, next_at FROM endpoints";

/// Takes what is due, the longest due first. What has an earlier one of the same endpoint and payment before it stays.
pub(super) const CLAIM: &str = "\
WITH due AS (
    SELECT d.msn, d.endpoint_id, d.reference, d.number
    FROM UNNEST($1::uuid[], $2::integer[]) AS e (endpoint_id, room)
    CROSS JOIN LATERAL (
        SELECT d.msn, d.endpoint_id, d.reference, d.number
        FROM deliveries d
        WHERE d.endpoint_id = e.endpoint_id AND d.state = 1 AND d.sender_id IS NULL AND d.next_at <= $3
          AND NOT EXISTS (
              SELECT FROM deliveries before
              WHERE before.msn = d.msn AND before.endpoint_id = d.endpoint_id AND before.reference = d.reference
                AND before.number < d.number AND before.state = 1)
        ORDER BY d.next_at, d.delivery_id
        LIMIT e.room
        FOR UPDATE OF d SKIP LOCKED
    ) d
)
UPDATE deliveries d SET sender_id = $4
FROM due
LEFT JOIN registrations r ON r.webhook_id = due.endpoint_id AND r.ended_at IS NULL
WHERE d.msn = due.msn AND d.endpoint_id = due.endpoint_id AND d.reference = due.reference AND d.number = due.number
RETURNING d.msn, d.endpoint_id, d.reference, d.number, d.delivery_id, d.kind, d.url, d.event_id, d.body, d.incomplete,
    d.sealed_token, d.began_at, d.next_at, d.failures, d.attempts, r.webhook_id, r.sealed_secret, r.standard_webhooks";

/// When each endpoint has something due.
pub(crate) async fn agenda(
    connection: &mut PgConnection,
) -> Result<Vec<(EndpointId, DateTime<Utc>)>, sqlx::Error> {
    let rows: Vec<(Uuid, DateTime<Utc>)> = sqlx::query_as(AGENDA).fetch_all(connection).await?;
    Ok(rows.into_iter().map(|(id, at)| (EndpointId::from_uuid(id), at)).collect())
}

/// Takes at most so many of each endpoint that are due. It fails when the sender's row is gone: then somebody thinks that
/// this process has ended.
pub(crate) async fn claim(
    connection: &mut PgConnection,
    rooms: &[(EndpointId, usize)],
    now: DateTime<Utc>,
    sender: Uuid,
) -> Result<Vec<Claimed>, sqlx::Error> {
    let endpoints: Vec<Uuid> = rooms.iter().map(|(id, _)| id.as_uuid()).collect();
    let places: Vec<i32> = rooms.iter().map(|(_, room)| i32::try_from(*room).unwrap_or(i32::MAX)).collect();
    let claim = sqlx::query(CLAIM).bind(endpoints).bind(places).bind(now).bind(sender);
    claim.fetch_all(connection).await?.iter().map(claimed).collect()
}

fn claimed(row: &PgRow) -> Result<Claimed, sqlx::Error> {
    let msn: &str = row.try_get("msn")?;
    let registration = match row.try_get::<Option<Uuid>, _>("webhook_id")? {
        None => None,
        Some(webhook_id) => Some(Registered {
            webhook_id: WebhookId::from_uuid(webhook_id),
            sealed_secret: row.try_get("sealed_secret")?,
            standard_webhooks: row.try_get("standard_webhooks")?,
        }),
    };
    Ok(Claimed {
        key: Key {
            msn: msn.parse().map_err(|_| broken("msn"))?,
            endpoint_id: EndpointId::from_uuid(row.try_get("endpoint_id")?),
            reference: row.try_get("reference")?,
            number: row.try_get("number")?,
        },
        delivery_id: DeliveryId::from_uuid(row.try_get("delivery_id")?),
        kind: Kind::of_number(row.try_get("kind")?).ok_or_else(|| broken("kind"))?,
        url: row.try_get("url")?,
        event_id: EventId::from_uuid(row.try_get("event_id")?),
        body: row.try_get("body")?,
        incomplete: row.try_get("incomplete")?,
        sealed_token: row.try_get("sealed_token")?,
        began_at: row.try_get("began_at")?,
        due_at: row.try_get("next_at")?,
        failures: row.try_get("failures")?,
        attempts: row.try_get("attempts")?,
        registration,
    })
}
