//! Which merchants are to be told that a session has ended.

use chrono::{DateTime, Utc};
use kvitt_primitives::Msn;
use sqlx::{PgConnection, Row as _};

use super::sessions::key;
use crate::domain::Key;

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[CLAIM, DELIVERED, FAILED, NEXT];

/// One that nobody else is at, of none of the sales units in $3. The instant moves ahead, so that it stays so.
const CLAIM: &str = "
    UPDATE sessions SET callback_at = $2
    WHERE (msn, reference) = (
        SELECT msn, reference FROM sessions
        WHERE callback = 'due' AND callback_at <= $1 AND msn <> ALL ($3)
        ORDER BY callback_at, msn, reference
        LIMIT 1
        FOR UPDATE SKIP LOCKED
    )
    RETURNING msn, reference, callback_attempts";

const DELIVERED: &str = "
    UPDATE sessions SET callback = 'delivered', callback_at = NULL, callback_attempts = callback_attempts + 1
    WHERE msn = $1 AND reference = $2 AND callback = 'due'";

/// Nothing is done when another instance has tried meanwhile; without an instant there is no further try.
const FAILED: &str = "
    UPDATE sessions
    SET callback = CASE WHEN $4::timestamptz IS NULL THEN 'given_up' ELSE 'due' END, callback_at = $4,
        callback_attempts = callback_attempts + 1
    WHERE msn = $1 AND reference = $2 AND callback = 'due' AND callback_attempts = $3";

const NEXT: &str = "SELECT min(callback_at) FROM sessions WHERE callback = 'due'";

/// A merchant to be told, and how often that was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Due {
    pub(crate) key: Key,
    pub(crate) attempts: i32,
}

/// Takes the longest due callback upon oneself until `until`, if there is one of a sales unit that is not `busy`.
pub(crate) async fn claim(
    tx: &mut PgConnection,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
    busy: &[Msn],
) -> Result<Option<Due>, sqlx::Error> {
    let busy: Vec<_> = busy.iter().map(Msn::as_str).collect();
    let row = sqlx::query(CLAIM).bind(now).bind(until).bind(busy).fetch_optional(tx).await?;
    row.map(|row| Ok(Due { key: key(&row)?, attempts: row.try_get("callback_attempts")? })).transpose()
}

/// The merchant was told.
pub(crate) async fn delivered(tx: &mut PgConnection, key: &Key) -> Result<(), sqlx::Error> {
    let (msn, reference) = (key.msn.as_str(), key.reference.as_str());
    sqlx::query(DELIVERED).bind(msn).bind(reference).execute(tx).await.map(|_| ())
}

/// The merchant was not told; the next try is at `next`, if there is to be one.
pub(crate) async fn failed(
    tx: &mut PgConnection,
    due: &Due,
    next: Option<DateTime<Utc>>,
) -> Result<(), sqlx::Error> {
    sqlx::query(FAILED)
        .bind(due.key.msn.as_str())
        .bind(due.key.reference.as_str())
        .bind(due.attempts)
        .bind(next)
        .execute(tx)
        .await
        .map(|_| ())
}

/// When somebody is to be told next.
pub(crate) async fn next(tx: &mut PgConnection) -> Result<Option<DateTime<Utc>>, sqlx::Error> {
    sqlx::query_scalar(NEXT).fetch_one(tx).await
}
