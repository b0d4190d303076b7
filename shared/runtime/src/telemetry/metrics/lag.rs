//! How far a consumer is behind on a log that is divided into parts.

use std::collections::BTreeMap;
use std::time::Instant;

use opentelemetry::KeyValue;

use super::{FEED_BEHIND, FEED_LAG, Level};

/// How far a consumer is behind, in positions and in time. The time is that for which it has been known, so it may be more
/// by one pause between two looks.
#[derive(Debug)]
pub struct Lag {
    consumer: &'static str,
    parts: BTreeMap<i32, Part>,
}

#[derive(Debug)]
struct Part {
    positions: Level,
    seconds: Level,
    /// A position that was not dealt with when it was seen first, and when that was.
    missing: Option<(i64, Instant)>,
}

impl Lag {
    /// Of a consumer that nothing is known of yet.
    pub fn new(consumer: &'static str) -> Self {
        Self { consumer, parts: BTreeMap::new() }
    }

    /// The part reaches to position `last`, and the consumer has dealt with all up to `reached`.
    pub fn note(&mut self, part: i32, last: i64, reached: i64) {
        self.note_at(Instant::now(), part, (last, reached));
    }

    /// Nobody knows how far the log reaches.
    pub fn forget(&mut self) {
        for part in self.parts.values() {
            part.positions.forget();
            part.seconds.forget();
        }
    }

    fn note_at(&mut self, now: Instant, part: i32, (last, reached): (i64, i64)) -> u64 {
        let consumer = self.consumer;
        let part = self.parts.entry(part).or_insert_with(|| {
            let attributes = || [KeyValue::new("consumer", consumer), KeyValue::new("part", i64::from(part))];
            Part {
                positions: Level::new(&FEED_LAG, attributes()),
                seconds: Level::new(&FEED_BEHIND, attributes()),
                missing: None,
            }
        });
        part.positions.note(usize::try_from(last.saturating_sub(reached)).unwrap_or_default());
        part.missing = part.missing.filter(|(position, _)| *position > reached);
        if last > reached {
            part.missing = part.missing.or(Some((last, now)));
        }
        let seconds = part.missing.map_or(0, |(_, since)| now.saturating_duration_since(since).as_secs());
        part.seconds.note(usize::try_from(seconds).unwrap_or(usize::MAX));
        seconds
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_consumer_is_behind_from_when_something_was_missing_first_until_it_has_that() {
        let (mut lag, start) = (Lag::new("wallet"), Instant::now());
        let mut at =
            |seconds, last, reached| lag.note_at(start + Duration::from_secs(seconds), 0, (last, reached));
        assert_eq!(at(0, 10, 10), 0);
        assert_eq!(at(15, 20, 12), 0, "seen for the first time");
        assert_eq!(at(30, 40, 12), 15);
        assert_eq!(at(45, 50, 19), 30, "it moves, but has not come to 20");
        assert_eq!(at(60, 60, 25), 0, "it has; what is missing now is seen for the first time");
        assert_eq!(at(75, 60, 30), 15);
        assert_eq!(at(90, 60, 60), 0);
    }
}
