//! Lets holds lapse when their guarantee ends. Several instances may do it at once.

use std::time::Duration;

use kvitt_runtime::Clock;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::app::execute_operations::Acquirer;

/// The pause after a failure: the first, and the longest that doubling leads to.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// Runs until `shutdown`.
pub(crate) async fn run(acquirer: Acquirer, clock: Clock, shutdown: CancellationToken) {
    let working = async {
        let mut pause = FIRST_PAUSE;
        loop {
            let looked = async {
                let lapsed = acquirer.lapse_holds().await?;
                if lapsed > 0 {
                    info!(lapsed, "holds went back to their cards");
                }
                acquirer.next_look().await
            };
            match looked.await {
                Ok(next) => {
                    pause = FIRST_PAUSE;
                    clock.sleep_until(next).await;
                }
                Err(error) => {
                    warn!(error = %error, "holds that have lapsed must wait");
                    tokio::time::sleep(pause).await;
                    pause = LONGEST_PAUSE.min(pause * 2);
                }
            }
        }
    };
    let _stopped: Option<()> = shutdown.run_until_cancelled(working).await;
}
