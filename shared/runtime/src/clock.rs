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
/// While the sandbox steps through what is due it is held at one instant.
#[derive(Clone, Debug)]
pub struct Clock {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    state: watch::Sender<State>,
    /// The latest time told, in microseconds since 1970; a wall clock that is set back does not take business time
    /// along.
    latest_us: AtomicI64,
}

#[derive(Clone, Copy, Debug)]
struct State {
    /// How far business time is ahead of wall time while it runs.
    offset_us: i64,
    /// Where it is held, in microseconds since 1970.
    held_us: Option<i64>,
}

impl Shared {
    /// The present, told at least once.
    fn now_us(&self, state: State) -> i64 {
        let running_us = || wall_now().timestamp_micros().saturating_add(state.offset_us);
        let now_us = state.held_us.unwrap_or_else(running_us);
        now_us.max(self.latest_us.fetch_max(now_us, Ordering::Relaxed))
    }
}

impl Clock {
    /// A clock that agrees with the wall until it is advanced.
    pub fn system() -> Self {
        Self {
            shared: Arc::new(Shared {
                state: watch::Sender::new(State { offset_us: 0, held_us: None }),
                latest_us: AtomicI64::new(i64::MIN),
            }),
        }
    }

    /// The present. It never goes back.
    pub fn now(&self) -> DateTime<Utc> {
        // Borrowed until the time is known to be told: nobody holds the clock before it in between.
        let state = self.shared.state.borrow();
        let now_us = self.shared.now_us(*state);
        DateTime::from_timestamp_micros(now_us).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }

    /// How far business time is ahead of wall time, in microseconds.
    pub fn offset_us(&self) -> i64 {
        let State { offset_us, held_us } = *self.shared.state.borrow();
        let of_held = |held_us: i64| held_us.saturating_sub(wall_now().timestamp_micros()).max(offset_us);
        held_us.map_or(offset_us, of_held)
    }

    /// Moves this clock and all its clones forward, and wakes whoever waits on them.
    pub fn advance(&self, by: Duration) {
        let by_us = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        self.shared.state.send_modify(|state| state.offset_us = state.offset_us.saturating_add(by_us));
    }

    /// Stops time at `at`: until it is held elsewhere or runs on, it is exactly that instant. Nothing happens when `at`
    /// has passed, since time never goes back.
    pub fn hold(&self, at: DateTime<Utc>) {
        self.shared.state.send_if_modified(|state| {
            let ahead = at.timestamp_micros() >= self.shared.now_us(*state);
            if ahead {
                state.held_us = Some(at.timestamp_micros());
            }
            ahead
        });
    }

    /// Lets time run, so far ahead of wall time or as far as it was, whichever is further.
    pub fn run(&self, offset_us: i64) {
        self.shared.state.send_modify(|state| {
            *state = State { offset_us: state.offset_us.max(offset_us), held_us: None };
        });
    }

    /// Waits until business time has reached `at`, by passing or by being advanced.
    pub async fn sleep_until(&self, at: DateTime<Utc>) {
        let mut changes = self.shared.state.subscribe();
        // The sender lives in `self`, so a change is the only thing `changed` can report.
        while let Ok(left) = (at - self.now()).to_std()
            && !left.is_zero()
        {
            tokio::select! {
                () = tokio::time::sleep(left.min(LONGEST_SLEEP)) => {}
                _ = changes.changed() => {}
            }
        }
    }

    /// Waits for the next advance, counted from this call and not from the first poll: take it before looking for
    /// due work, and no advance is missed in between.
    pub fn advanced(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut changes = self.shared.state.subscribe();
        let shared = Arc::clone(&self.shared);
        async move {
            // The sender is held by `shared`, so this cannot fail before it is dropped.
            let _change = changes.changed().await;
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
    async fn a_held_clock_tells_exactly_one_instant_to_all_clones_and_then_runs_on_from_it() {
        let clock = Clock::system();
        let at = clock.now() + chrono::TimeDelta::days(180);
        let other = clock.clone();
        clock.hold(at);
        assert_eq!((clock.now(), other.now()), (at, at));
        let later = at + chrono::TimeDelta::days(1);
        other.hold(later);
        assert_eq!(clock.now(), later);
        clock.run(clock.offset_us());
        let ahead = clock.now() - later;
        assert!(ahead >= chrono::TimeDelta::zero() && ahead < chrono::TimeDelta::minutes(1), "{ahead}");
        assert!(clock.now() - wall_now() > chrono::TimeDelta::days(180));
    }

    #[tokio::test]
    async fn time_never_goes_back_whatever_it_is_told() {
        let clock = Clock::system();
        clock.run(3_600_000_000);
        let before = clock.now();
        clock.hold(before - chrono::TimeDelta::microseconds(1));
        assert!(clock.now() > before, "it was not held, but runs on");
        clock.run(1_000_000);
        clock.run(-1_000_000);
        assert_eq!(clock.offset_us(), 3_600_000_000);
        let at = clock.now() + chrono::TimeDelta::hours(1);
        clock.hold(at);
        clock.hold(before);
        assert_eq!(clock.now(), at);
        // The offset of a wall clock that is behind ours: we wait for it.
        clock.run(0);
        assert_eq!(clock.now(), at);
    }

    #[tokio::test]
    async fn a_sleeper_wakes_when_the_clock_is_held_at_its_time() {
        let clock = Clock::system();
        let at = clock.now() + chrono::TimeDelta::days(60);
        let sleeping = {
            let clock = clock.clone();
            tokio::spawn(async move { clock.sleep_until(at).await })
        };
        tokio::task::yield_now().await;
        clock.hold(at - chrono::TimeDelta::microseconds(1));
        tokio::task::yield_now().await;
        assert!(!sleeping.is_finished());
        clock.hold(at);
        tokio::time::timeout(Duration::from_secs(10), sleeping).await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn an_advance_between_the_call_and_the_first_poll_is_not_missed() {
        let clock = Clock::system();
        let advanced = clock.advanced();
        clock.advance(Duration::from_secs(1));
        tokio::time::timeout(Duration::from_secs(10), advanced).await.unwrap();
    }
}
