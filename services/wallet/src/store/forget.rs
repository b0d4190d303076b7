//! What has been kept long enough.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use tracing::Instrument as _;

use super::span;
use crate::domain::consent::READABLE;

/// Other instances forget others at the same time, so nobody waits for a row.
const FORGET: &str = "
    WITH shipped AS (
        UPDATE consents
        SET shipping_line_1 = NULL, shipping_line_2 = NULL, shipping_post_code = NULL, shipping_city = NULL,
            shipping_country = NULL
        WHERE (msn, payer_id, reference) IN (
            SELECT msn, payer_id, reference FROM consents
            WHERE given_at <= $1 AND shipping_line_1 IS NOT NULL
            ORDER BY given_at
            LIMIT $2
            FOR UPDATE SKIP LOCKED
        )
        RETURNING 1
    ), tokens AS (
        DELETE FROM customer_tokens
        WHERE token_hash IN (
            SELECT token_hash FROM customer_tokens WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2
            FOR UPDATE SKIP LOCKED
        )
        RETURNING 1
    ), codes AS (
        DELETE FROM personal_codes
        WHERE token_hash IN (
            SELECT token_hash FROM personal_codes WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2
            FOR UPDATE SKIP LOCKED
        )
        RETURNING 1
    )
    SELECT (SELECT count(*) FROM shipped) + (SELECT count(*) FROM tokens) + (SELECT count(*) FROM codes)";

const NEXT: &str = "
    SELECT least(
        (SELECT min(given_at) FROM consents WHERE shipping_line_1 IS NOT NULL),
        (SELECT min(expires_at) FROM customer_tokens),
        (SELECT min(expires_at) FROM personal_codes)
    )";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[FORGET, NEXT];

/// Forgets shipping addresses that may no longer be read, and tokens and codes that have been of no use for as long; at most
/// so many of each, the oldest first. Answers how many there were.
pub(crate) async fn forget(
    connection: &mut PgConnection,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar(FORGET)
        .bind(now - READABLE)
        .bind(limit)
        .fetch_one(connection)
        .instrument(span("people.forget"))
        .await
}

/// When there is something to forget next.
pub(crate) async fn next(connection: &mut PgConnection) -> Result<Option<DateTime<Utc>>, sqlx::Error> {
    let since: Option<DateTime<Utc>> = sqlx::query_scalar(NEXT).fetch_one(connection).await?;
    Ok(since.map(|since| since + READABLE))
}
