//! What falls due by itself: the end of an open session's hour, a look at a payment, and forgetting.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, Row as _};

use super::sessions::key;
use crate::domain::{Key, READABLE};

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] =
    &[EXPIRE, FORGET, TO_LOOK_AT, POSTPONE_LOOK, WAITING, NEXT_END, NEXT_LOOK];

/// Rows that another instance deals with are left to it.
const EXPIRE: &str = "
    UPDATE sessions
    SET state = 'expired', ended_at = expires_at, forget_at = expires_at + $3::interval, callback = 'due',
        callback_at = expires_at
    WHERE (msn, reference) IN (
        SELECT msn, reference FROM sessions
        WHERE state = 'created' AND expires_at <= $1
        ORDER BY expires_at
        LIMIT $2
        FOR UPDATE SKIP LOCKED
    )";

/// A merchant who could not be told by then is not told any more.
const FORGET: &str = "
    UPDATE sessions
    SET forgotten_at = $1, token = NULL, terms = NULL, payer = NULL, callback_at = NULL,
        callback = CASE callback WHEN 'due' THEN 'given_up' ELSE callback END
    WHERE (msn, reference) IN (
        SELECT msn, reference FROM sessions
        WHERE forgotten_at IS NULL AND forget_at <= $1
        ORDER BY forget_at
        LIMIT $2
        FOR UPDATE SKIP LOCKED
    )";

const TO_LOOK_AT: &str = "
    SELECT msn, reference, looks FROM sessions
    WHERE state = 'initiated' AND look_at <= $1
    ORDER BY look_at
    LIMIT $2";

/// Whoever looks moves the instant ahead first. Nothing is done when another instance has.
const POSTPONE_LOOK: &str = "
    UPDATE sessions SET look_at = $4, looks = looks + 1
    WHERE msn = $1 AND reference = $2 AND looks = $3 AND state = 'initiated'";

#[cfg(any(test, feature = "sandbox"))]
const WAITING: &str = "
    SELECT msn, reference, looks FROM sessions
    WHERE state = 'initiated' AND (msn, reference) > ($1, $2)
    ORDER BY msn, reference
    LIMIT $3";

const NEXT_END: &str = "
    SELECT LEAST(
        (SELECT min(expires_at) FROM sessions WHERE state = 'created'),
        (SELECT min(forget_at) FROM sessions WHERE forgotten_at IS NULL)
    )";

const NEXT_LOOK: &str = "SELECT min(look_at) FROM sessions WHERE state = 'initiated'";

/// A session whose payment waits for its payer, and how often it was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Waiting {
    pub(crate) key: Key,
    pub(crate) looks: i32,
}

/// Ends at most `limit` open sessions whose hour is over at `now`; how many.
pub(crate) async fn expire(
    tx: &mut PgConnection,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<u64, sqlx::Error> {
    let done = sqlx::query(EXPIRE).bind(now).bind(limit).bind(READABLE).execute(tx).await?;
    Ok(done.rows_affected())
}

/// Erases what is personal in at most `limit` sessions that ended long ago; how many.
pub(crate) async fn forget(
    tx: &mut PgConnection,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<u64, sqlx::Error> {
    let done = sqlx::query(FORGET).bind(now).bind(limit).execute(tx).await?;
    Ok(done.rows_affected())
}

/// At most `limit` sessions whose payment is to be looked at by now.
pub(crate) async fn to_look_at(
    tx: &mut PgConnection,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<Waiting>, sqlx::Error> {
    let rows = sqlx::query(TO_LOOK_AT).bind(now).bind(limit).fetch_all(tx).await?;
    rows.iter().map(|row| Ok(Waiting { key: key(row)?, looks: row.try_get("looks")? })).collect()
}

/// Takes a look upon oneself: the next one is at `next`. False when another instance was faster.
pub(crate) async fn postpone_look(
    tx: &mut PgConnection,
    waiting: &Waiting,
    next: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(POSTPONE_LOOK)
        .bind(waiting.key.msn.as_str())
        .bind(waiting.key.reference.as_str())
        .bind(waiting.looks)
        .bind(next)
        .execute(tx)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// At most `limit` sessions that wait for their payments, behind `after` in the order of their keys.
#[cfg(any(test, feature = "sandbox"))]
pub(crate) async fn waiting(
    tx: &mut PgConnection,
    after: Option<&Key>,
    limit: i64,
) -> Result<Vec<Waiting>, sqlx::Error> {
    let (msn, reference) = after.map_or(("", ""), |key| (key.msn.as_str(), key.reference.as_str()));
    let rows = sqlx::query(WAITING).bind(msn).bind(reference).bind(limit).fetch_all(tx).await?;
    rows.iter().map(|row| Ok(Waiting { key: key(row)?, looks: row.try_get("looks")? })).collect()
}

/// When a session expires or is to be forgotten next.
pub(crate) async fn next_end(tx: &mut PgConnection) -> Result<Option<DateTime<Utc>>, sqlx::Error> {
    sqlx::query_scalar(NEXT_END).fetch_one(tx).await
}

/// When a payment is to be looked at next.
pub(crate) async fn next_look(tx: &mut PgConnection) -> Result<Option<DateTime<Utc>>, sqlx::Error> {
    sqlx::query_scalar(NEXT_LOOK).fetch_one(tx).await
}
