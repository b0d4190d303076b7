//! What runs by itself: time passing, money to be cleared, followers to be woken.

pub(crate) mod attend;
pub(crate) mod clear;
pub(crate) mod look;
#[cfg(feature = "sandbox")]
pub(crate) mod settle;
pub(crate) mod transact;
pub(crate) mod wake;

use std::time::Duration;

/// Pause after a failure; doubled each time up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
