//! `senders`: the processes that deliver. Each says that it lives by the wall clock; what one had claimed that does not any
//! more is let go, and the try that it may have been in the middle of is written down as one that nobody saw the end of.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[BEAT, DEAD, LET_GO, BURY, FREE_STRAYS];

const BEAT: &str = "\
INSERT INTO senders (sender_id, alive_until) VALUES ($1, $2)
ON CONFLICT (sender_id) DO UPDATE SET alive_until = excluded.alive_until";

const DEAD: &str = "SELECT sender_id FROM senders WHERE alive_until < $1 FOR UPDATE SKIP LOCKED";

/// What is told once counts as told.
const LET_GO: &str = "\
WITH freed AS (
    UPDATE deliveries
    SET sender_id = NULL, attempts = attempts + 1, state = CASE WHEN kind IN (2, 4) THEN 3 ELSE 1 END, next_at = $2
    WHERE sender_id = ANY($1)
    RETURNING msn, delivery_id, attempts, state, next_at
)
INSERT INTO attempts (msn, delivery_id, number, at, took_us, outcome, tls, error, next_at)
SELECT msn, delivery_id, attempts, $2, 0, 10, false, 'the sender stopped in the middle; it may have arrived',
    CASE WHEN state = 1 THEN next_at END
FROM freed";

const BURY: &str = "DELETE FROM senders WHERE sender_id = ANY($1)";

/// What a claim took whose answer never came.
const FREE_STRAYS: &str =
    "UPDATE deliveries SET sender_id = NULL WHERE sender_id = $1 AND delivery_id <> ALL($2)";

/// Lets go of what the sender has claimed and does not know of; how much that was.
pub(crate) async fn free_strays(
    connection: &mut PgConnection,
    sender: Uuid,
    known: &[Uuid],
) -> Result<u64, sqlx::Error> {
    let freed = sqlx::query(FREE_STRAYS).bind(sender).bind(known).execute(connection).await?;
    Ok(freed.rows_affected())
}

/// The sender lives, at least until then.
pub(crate) async fn beat(
    connection: &mut PgConnection,
    sender: Uuid,
    alive_until: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query(BEAT).bind(sender).bind(alive_until).execute(connection).await.map(|_| ())
}

/// Lets go of what dead senders had claimed; how many they are. `now` is business time, `wall_now` the wall clock's. In a
/// transaction.
pub(crate) async fn bury(
    tx: &mut PgConnection,
    now: DateTime<Utc>,
    wall_now: DateTime<Utc>,
) -> Result<usize, sqlx::Error> {
    let dead: Vec<Uuid> = sqlx::query_scalar(DEAD).bind(wall_now).fetch_all(&mut *tx).await?;
    if !dead.is_empty() {
        retire(tx, now, &dead).await?;
    }
    Ok(dead.len())
}

/// Lets go of what these had claimed, and forgets them. In a transaction.
pub(crate) async fn retire(
    tx: &mut PgConnection,
    now: DateTime<Utc>,
    senders: &[Uuid],
) -> Result<(), sqlx::Error> {
    sqlx::query(LET_GO).bind(senders).bind(now).execute(&mut *tx).await?;
    sqlx::query(BURY).bind(senders).execute(tx).await.map(|_| ())
}
