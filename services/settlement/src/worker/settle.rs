//! Does what is due by the clock of the sandbox before it goes on: catches up with payment's log, then closes dates,
//! executes payouts and sends mails.

use std::time::Duration;

use kvitt_feed::Follower;
use kvitt_runtime::sandbox::Settled;
use tokio::time::timeout;
use tracing::warn;

use super::{due::Due, follow::Following};

/// How long catching up may take.
const CATCH_UP_LIMIT: Duration = Duration::from_secs(30);

/// Does all that is due now, but for calls.
pub(crate) async fn settle(due: Due, follower: Follower<Following>) -> Settled {
    match timeout(CATCH_UP_LIMIT, follower.catch_up()).await {
        Ok(Ok(())) => {}
        Ok(Err(status)) => {
            warn!(%status, "payment's log is not caught up with");
            return Settled { failed: true, ..Settled::default() };
        }
        Err(_elapsed) => {
            warn!("payment's log was not caught up with in time");
            return Settled { failed: true, ..Settled::default() };
        }
    }
    match due.pass().await {
        Ok(driven) => match due.next_at().await {
            Ok(next_due_at) => Settled { worked: driven > 0, failed: false, next_due_at },
            Err(_) => Settled { failed: true, ..Settled::default() },
        },
        Err(error) => {
            warn!(error = &error as &dyn std::error::Error, "what was begun cannot be driven on");
            Settled { failed: true, ..Settled::default() }
        }
    }
}
