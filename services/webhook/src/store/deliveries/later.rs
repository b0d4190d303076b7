//! What comes later, for the faults of the sandbox.

use kvitt_primitives::{DeliveryId, EventId};
use sqlx::{PgConnection, Row as _};

use super::Claimed;
use crate::domain::Key;

pub(super) const LATER: &str = "\
SELECT number, delivery_id, url, event_id, body FROM deliveries
WHERE msn = $1 AND endpoint_id = $2 AND reference = $3 AND number > $4 AND state = 1 AND NOT incomplete
ORDER BY number LIMIT 1";

/// What the same endpoint is to be told next about the same payment.
pub(crate) async fn later(
    connection: &mut PgConnection,
    claimed: &Claimed,
) -> Result<Option<Claimed>, sqlx::Error> {
    let key = &claimed.key;
    let later = sqlx::query(LATER)
        .bind(key.msn.as_str())
        .bind(key.endpoint_id.as_uuid())
        .bind(&key.reference)
        .bind(key.number);
    let Some(row) = later.fetch_optional(connection).await? else { return Ok(None) };
    Ok(Some(Claimed {
        key: Key { number: row.try_get("number")?, ..key.clone() },
        delivery_id: DeliveryId::from_uuid(row.try_get("delivery_id")?),
        url: row.try_get("url")?,
        event_id: EventId::from_uuid(row.try_get("event_id")?),
        body: row.try_get("body")?,
        ..claimed.clone()
    }))
}
