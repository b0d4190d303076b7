//! How an instance has behaved of late. One that fails again and again is left out for a time that grows each time.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use crate::telemetry::metrics::MESH_EJECTIONS;

/// So many failures in a row, and the instance is left out.
const FAILURES: u32 = 5;

/// For how long: at first, and at most. Each time it is twice as long as the last.
const FIRST_TIME: Duration = Duration::from_millis(500);
const LONGEST_TIME: Duration = Duration::from_secs(30);

/// An instance's conduct. Points in time are counted from any one instant, the same one always. It is asked for every call,
/// so it has no lock; what two threads note at the same instant may count once.
#[derive(Debug, Default)]
pub(super) struct Conduct {
    failures: AtomicU32,
    /// How often it has been left out without having been good for long in between.
    times: AtomicU32,
    out_until_ms: AtomicU64,
}

impl Conduct {
    /// A call was answered.
    pub(super) fn succeeded(&self) {
        if self.failures.load(Relaxed) != 0 {
            self.failures.store(0, Relaxed);
        }
    }

    /// A call failed. Those that were under way when the instance was left out do not count.
    pub(super) fn failed(&self, now: Duration) {
        if !self.is_out(now) && self.failures.fetch_add(1, Relaxed) + 1 >= FAILURES {
            MESH_EJECTIONS.counter().add(1, &[]);
            self.leave_out(now);
        }
    }

    /// Leaves the instance out for a while, unless it is.
    pub(super) fn leave_out(&self, now: Duration) {
        if self.is_out(now) {
            return;
        }
        let good_since = Duration::from_millis(self.out_until_ms.load(Relaxed));
        let times = if now > good_since + LONGEST_TIME { 0 } else { self.times.load(Relaxed) };
        self.times.store(times.saturating_add(1), Relaxed);
        self.failures.store(0, Relaxed);
        let until = now + growing(FIRST_TIME, LONGEST_TIME, times);
        self.out_until_ms.store(u64::try_from(until.as_millis()).unwrap_or(u64::MAX), Relaxed);
    }

    /// Whether it is left out. `now` is only asked for of one that ever was.
    pub(super) fn is_out_at(&self, now: impl FnOnce() -> Duration) -> bool {
        self.out_until_ms.load(Relaxed) != 0 && self.is_out(now())
    }

    fn is_out(&self, now: Duration) -> bool {
        now < Duration::from_millis(self.out_until_ms.load(Relaxed))
    }
}

/// `first`, doubled so many times, but no longer than `longest`.
pub(super) fn growing(first: Duration, longest: Duration, doublings: u32) -> Duration {
    2_u32
        .checked_pow(doublings)
        .and_then(|times| first.checked_mul(times))
        .map_or(longest, |time| time.min(longest))
}

/// A random time from half of `time` to all of it: whoever lost the same instance at the same instant should not come back
/// at the same instant, too.
pub(super) fn jittered(time: Duration) -> Duration {
    let half = time / 2;
    half + half * fastrand::u32(..=100) / 100
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(number: u64) -> Duration {
        Duration::from_millis(number)
    }

    /// Fails as often as it takes to be left out.
    fn fail(conduct: &Conduct, now: Duration) {
        for _ in 0..FAILURES {
            conduct.failed(now);
        }
    }

    #[test]
    fn only_failures_in_a_row_leave_an_instance_out() {
        let conduct = Conduct::default();
        for _ in 0..10 * FAILURES {
            conduct.failed(ms(7));
            conduct.succeeded();
        }
        assert!(!conduct.is_out(ms(7)));
        fail(&conduct, ms(1_000));
        assert!(conduct.is_out(ms(1_000)) && conduct.is_out(ms(1_499)) && !conduct.is_out(ms(1_500)));
    }

    #[test]
    fn each_time_is_twice_as_long_up_to_the_longest() {
        let conduct = Conduct::default();
        let mut now = ms(1);
        for expected in [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000] {
            fail(&conduct, now);
            assert!(
                conduct.is_out(now + ms(expected - 1)) && !conduct.is_out(now + ms(expected)),
                "{expected}"
            );
            now += ms(expected);
        }
        now += LONGEST_TIME + ms(1);
        fail(&conduct, now);
        assert!(!conduct.is_out(now + FIRST_TIME), "it has been good for long");
    }

    #[test]
    fn failures_of_calls_that_were_under_way_do_not_make_it_longer() {
        let conduct = Conduct::default();
        for _ in 0..20 {
            fail(&conduct, ms(10));
        }
        assert!(conduct.is_out(ms(509)) && !conduct.is_out(ms(510)));
    }

    #[test]
    fn the_clock_is_not_asked_for_an_instance_that_was_never_left_out() {
        let conduct = Conduct::default();
        assert!(!conduct.is_out_at(|| unreachable!("it was never left out")));
        conduct.leave_out(ms(3));
        assert!(conduct.is_out_at(|| ms(4)) && !conduct.is_out_at(|| ms(600)));
    }
}
