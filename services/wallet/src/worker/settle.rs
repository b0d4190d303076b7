//! Does what is due by the clock of the sandbox before it goes on.

use std::time::Duration;

use kvitt_runtime::{Clock, sandbox::Settled};
use sqlx::PgPool;
use tokio::time::timeout;
use tracing::warn;

use super::follow::Follower;
use crate::app::{execute_operations::Acquirer, forget};

/// How long the inbox may need to catch up with payment's log.
const CATCH_UP_LIMIT: Duration = Duration::from_secs(30);

/// What has its time by the clock.
#[derive(Clone)]
pub(crate) struct Due {
    pub(crate) acquirer: Acquirer,
    pub(crate) pool: PgPool,
    pub(crate) clock: Clock,
}

/// Lets holds lapse, forgets what is to be forgotten, waits for the inbox, and tells what is due next.
pub(crate) async fn settle(due: Due, follower: Follower) -> Settled {
    let followed = match timeout(CATCH_UP_LIMIT, follower.catch_up()).await {
        Ok(followed) => followed.inspect_err(|status| warn!(%status, "the inbox cannot catch up")).is_ok(),
        Err(_elapsed) => {
            warn!("the inbox did not catch up in time");
            false
        }
    };
    let (holds, people) = (due.holds().await, due.people().await);
    Settled {
        worked: holds.worked || people.worked,
        failed: holds.failed || people.failed || !followed,
        next_due_at: holds.next_due_at.into_iter().chain(people.next_due_at).min(),
    }
}

impl Due {
    async fn holds(&self) -> Settled {
        let lapsed =
            self.acquirer.lapse_holds().await.inspect_err(|error| warn!(%error, "holds cannot lapse"));
        let next = self.acquirer.next_lapse().await;
        let next = next.inspect_err(|error| warn!(%error, "the next lapse is unknown"));
        Settled {
            failed: lapsed.is_err() || next.is_err(),
            worked: lapsed.is_ok_and(|lapsed| lapsed > 0),
            next_due_at: next.ok().flatten(),
        }
    }

    async fn people(&self) -> Settled {
        let now = self.clock.now();
        let forgotten = forget::forget_due(&self.pool, now).await;
        let forgotten = forgotten.inspect_err(|error| warn!(%error, "nothing can be forgotten"));
        let next = forget::next_due(&self.pool).await;
        let next = next.inspect_err(|error| warn!(%error, "what is to be forgotten next is unknown"));
        Settled {
            failed: forgotten.is_err() || next.is_err(),
            worked: forgotten.is_ok_and(|forgotten| forgotten > 0),
            // What another instance is just forgetting is not waited for.
            next_due_at: next.ok().flatten().filter(|next| *next > now),
        }
    }
}
