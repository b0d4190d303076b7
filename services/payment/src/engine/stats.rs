//! What the lanes have done, counted: for the operator's metrics and for the benchmark.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use opentelemetry::{
    global,
    metrics::{Counter, Histogram},
};

/// Counts of all lanes of one engine.
#[derive(Debug)]
pub(crate) struct Stats {
    batches: AtomicU64,
    commands: AtomicU64,
    statements: AtomicU64,
    batch_size: Histogram<u64>,
    round_trips: Counter<u64>,
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
        let meter = global::meter("kvitt");
        Self {
            batches: AtomicU64::new(0),
            commands: AtomicU64::new(0),
            statements: AtomicU64::new(0),
            batch_size: meter
                .u64_histogram("kvitt.payment.batch.size")
                .with_description("Commands in a batch of a lane")
                .build(),
            round_trips: meter
                .u64_counter("kvitt.payment.batch.round_trips")
                .with_description("Statements sent to the database by the lanes")
                .build(),
        }
    }
}

impl Stats {
    pub(super) fn batch(&self, commands: usize) {
        let commands = u64::try_from(commands).unwrap_or(u64::MAX);
        self.batches.fetch_add(1, Relaxed);
        self.commands.fetch_add(commands, Relaxed);
        self.batch_size.record(commands, &[]);
    }

    pub(super) fn statements(&self, count: u64) {
        self.statements.fetch_add(count, Relaxed);
        self.round_trips.add(count, &[]);
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
