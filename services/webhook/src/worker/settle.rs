//! Does what is due by the clock of the sandbox before it goes on: catches up with payment's log, and ends what has been
//! silent for too long. Nobody waits for calls to merchants: what is due of those goes out beside it.

use std::time::Duration;

use kvitt_feed::Follower;
use kvitt_runtime::sandbox::Settled;
use tokio::time::timeout;
use tracing::warn;

use super::{due::Due, follow::Telling};

/// How long catching up may take.
const CATCH_UP_LIMIT: Duration = Duration::from_secs(30);

/// Does all that is due now, but for calls.
pub(crate) async fn settle(due: Due, follower: Follower<Telling>) -> Settled {
    match timeout(CATCH_UP_LIMIT, follower.catch_up()).await {
        Ok(Ok(())) => {}
        Ok(Err(status)) => {
            warn!(%status, "what merchants are told is not caught up with");
            return Settled { failed: true, ..Settled::default() };
        }
        Err(_elapsed) => {
            warn!("what merchants are told was not caught up with in time");
            return Settled { failed: true, ..Settled::default() };
        }
    }
    match due.pass().await {
        Ok(ended) => match due.next_at().await {
            Ok(next_due_at) => Settled { worked: ended > 0, failed: false, next_due_at },
            Err(_) => Settled { failed: true, ..Settled::default() },
        },
        Err(error) => {
            warn!(error = &error as &dyn std::error::Error, "what is silent cannot be ended");
            Settled { failed: true, ..Settled::default() }
        }
    }
}
