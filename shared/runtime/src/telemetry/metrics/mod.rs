//! Every metric that a service exports, by its name: one place, so that rules and dashboards can be held against it. (Those of
//! pools stand in `kvitt_postgres`, which knows nothing of this crate.) They leave the process only when there is a collector;
//! without one an instrument is nothing, and nobody looks.
//!
//! To add one: a [`Metric`] here and in [`ALL`], the instrument where something happens ([`Metric::counter`],
//! [`Metric::seconds`], [`Metric::sizes`], kept, since making it costs more than using it) or a [`Level`] or [`Age`] for what
//! stands at some value, and a panel or a rule in `k8s/monitoring`: a test wants each metric shown, and each shown exported.

use opentelemetry::metrics::Meter;

mod gauges;
mod lag;
mod log_events;
mod looks;
mod process;

pub use gauges::{Age, Level, Told, is_exported, tell};
pub use lag::Lag;
pub use looks::Looks;
pub use opentelemetry::KeyValue;
pub use opentelemetry::metrics::{Counter, Histogram};

pub(super) use log_events::LogEvents;
pub(super) use looks::EVERY;

/// A metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metric {
    /// As OpenTelemetry writes it.
    pub name: &'static str,
    /// In the code of UCUM; what is counted stands in braces.
    pub unit: &'static str,
    /// What it tells.
    pub description: &'static str,
    /// How it is measured.
    pub kind: Kind,
}

/// How a metric is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It only grows.
    Counter,
    /// Measurements, counted by size.
    Histogram,
    /// What stands at some value, and what several of the same name in one process are together.
    Gauge(Together),
}

/// What several values with the same attributes in one process are together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Together {
    /// All of them.
    Sum,
    /// The largest.
    Max,
    /// The smallest.
    Min,
}

const fn counter(name: &'static str, unit: &'static str, description: &'static str) -> Metric {
    Metric { name, unit, description, kind: Kind::Counter }
}

const fn histogram(name: &'static str, unit: &'static str, description: &'static str) -> Metric {
    Metric { name, unit, description, kind: Kind::Histogram }
}

const fn gauge(
    name: &'static str,
    unit: &'static str,
    together: Together,
    description: &'static str,
) -> Metric {
    Metric { name, unit, description, kind: Kind::Gauge(together) }
}

/// Requests at the edge; by method, route and status.
pub static HTTP_DURATION: Metric =
    histogram("http.server.request.duration", "s", "From the head of the request to the head of the answer");
/// Rpcs; by service, method and status code.
pub static RPC_DURATION: Metric =
    histogram("rpc.server.duration", "s", "From the head of the request to the end of the answer");
/// By service.
pub static SERVING: Metric = gauge("kvitt.serving", "", Together::Min, "1 while the service serves, else 0");
/// By lane and part.
pub static LANE_QUEUE: Metric =
    gauge("kvitt.lane.queue", "{command}", Together::Sum, "Commands that wait for the next batch of a lane");
/// By lane and part.
pub static LANE_REFUSED: Metric =
    counter("kvitt.lane.refused", "{command}", "Commands refused because the queue of a lane was full");
/// By lane and part.
pub static BATCH_SIZE: Metric =
    histogram("kvitt.lane.batch_size", "{command}", "Commands in a batch of a lane");
/// By lane and part.
pub static BATCH_DURATION: Metric = histogram(
    "kvitt.lane.batch.duration",
    "s",
    "How long a lane takes for a batch, from its first command's turn",
);
/// Payment's log only.
pub static COMMIT_DURATION: Metric = histogram(
    "kvitt.lane.commit.duration",
    "s",
    "How long the statement takes that makes a batch of payment's log durable",
);
/// Payment's log only.
pub static ROUND_TRIPS: Metric = counter(
    "kvitt.lane.round_trips",
    "{statement}",
    "Statements that the lanes of payment's log have sent to the database",
);
/// Of the resolver of payment.
pub static OPERATIONS_OVERDUE: Metric = gauge(
    "kvitt.operations.overdue",
    "{operation}",
    Together::Sum,
    "Operations that the acquirer has not answered by their deadline",
);
/// Of the resolver of payment.
pub static OPERATIONS_OLDEST: Metric = gauge(
    "kvitt.operations.oldest_pending",
    "s",
    Together::Max,
    "Business time since the deadline of the operation that the acquirer has left unanswered for longest",
);
/// Of payment.
pub static CLEARING_REFUSED: Metric = counter(
    "kvitt.clearing.refused",
    "{operation}",
    "Captures and releases that the acquirer refused although they had been decided",
);
/// By consumer and part. Another instance may lead, so of several instances the smallest counts.
pub static FEED_LAG: Metric = gauge(
    "kvitt.feed.lag",
    "{event}",
    Together::Min,
    "Positions of a part of the log that a consumer has not dealt with",
);
/// By consumer and part; of several instances the smallest counts.
pub static FEED_BEHIND: Metric = gauge(
    "kvitt.feed.behind",
    "s",
    Together::Min,
    "How long a consumer has been known not to have dealt with something of a part of the log",
);
/// Of all senders; each instance counts the same rows.
pub static DELIVERIES_WAITING: Metric = gauge(
    "kvitt.deliveries.waiting",
    "{delivery}",
    Together::Max,
    "Deliveries that nobody is trying now, those to be tried again later too; counted to 50 000",
);
/// Of one sender, for endpoints that answer.
pub static DELIVERIES_OLDEST_DUE: Metric = gauge(
    "kvitt.deliveries.oldest_due",
    "s",
    Together::Max,
    "Business time for which a delivery has been due that could be tried, to an endpoint that does not fail",
);
/// By outcome: `succeeded` or `failed`.
pub static DELIVERY_DURATION: Metric =
    histogram("kvitt.deliveries.attempt.duration", "s", "How long a try to tell a merchant something took");
/// By service and work.
pub static WORK_OVERDUE: Metric = gauge(
    "kvitt.work.overdue",
    "s",
    Together::Max,
    "Business time for which the oldest of what is due has been so",
);
/// Calls inside the mesh.
pub static MESH_RETRIES: Metric =
    counter("kvitt.mesh.retries", "{call}", "Calls to other services that were sent again");
/// Calls inside the mesh.
pub static MESH_EJECTIONS: Metric = counter(
    "kvitt.mesh.ejections",
    "{address}",
    "Addresses of other services that were left out for a while",
);
/// Of this process.
pub static TLS_RELOAD_FAILURES: Metric = counter(
    "kvitt.tls.reload_failures",
    "{reload}",
    "Certificates that could not be read again from their files",
);
/// By level: `error` or `warn`.
pub static LOG_EVENTS: Metric = counter("kvitt.log.events", "{event}", "Errors and warnings in the log");
/// Of this process.
pub static PROCESS_MEMORY: Metric =
    gauge("process.memory.usage", "By", Together::Max, "Resident memory of the process");
/// Of this process.
pub static PROCESS_CPU: Metric = counter("process.cpu.time", "s", "Processor time that the process has used");

/// All of them.
pub static ALL: &[&Metric] = &[
    &HTTP_DURATION,
    &RPC_DURATION,
    &SERVING,
    &LANE_QUEUE,
    &LANE_REFUSED,
    &BATCH_SIZE,
    &BATCH_DURATION,
    &COMMIT_DURATION,
    &ROUND_TRIPS,
    &OPERATIONS_OVERDUE,
    &OPERATIONS_OLDEST,
    &CLEARING_REFUSED,
    &FEED_LAG,
    &FEED_BEHIND,
    &DELIVERIES_WAITING,
    &DELIVERIES_OLDEST_DUE,
    &DELIVERY_DURATION,
    &WORK_OVERDUE,
    &MESH_RETRIES,
    &MESH_EJECTIONS,
    &TLS_RELOAD_FAILURES,
    &LOG_EVENTS,
    &PROCESS_MEMORY,
    &PROCESS_CPU,
];

/// Bounds of histograms of seconds. Those that service levels name, 0.3 and 0.5, are among them.
const SECONDS: [f64; 15] =
    [0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 2.5, 5.0, 10.0];

/// Bounds of histograms of sizes, up to the limit of a batch.
const SIZES: [f64; 10] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0];

impl Metric {
    /// The instrument of a counter. Before anything is counted it is well to add nothing, so that what happens first is seen
    /// as a change.
    pub fn counter(&self) -> Counter<u64> {
        meter().u64_counter(self.name).with_unit(self.unit).with_description(self.description).build()
    }

    /// The instrument of a histogram of seconds.
    pub fn seconds(&self) -> Histogram<f64> {
        let meter = meter();
        let builder = meter.f64_histogram(self.name).with_unit(self.unit);
        builder.with_description(self.description).with_boundaries(SECONDS.to_vec()).build()
    }

    /// The instrument of a histogram of sizes.
    pub fn sizes(&self) -> Histogram<u64> {
        let meter = meter();
        let builder = meter.u64_histogram(self.name).with_unit(self.unit);
        builder.with_description(self.description).with_boundaries(SIZES.to_vec()).build()
    }
}

/// Metrics leave the process from now on. What happens rarely is counted from 0 on.
pub(super) fn start() {
    gauges::export();
    process::start();
    LogEvents::start();
    for metric in [&MESH_RETRIES, &MESH_EJECTIONS, &TLS_RELOAD_FAILURES] {
        metric.counter().add(0, &[]);
    }
}

fn meter() -> Meter {
    opentelemetry::global::meter("kvitt")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_metrics_have_the_same_name() {
        let names: BTreeSet<_> = ALL.iter().map(|metric| metric.name).collect();
        assert_eq!(names.len(), ALL.len());
    }

    #[test]
    fn a_gauge_has_no_unit_that_makes_a_ratio_of_it() {
        for metric in ALL {
            assert_ne!(metric.unit, "1", "{}", metric.name);
        }
    }
}
