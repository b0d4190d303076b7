//! What is counted and timed, in bounded memory.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use hdrhistogram::Histogram;

use super::super::plan::Outcome;

/// No command takes longer; what does counts as this long.
const LONGEST_US: u64 = 120_000_000;
/// Latencies are right to so many digits.
const DIGITS: u8 = 3;

/// Counts, and the latencies of what was answered within the window.
#[derive(Debug)]
pub(super) struct Tally {
    window: Mutex<Opened>,
    all: AtomicU64,
    failures: AtomicU64,
    first_failure: Mutex<Option<String>>,
}

#[derive(Debug)]
struct Opened {
    open: bool,
    took: Duration,
    latencies: Histogram<u64>,
}

impl Default for Tally {
    fn default() -> Self {
        let latencies = Histogram::new_with_bounds(1, LONGEST_US, DIGITS).expect("the bounds are in order");
        Self {
            window: Mutex::new(Opened { open: false, took: Duration::ZERO, latencies }),
            all: AtomicU64::new(0),
            failures: AtomicU64::new(0),
            first_failure: Mutex::new(None),
        }
    }
}

impl Tally {
    /// From now on counts what is done.
    pub(super) fn open(&self) {
        self.window.lock().unwrap_or_else(PoisonError::into_inner).open = true;
    }

    /// From now on nothing counts.
    pub(super) fn close(&self, took: Duration) {
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        window.open = false;
        window.took = took;
    }

    pub(super) fn done(&self, took: Duration) {
        self.all.fetch_add(1, Relaxed);
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        if window.open {
            window.latencies.saturating_record(micros(took));
        }
    }

    pub(super) fn failed(&self, error: &anyhow::Error) {
        self.failures.fetch_add(1, Relaxed);
        let mut first = self.first_failure.lock().unwrap_or_else(PoisonError::into_inner);
        first.get_or_insert_with(|| format!("{error:#}"));
    }

    pub(super) fn outcome(&self) -> Outcome {
        let window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        Outcome {
            commands: window.latencies.len(),
            window_us: micros(window.took),
            all_commands: self.all.load(Relaxed),
            p50_us: window.latencies.value_at_quantile(0.5),
            p99_us: window.latencies.value_at_quantile(0.99),
            max_us: window.latencies.max(),
            failures: self.failures.load(Relaxed),
            first_failure: self.first_failure.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            ..Outcome::default()
        }
    }
}

fn micros(took: Duration) -> u64 {
    u64::try_from(took.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_answered_while_the_window_is_open_counts() {
        let tally = Tally::default();
        tally.done(Duration::from_secs(9));
        tally.open();
        for millis in 1..=100 {
            tally.done(Duration::from_millis(millis));
        }
        tally.close(Duration::from_secs(5));
        tally.done(Duration::from_secs(9));
        tally.failed(&anyhow::anyhow!("first"));
        tally.failed(&anyhow::anyhow!("second"));
        let outcome = tally.outcome();
        assert_eq!((outcome.commands, outcome.all_commands, outcome.window_us), (100, 102, 5_000_000));
        assert!(outcome.p50_us.abs_diff(50_000) <= 50, "{}", outcome.p50_us);
        assert!(outcome.p99_us.abs_diff(99_000) <= 99, "{}", outcome.p99_us);
        assert!(outcome.max_us.abs_diff(100_000) <= 100, "{}", outcome.max_us);
        assert_eq!((outcome.failures, outcome.first_failure.as_deref()), (2, Some("first")));
    }
}
