//! Makes payers of the test users whose request the wallet has not heard.

use std::time::Duration;

use kvitt_runtime::Clock;
use tokio_util::sync::CancellationToken;

use crate::app::{App, test_users};

/// Whoever asked has been told to ask again; this is for those who do not.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Looks until told to stop.
pub(crate) async fn run(app: &App, clock: &Clock, shutdown: &CancellationToken) {
    if app.people.wallet.is_none() {
        return;
    }
    while shutdown.run_until_cancelled(tokio::time::sleep(LOOK_EVERY)).await.is_some() {
        let finishing = shutdown.run_until_cancelled(test_users::finish_requested(app, clock.now())).await;
        if let Some(Err(error)) = finishing {
            tracing::warn!(error = &error as &dyn std::error::Error, "test users wait for the wallet");
        }
    }
}
