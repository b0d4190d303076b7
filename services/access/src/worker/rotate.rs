//! Keeps the signing keys at hand true to the table, and makes the next one in time.

use std::time::Duration;

use kvitt_runtime::wall_now;
use tokio_util::sync::CancellationToken;

use crate::keys::Keys;

/// Far shorter than a new key waits before it signs, so that every instance hears of it in time.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// Looks until told to stop. A look that fails is made up for by the next: the keys at hand serve on meanwhile.
pub(crate) async fn run(keys: &Keys, shutdown: &CancellationToken) {
    while shutdown.run_until_cancelled(tokio::time::sleep(LOOK_EVERY)).await.is_some() {
        if let Err(error) = keys.refresh(wall_now()).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "could not look at the signing keys");
        }
    }
}
