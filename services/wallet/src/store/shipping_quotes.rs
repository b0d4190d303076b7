//! What merchants' servers offered to send, while payers choose.

use chrono::{DateTime, Utc};
use kvitt_primitives::{AddressId, PayerId};
use sqlx::{PgConnection, types::Json};
use tracing::Instrument as _;

use super::span;
use crate::domain::{inbox::Key, shipping::Groups};

/// Each quote that is kept makes room by forgetting some that are too old, so there is never much to forget at a time.
const KEEP_QUOTE: &str = "
    WITH forgotten AS (
        DELETE FROM shipping_quotes
        WHERE (msn, reference, payer_id, address_id) IN (
            SELECT msn, reference, payer_id, address_id
            FROM shipping_quotes
            WHERE expires_at <= $7 AND (msn, reference, payer_id, address_id) <> ($1, $2, $3, $4)
            ORDER BY expires_at
            LIMIT 10
            FOR UPDATE SKIP LOCKED
        )
    )
    INSERT INTO shipping_quotes (msn, reference, payer_id, address_id, options, expires_at)
    VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (msn, reference, payer_id, address_id) DO UPDATE
    SET options = EXCLUDED.options, expires_at = EXCLUDED.expires_at";

const FIND_QUOTE: &str = "
    SELECT options
    FROM shipping_quotes
    WHERE msn = $1 AND reference = $2 AND payer_id = $3 AND address_id = $4 AND expires_at > $5";

const FORGET_QUOTES: &str = "DELETE FROM shipping_quotes WHERE payer_id = $1";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[KEEP_QUOTE, FIND_QUOTE, FORGET_QUOTES];

/// For whom, and to where, something was offered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct For<'a> {
    pub(crate) key: &'a Key,
    pub(crate) payer_id: PayerId,
    pub(crate) address_id: AddressId,
}

/// Keeps the newest offer.
pub(crate) async fn keep(
    connection: &mut PgConnection,
    whom: For<'_>,
    options: &Groups,
    (now, expires_at): (DateTime<Utc>, DateTime<Utc>),
) -> Result<(), sqlx::Error> {
    sqlx::query(KEEP_QUOTE)
        .bind(&whom.key.msn)
        .bind(&whom.key.reference)
        .bind(whom.payer_id.as_uuid())
        .bind(whom.address_id.as_uuid())
        .bind(Json(options))
        .bind(expires_at)
        .bind(now)
        .execute(connection)
        .instrument(span("shipping_quotes.keep"))
        .await?;
    Ok(())
}

/// The newest offer, if it still stands.
pub(crate) async fn find(
    connection: &mut PgConnection,
    whom: For<'_>,
    now: DateTime<Utc>,
) -> Result<Option<Groups>, sqlx::Error> {
    let options: Option<Json<Groups>> = sqlx::query_scalar(FIND_QUOTE)
        .bind(&whom.key.msn)
        .bind(&whom.key.reference)
        .bind(whom.payer_id.as_uuid())
        .bind(whom.address_id.as_uuid())
        .bind(now)
        .fetch_optional(connection)
        .instrument(span("shipping_quotes.find"))
        .await?;
    Ok(options.map(|Json(options)| options))
}

/// Forgets what the payer was offered, wherever it was to go.
pub(crate) async fn forget(connection: &mut PgConnection, payer_id: PayerId) -> Result<(), sqlx::Error> {
    sqlx::query(FORGET_QUOTES)
        .bind(payer_id.as_uuid())
        .execute(connection)
        .instrument(span("shipping_quotes.forget"))
        .await?;
    Ok(())
}
