//! What is old is forgotten, so many rows at a time.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[BODIES, DELIVERIES, ATTEMPTS, ECOM];

/// What waits keeps its body: it has a week from when it was made or sent again.
const BODIES: &str = "\
UPDATE deliveries SET body = NULL, sealed_token = NULL
WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM deliveries WHERE created_at < $1 AND body IS NOT NULL AND state <> 1 LIMIT $2))
  AND state <> 1";

const DELIVERIES: &str = "\
DELETE FROM deliveries
WHERE ctid = ANY(ARRAY(SELECT ctid FROM deliveries WHERE created_at < $1 AND state <> 1 LIMIT $2)) AND state <> 1";

const ATTEMPTS: &str =
    "DELETE FROM attempts WHERE ctid = ANY(ARRAY(SELECT ctid FROM attempts WHERE at < $1 LIMIT $2))";

const ECOM: &str = "DELETE FROM ecom_payments WHERE ctid = ANY(ARRAY(SELECT ctid FROM ecom_payments WHERE created_at < $1 LIMIT $2))";

/// Forgets what was sent before that; how much there was.
pub(crate) async fn forget_bodies(
    connection: &mut PgConnection,
    before: DateTime<Utc>,
    most: i64,
) -> Result<u64, sqlx::Error> {
    forget(connection, BODIES, before, most).await
}

/// Forgets deliveries that were made before that.
pub(crate) async fn forget_deliveries(
    connection: &mut PgConnection,
    before: DateTime<Utc>,
    most: i64,
) -> Result<u64, sqlx::Error> {
    forget(connection, DELIVERIES, before, most).await
}

/// Forgets tries before that.
pub(crate) async fn forget_attempts(
    connection: &mut PgConnection,
    before: DateTime<Utc>,
    most: i64,
) -> Result<u64, sqlx::Error> {
    forget(connection, ATTEMPTS, before, most).await
}

/// Forgets eCom payments that were created before that.
pub(crate) async fn forget_ecom(
    connection: &mut PgConnection,
    before: DateTime<Utc>,
    most: i64,
) -> Result<u64, sqlx::Error> {
    forget(connection, ECOM, before, most).await
}

async fn forget(
    connection: &mut PgConnection,
    statement: &'static str,
    before: DateTime<Utc>,
    most: i64,
) -> Result<u64, sqlx::Error> {
    Ok(sqlx::query(statement).bind(before).bind(most).execute(connection).await?.rows_affected())
}
