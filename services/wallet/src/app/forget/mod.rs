//! Forgets what nobody may read any more.

use chrono::{DateTime, Utc};
use sqlx::PgPool;

use crate::store::forget;

/// So many rows of each kind in one statement, so that none takes long.
const AT_ONCE: i64 = 1_000;

/// Forgets all that is due at `now`; answers how many things that were.
pub(crate) async fn forget_due(pool: &PgPool, now: DateTime<Utc>) -> Result<i64, sqlx::Error> {
    let mut connection = pool.acquire().await?;
    let mut forgotten = 0;
    loop {
        match forget::forget(&mut connection, now, AT_ONCE).await? {
            0 => return Ok(forgotten),
            some => forgotten += some,
        }
    }
}

/// When there is something to forget next.
pub(crate) async fn next_due(pool: &PgPool) -> Result<Option<DateTime<Utc>>, sqlx::Error> {
    let mut connection = pool.acquire().await?;
    forget::next(&mut connection).await
}

#[cfg(test)]
mod tests;
