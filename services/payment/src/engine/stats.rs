//! What the lanes have done, counted: for the operator's metrics and for the benchmark.

use std::{
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Duration,
};

use kvitt_runtime::telemetry::metrics::{COMMIT_DURATION, Counter, Histogram, KeyValue, ROUND_TRIPS};

/// What the lanes of the engine are called.
pub(super) const LANE: &str = "payment_log";

/// Counts of all lanes of one engine.
#[derive(Debug)]
pub(crate) struct Stats {
    batches: AtomicU64,
    commands: AtomicU64,
    statements: AtomicU64,
    round_trips: Counter<u64>,
    commit_duration: Histogram<f64>,
}

/// The counts at one instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Batches taken.
    pub batches: u64,
    /// Commands in them.
    pub commands: u64,
    /// Statements sent to the database for them, each a round trip.
    pub statements: u64,
}

impl Default for Stats {
    fn default() -> Self {
        Self {
            batches: AtomicU64::new(0),
            commands: AtomicU64::new(0),
            statements: AtomicU64::new(0),
            round_trips: ROUND_TRIPS.counter(),
            commit_duration: COMMIT_DURATION.seconds(),
        }
    }
}

impl Stats {
    pub(super) fn batch(&self, commands: usize) {
        let commands = u64::try_from(commands).unwrap_or(u64::MAX);
        self.batches.fetch_add(1, Relaxed);
        self.commands.fetch_add(commands, Relaxed);
    }

    pub(super) fn statements(&self, count: u64) {
        self.statements.fetch_add(count, Relaxed);
        self.round_trips.add(count, &[KeyValue::new("lane", LANE)]);
    }

    /// A batch is durable, and its statement took so long.
    pub(super) fn commit(&self, took: Duration) {
        self.commit_duration.record(took.as_secs_f64(), &[KeyValue::new("lane", LANE)]);
    }

    /// What has been counted so far.
    pub(crate) fn counts(&self) -> Counts {
        Counts {
            batches: self.batches.load(Relaxed),
            commands: self.commands.load(Relaxed),
            statements: self.statements.load(Relaxed),
        }
    }
}
