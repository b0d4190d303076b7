//! The pace of those who look for the sake of metrics alone.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::gauges::is_exported;

/// The pause between two looks; metrics leave the process as often.
pub(in crate::telemetry) const EVERY: Duration = Duration::from_secs(15);

/// The first pause; doubled each time up to [`EVERY`], since at the start not everybody is there yet who is asked.
const FIRST: Duration = Duration::from_secs(1);

/// When to look at what only metrics want to know, such as a statement that counts: now, and then after every pause. Never
/// where metrics do not leave the process.
#[derive(Debug)]
pub struct Looks {
    shutdown: CancellationToken,
    pause: Duration,
}

impl Looks {
    /// Until `shutdown`.
    pub fn until(shutdown: CancellationToken) -> Self {
        Self { shutdown, pause: Duration::ZERO }
    }

    /// Waits for the next look; false when there is none any more.
    pub async fn next(&mut self) -> bool {
        if !is_exported() {
            return false;
        }
        let pause = self.pause;
        self.pause = (pause * 2).clamp(FIRST, EVERY);
        self.shutdown.run_until_cancelled(tokio::time::sleep(pause)).await.is_some()
    }
}
