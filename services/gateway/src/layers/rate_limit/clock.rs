//! The time of rate limits: the machine's own, which nobody moves, whatever is done to business time.

use std::{fmt, time::Instant};

/// A clock that goes with the wall's.
pub(super) trait WallClock: fmt::Debug + Send + Sync {
    /// Milliseconds since an instant of the clock's own choice; never less than 0.
    fn now_ms(&self) -> i64;
}

/// The machine's clock, which goes on evenly even when the machine learns that it was slow.
#[derive(Debug)]
pub(super) struct SinceStart(Instant);

impl SinceStart {
    pub(super) fn new() -> Self {
        Self(Instant::now())
    }
}

impl WallClock for SinceStart {
    fn now_ms(&self) -> i64 {
        i64::try_from(self.0.elapsed().as_millis()).unwrap_or(i64::MAX)
    }
}
