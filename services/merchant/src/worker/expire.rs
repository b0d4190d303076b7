//! Writes down that prefilled orders have expired, which every reader sees without it.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::{Pass, Work};
use crate::store::orders::due;

/// Orders dealt with at once.
const BATCH: i64 = 500;

pub(super) async fn pass(work: &Work) -> Result<Pass, sqlx::Error> {
    let mut pass = Pass::default();
    loop {
        let mut connection = work.app.pool.acquire().await?;
        let expired = due::expire(&mut connection, work.app.clock.now(), BATCH).await?;
        if expired == 0 {
            return Ok(pass);
        }
        pass.worked = true;
    }
}

pub(super) async fn next(connection: &mut PgConnection) -> Result<Option<DateTime<Utc>>, sqlx::Error> {
    due::next_expiry(connection).await
}
