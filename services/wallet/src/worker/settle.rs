//! Does what is due by the clock of the sandbox before it goes on.

use std::time::Duration;

use kvitt_runtime::sandbox::Settled;
use tokio::time::timeout;
use tracing::warn;

use super::follow::Follower;
use crate::app::execute_operations::Acquirer;

/// How long the inbox may need to catch up with payment's log.
const CATCH_UP_LIMIT: Duration = Duration::from_secs(30);

/// Lets holds lapse, waits for the inbox, and tells what is due next.
pub(crate) async fn settle(acquirer: Acquirer, follower: Follower) -> Settled {
    let lapsed = acquirer.lapse_holds().await.inspect_err(|error| warn!(%error, "holds cannot lapse"));
    let followed = match timeout(CATCH_UP_LIMIT, follower.catch_up()).await {
        Ok(followed) => followed.inspect_err(|status| warn!(%status, "the inbox cannot catch up")).is_ok(),
        Err(_elapsed) => {
            warn!("the inbox did not catch up in time");
            false
        }
    };
    let next = acquirer.next_lapse().await.inspect_err(|error| warn!(%error, "the next lapse is unknown"));
    Settled {
        worked: lapsed.is_ok_and(|lapsed| lapsed > 0),
        failed: lapsed.is_err() || !followed || next.is_err(),
        next_due_at: next.ok().flatten(),
    }
}
