//! So many calls a minute, for each key: a bucket of that many, into which one comes back at even intervals.
//!
//! All that a bucket needs to remember is the instant at which it will be full again (the generic cell rate algorithm),
//! and one that is full needs not to be remembered at all. A call that is refused takes nothing.

use std::{hash::Hash, time::Duration};

use super::table::Table;

const MINUTE_MS: i64 = 60_000;

/// How often something may be done.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rate {
    /// After this long one more comes back.
    interval_ms: i64,
}

impl Rate {
    /// So many at once, and so many in every minute after that.
    pub(super) const fn per_minute(calls: i64) -> Self {
        Self { interval_ms: MINUTE_MS / calls }
    }

    /// When the bucket will be full if one is taken now; how long to wait when there is none. A clock that went back
    /// keeps nobody waiting for longer than a minute.
    fn take_one(self, full_at_ms: i64, now_ms: i64) -> Result<i64, Duration> {
        let empty_ms = now_ms + MINUTE_MS;
        let full_at_ms = full_at_ms.clamp(now_ms, empty_ms) + self.interval_ms;
        let wait_ms = u64::try_from(full_at_ms - empty_ms).unwrap_or_default();
        if wait_ms == 0 { Ok(full_at_ms) } else { Err(Duration::from_millis(wait_ms)) }
    }
}

/// Buckets by key; see [`Table`] for how many.
#[derive(Debug)]
pub(super) struct Limiter {
    full_at_ms: Table,
}

impl Limiter {
    pub(super) fn new() -> Self {
        Self { full_at_ms: Table::new() }
    }

    /// Takes one, or says how long to wait for it. A key must always come with the same rate.
    pub(super) fn take(&self, rate: Rate, key: &impl Hash, now_ms: i64) -> Result<(), Duration> {
        self.full_at_ms.update(key, |full_at_ms| {
            *full_at_ms = rate.take_one(*full_at_ms, now_ms)?;
            Ok(())
        })
    }

    /// What [`take`](Self::take) would say, without taking.
    pub(super) fn check(&self, rate: Rate, key: &impl Hash, now_ms: i64) -> Result<(), Duration> {
        rate.take_one(self.full_at_ms.get(key), now_ms).map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_000_000;
    const FIVE: Rate = Rate::per_minute(5);

    /// How many can be taken at this instant.
    fn drain(limiter: &Limiter, rate: Rate, key: &str, now_ms: i64) -> usize {
        (0..).take_while(|_| limiter.take(rate, &key, now_ms).is_ok()).count()
    }

    #[test]
    fn the_sixth_of_a_minute_is_refused_and_another_key_is_not() {
        let limiter = Limiter::new();
        assert_eq!(drain(&limiter, FIVE, "a", NOW), 5);
        assert_eq!(limiter.take(FIVE, &"a", NOW), Err(Duration::from_secs(12)));
        assert_eq!(limiter.take(FIVE, &"b", NOW), Ok(()));
    }

    #[test]
    fn one_comes_back_every_twelve_seconds_and_five_at_most() {
        let limiter = Limiter::new();
        drain(&limiter, FIVE, "a", NOW);
        assert_eq!(limiter.take(FIVE, &"a", NOW + 11_999), Err(Duration::from_millis(1)));
        assert_eq!(drain(&limiter, FIVE, "a", NOW + 12_000), 1);
        assert_eq!(drain(&limiter, FIVE, "a", NOW + 36_500), 2);
        assert_eq!(drain(&limiter, FIVE, "a", NOW + 3_600_000), 5);
    }

    #[test]
    fn a_refusal_takes_nothing_and_neither_does_a_question() {
        let limiter = Limiter::new();
        for _ in 0..100 {
            assert_eq!(limiter.check(FIVE, &"a", NOW), Ok(()));
        }
        drain(&limiter, FIVE, "a", NOW);
        for _ in 0..100 {
            assert_eq!(limiter.take(FIVE, &"a", NOW), Err(Duration::from_secs(12)));
            assert_eq!(limiter.check(FIVE, &"a", NOW), Err(Duration::from_secs(12)));
        }
        assert_eq!(limiter.take(FIVE, &"a", NOW + 12_000), Ok(()));
    }

    #[test]
    fn reads_are_a_hundred_and_twenty() {
        let limiter = Limiter::new();
        let rate = Rate::per_minute(120);
        assert_eq!(drain(&limiter, rate, "a", NOW), 120);
        assert_eq!(limiter.take(rate, &"a", NOW), Err(Duration::from_millis(500)));
        assert_eq!(drain(&limiter, rate, "a", NOW + 30_000), 60);
    }

    #[test]
    fn a_clock_that_goes_back_locks_nobody_out() {
        let limiter = Limiter::new();
        drain(&limiter, FIVE, "a", NOW);
        assert_eq!(limiter.take(FIVE, &"a", 10), Err(Duration::from_secs(12)));
        assert_eq!(limiter.check(FIVE, &"a", 10), Err(Duration::from_secs(12)));
    }

    #[test]
    fn a_flood_of_keys_does_not_give_back_what_was_taken() {
        let limiter = Limiter::new();
        drain(&limiter, FIVE, "a", NOW);
        for flood in 0..200_000 {
            assert_eq!(limiter.take(FIVE, &flood, NOW), Ok(()));
        }
        assert_eq!(limiter.take(FIVE, &"a", NOW), Err(Duration::from_secs(12)));
    }
}
