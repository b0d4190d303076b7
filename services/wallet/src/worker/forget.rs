//! Forgets what nobody may read any more, when its time has come. Several instances may do it at once.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use kvitt_runtime::Clock;
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::{
    app::forget::{forget_due, next_due},
    domain::consent::READABLE,
};

/// The pause after a failure: the first, and the longest that doubling leads to.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// What another instance is just forgetting is not waited for in haste.
const SHORTEST_REST: TimeDelta = TimeDelta::seconds(1);

/// Runs until `shutdown`.
pub(crate) async fn run(pool: PgPool, clock: Clock, shutdown: CancellationToken) {
    let working = async {
        let mut pause = FIRST_PAUSE;
        loop {
            match look(&pool, &clock).await {
                Ok(next) => {
                    pause = FIRST_PAUSE;
                    clock.sleep_until(next).await;
                }
                Err(error) => {
                    warn!(%error, "what is to be forgotten must wait");
                    tokio::time::sleep(pause).await;
                    pause = LONGEST_PAUSE.min(pause * 2);
                }
            }
        }
    };
    let _stopped: Option<()> = shutdown.run_until_cancelled(working).await;
}

/// Forgets what is due and answers when to look again: what comes into being from now on is not due sooner than that.
async fn look(pool: &PgPool, clock: &Clock) -> Result<DateTime<Utc>, sqlx::Error> {
    let now = clock.now();
    let forgotten = forget_due(pool, now).await?;
    if forgotten > 0 {
        info!(forgotten, "addresses and tokens were kept long enough");
    }
    let next = next_due(pool).await?.unwrap_or(now + READABLE);
    Ok(next.max(now + SHORTEST_REST))
}
