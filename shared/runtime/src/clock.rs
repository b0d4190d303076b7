//! The two clocks. Business time decides expiries, deadlines, event times and ledger dates, and can be moved in the
//! sandbox; wall time decides tokens, TLS and traces, and is never moved. Nothing else in the platform asks the
//! system for the time.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::watch;

/// The longest uninterrupted sleep: afterwards the clock is read again, since a suspended machine or a corrected
/// system clock leaves a long timer wrong.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);

/// The time of the wall clock, which nothing can move.
#[expect(clippy::disallowed_methods, reason = "this is the one place that asks the system")]
pub fn wall_now() -> DateTime<Utc> {
    Utc::now()
}

/// Business time: wall time plus an offset that all clones share, in whole microseconds, as PostgreSQL keeps it.
#[derive(Clone, Debug)]
pub struct Clock {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    /// How far business time is ahead of wall time.
    offset_us: watch::Sender<i64>,
    /// The latest time told, in microseconds since 1970; a wall clock that is set back does not take business time
    /// along.
    latest_us: AtomicI64,
}

impl Clock {
    /// A clock that agrees with the wall until it is advanced.
    pub fn system() -> Self {
        Self {
            shared: Arc::new(Shared {
                offset_us: watch::Sender::new(0),
                latest_us: AtomicI64::new(i64::MIN),
            }),
        }
    }

    /// The present. It never goes back.
    pub fn now(&self) -> DateTime<Utc> {
        let offset_us = *self.shared.offset_us.borrow();
        let now_us = wall_now().timestamp_micros().saturating_add(offset_us);
        let before_us = self.shared.latest_us.fetch_max(now_us, Ordering::Relaxed);
        DateTime::from_timestamp_micros(now_us.max(before_us)).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }

    /// Moves this clock and all its clones forward, and wakes whoever waits on them.
    pub fn advance(&self, by: Duration) {
        let by_us = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        self.shared.offset_us.send_modify(|offset_us| *offset_us = offset_us.saturating_add(by_us));
    }

    /// Waits until business time has reached `at`, by passing or by being advanced.
    pub async fn sleep_until(&self, at: DateTime<Utc>) {
        let mut offset = self.shared.offset_us.subscribe();
        // The sender lives in `self`, so a change is the only thing `changed` can report.
        while let Ok(left) = (at - self.now()).to_std()
            && !left.is_zero()
        {
            tokio::select! {
                () = tokio::time::sleep(left.min(LONGEST_SLEEP)) => {}
                _ = offset.changed() => {}
            }
        }
    }

    /// Waits for the next advance, counted from this call and not from the first poll: take it before looking for
    /// due work, and no advance is missed in between.
    pub fn advanced(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut offset = self.shared.offset_us.subscribe();
        let shared = Arc::clone(&self.shared);
        async move {
            // The sender is held by `shared`, so this cannot fail before it is dropped.
            let _change = offset.changed().await;
            drop(shared);
        }
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::system()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn all_clones_are_advanced_and_keep_whole_microseconds() {
        let clock = Clock::system();
        let (other, before) = (clock.clone(), clock.now());
        other.advance(Duration::from_secs(3600));
        assert!(clock.now() - before >= chrono::TimeDelta::hours(1));
        assert_eq!(clock.now().timestamp_subsec_nanos() % 1000, 0);
        assert!(clock.now() - wall_now() > chrono::TimeDelta::minutes(59), "the wall clock stays");
    }

    #[tokio::test]
    async fn a_sleeper_wakes_when_the_clock_is_advanced_past_its_time() {
        let clock = Clock::system();
        let sleeping = {
            let (clock, at) = (clock.clone(), clock.now() + chrono::TimeDelta::days(60));
            tokio::spawn(async move { clock.sleep_until(at).await })
        };
        tokio::task::yield_now().await;
        clock.advance(Duration::from_secs(59 * 86_400));
        tokio::task::yield_now().await;
        assert!(!sleeping.is_finished());
        clock.advance(Duration::from_secs(86_400));
        tokio::time::timeout(Duration::from_secs(10), sleeping).await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn a_time_that_has_passed_is_not_waited_for() {
        let clock = Clock::system();
        clock.sleep_until(clock.now() - chrono::TimeDelta::days(1)).await;
    }

    #[tokio::test]
    async fn an_advance_between_the_call_and_the_first_poll_is_not_missed() {
        let clock = Clock::system();
        let advanced = clock.advanced();
        clock.advance(Duration::from_secs(1));
        tokio::time::timeout(Duration::from_secs(10), advanced).await.unwrap();
    }
}
