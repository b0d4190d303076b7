//! Does what is due by the clock of the sandbox before it goes on: nothing but to catch up with payment's log.

use std::time::Duration;

use kvitt_feed::Follower;
use kvitt_runtime::sandbox::Settled;
use tokio::time::timeout;
use tracing::warn;

use super::follow::Receipts;

/// How long catching up may take.
const CATCH_UP_LIMIT: Duration = Duration::from_secs(30);

/// Waits for the receipts of all payments that were created.
pub(crate) async fn settle(follower: Follower<Receipts>) -> Settled {
    let failed = match timeout(CATCH_UP_LIMIT, follower.catch_up()).await {
        Ok(caught_up) => caught_up
            .inspect_err(|status| warn!(%status, "receipts of payments are not caught up with"))
            .is_err(),
        Err(_elapsed) => {
            warn!("receipts of payments were not caught up with in time");
            true
        }
    };
    Settled { failed, ..Settled::default() }
}
