//! Counts what goes wrong as the log tells it: every fault is logged once, where it is handled.

use std::sync::OnceLock;

use opentelemetry::KeyValue;
use opentelemetry::metrics::Counter;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

use super::LOG_EVENTS;

/// Counts errors and warnings.
pub(in crate::telemetry) struct LogEvents;

impl LogEvents {
    /// Errors are counted from 0 on.
    pub(super) fn start() {
        for level in [Level::ERROR, Level::WARN] {
            count(0, level);
        }
    }
}

impl<S: Subscriber> Layer<S> for LogEvents {
    fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
        let level = *event.metadata().level();
        if level <= Level::WARN {
            count(1, level);
        }
    }
}

fn count(events: u64, level: Level) {
    static EVENTS: OnceLock<Counter<u64>> = OnceLock::new();
    let name = if level == Level::ERROR { "error" } else { "warn" };
    EVENTS.get_or_init(|| LOG_EVENTS.counter()).add(events, &[KeyValue::new("level", name)]);
}
