//! Deletes logins and sessions that have ended by themselves. Nobody is served by them any more; this only keeps the
//! tables small.

use std::time::Duration;

use chrono::{DateTime, Utc};
use kvitt_runtime::wall_now;
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

use crate::store::sessions as store;

/// Anybody may begin logins, which live 10 minutes.
const SWEEP_EVERY: Duration = Duration::from_secs(60);

/// So many rows of each kind are deleted in one statement, so that none takes long.
const AT_ONCE: i64 = 1_000;

/// Sweeps until told to stop.
pub(crate) async fn run(pool: &PgPool, shutdown: &CancellationToken) {
    while shutdown.run_until_cancelled(tokio::time::sleep(SWEEP_EVERY)).await.is_some() {
        if let Some(Err(error)) = shutdown.run_until_cancelled(sweep(pool, wall_now())).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "could not sweep the sessions");
        }
    }
}

/// Deletes all that has ended at `wall`.
pub(crate) async fn sweep(pool: &PgPool, wall: DateTime<Utc>) -> Result<(), sqlx::Error> {
    let mut connection = pool.acquire().await?;
    while store::delete_ended(&mut connection, wall, AT_ONCE).await? > 0 {}
    Ok(())
}
