//! How many calls may be repeated: a part of all calls, so that a service with too much to do is not given more of it
//! because it has too much to do. What is saved is enough for all the calls that break with one instance.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Duration;

/// One more may be repeated for so many calls.
const CALLS_A_REPEAT: u32 = 5;

/// So many more a second, however few calls there are.
const REPEATS_A_SECOND: u32 = 10;

/// At most so many are saved, which is also what there is at first.
const MOST: u32 = 1_000;

/// What may still be repeated, counted in calls.
#[derive(Debug)]
pub(super) struct Budget {
    calls: AtomicU32,
    /// When the last part of [`REPEATS_A_SECOND`] was added. Only who repeats asks.
    added_at: Mutex<Duration>,
}

impl Budget {
    pub(super) fn new() -> Self {
        Self { calls: AtomicU32::new(MOST * CALLS_A_REPEAT), added_at: Mutex::default() }
    }

    /// A call is made for the first time.
    pub(super) fn earn(&self) {
        self.add(1);
    }

    /// Whether one more may be repeated; points in time are counted from any one instant, the same one always.
    pub(super) fn spend(&self, now: Duration) -> bool {
        self.add_by_time(now);
        let spend = |calls: u32| calls.checked_sub(CALLS_A_REPEAT);
        self.calls.fetch_update(Relaxed, Relaxed, spend).is_ok()
    }

    fn add_by_time(&self, now: Duration) {
        let mut added_at = self.added_at.lock().unwrap_or_else(PoisonError::into_inner);
        let passed = now.saturating_sub(*added_at);
        let a_call = Duration::from_secs(1) / (REPEATS_A_SECOND * CALLS_A_REPEAT);
        let calls = u32::try_from(passed.as_nanos() / a_call.as_nanos()).unwrap_or(u32::MAX);
        if calls > 0 {
            *added_at = now;
            self.add(calls);
        }
    }

    /// Nothing is written while as much is saved as may be, which is nearly always.
    fn add(&self, calls: u32) {
        let most = MOST * CALLS_A_REPEAT;
        let add = |saved: u32| (saved < most).then(|| saved.saturating_add(calls).min(most));
        self.calls.fetch_update(Relaxed, Relaxed, add).ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many can be repeated at this instant.
    fn all(budget: &Budget, now: Duration) -> u32 {
        let mut all = 0;
        while budget.spend(now) {
            all += 1;
        }
        all
    }

    #[test]
    fn a_part_of_the_calls_may_be_repeated_once_what_was_saved_is_spent() {
        let budget = Budget::new();
        assert_eq!(all(&budget, Duration::ZERO), MOST);
        for _ in 0..100 {
            budget.earn();
        }
        assert_eq!(all(&budget, Duration::ZERO), 20);
    }

    #[test]
    fn some_may_be_repeated_however_few_calls_there_are() {
        let budget = Budget::new();
        all(&budget, Duration::ZERO);
        assert_eq!(all(&budget, Duration::from_secs(3)), 30);
        assert_eq!(all(&budget, Duration::from_secs(3)), 0);
    }

    #[test]
    fn no_more_is_saved_than_may_be() {
        let budget = Budget::new();
        for _ in 0..100 {
            budget.earn();
        }
        assert_eq!(all(&budget, Duration::from_secs(86_400)), MOST);
    }
}
