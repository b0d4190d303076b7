//! What stands at some value: it is asked whenever metrics leave the process.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use opentelemetry::KeyValue;
use opentelemetry::metrics::AsyncInstrument;

use super::{Kind, Metric, Together, meter};
use crate::clock::Clock;

/// Whether metrics leave the process.
static EXPORTED: AtomicBool = AtomicBool::new(false);

/// Whoever has a value to tell.
static TELLERS: Mutex<Tellers> =
    Mutex::new(Tellers { next_id: 0, tellers: Vec::new(), known: BTreeSet::new() });

struct Tellers {
    next_id: u64,
    tellers: Vec<Teller>,
    /// Names of metrics whose instrument has been made.
    known: BTreeSet<&'static str>,
}

#[derive(Clone)]
struct Teller {
    id: u64,
    metric: &'static Metric,
    attributes: Vec<KeyValue>,
    read: Arc<dyn Fn() -> Option<u64> + Send + Sync>,
}

/// A value is told until this is dropped.
#[derive(Debug)]
#[must_use = "the value is told only as long as this lives"]
pub struct Told {
    /// None where nothing is exported.
    id: Option<u64>,
}

impl Drop for Told {
    fn drop(&mut self) {
        let Some(id) = self.id else { return };
        // What a teller holds is dropped without the lock: it may hold another value that is told.
        let gone: Vec<Teller> = {
            let mut tellers = tellers();
            let (gone, left) = std::mem::take(&mut tellers.tellers).into_iter().partition(|one| one.id == id);
            tellers.tellers = left;
            gone
        };
        drop(gone);
    }
}

/// From now on metrics leave the process.
pub(super) fn export() {
    EXPORTED.store(true, Relaxed);
}

/// Whether metrics leave the process.
pub fn is_exported() -> bool {
    EXPORTED.load(Relaxed)
}

/// Tells what `read` answers, whenever metrics leave the process, until what this answers is dropped. `read` must be quick;
/// when it has nothing to say, nothing is told. Where metrics do not leave the process it is not kept.
pub fn tell(
    metric: &'static Metric,
    attributes: impl IntoIterator<Item = KeyValue>,
    read: impl Fn() -> Option<u64> + Send + Sync + 'static,
) -> Told {
    if !is_exported() {
        return Told { id: None };
    }
    let mut tellers = tellers();
    tellers.next_id += 1;
    let id = tellers.next_id;
    let attributes = attributes.into_iter().collect();
    tellers.tellers.push(Teller { id, metric, attributes, read: Arc::new(read) });
    let is_new = tellers.known.insert(metric.name);
    drop(tellers);
    if is_new {
        let _instrument = meter()
            .u64_observable_gauge(metric.name)
            .with_unit(metric.unit)
            .with_description(metric.description)
            .with_callback(move |observer| observe(metric, observer))
            .build();
    }
    Told { id: Some(id) }
}

fn tellers() -> MutexGuard<'static, Tellers> {
    TELLERS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Asks all of one metric.
fn observe(metric: &'static Metric, observer: &dyn AsyncInstrument<u64>) {
    // Nobody is asked with the lock held.
    let of_metric: Vec<Teller> =
        tellers().tellers.iter().filter(|one| one.metric.name == metric.name).cloned().collect();
    let mut values: Vec<(Vec<KeyValue>, u64)> = Vec::new();
    for teller in of_metric {
        let Some(value) = (teller.read)() else { continue };
        match values.iter_mut().find(|(attributes, _)| *attributes == teller.attributes) {
            Some((_, known)) => *known = together(metric.kind, *known, value),
            None => values.push((teller.attributes.clone(), value)),
        }
    }
    for (attributes, value) in values {
        observer.observe(value, &attributes);
    }
}

fn together(kind: Kind, one: u64, other: u64) -> u64 {
    match kind {
        Kind::Gauge(Together::Max) | Kind::Histogram => one.max(other),
        Kind::Gauge(Together::Min) => one.min(other),
        Kind::Gauge(Together::Sum) | Kind::Counter => one.saturating_add(other),
    }
}

/// A value that is noted now and then, and told whenever metrics leave the process; nothing before it is noted first.
#[derive(Debug)]
pub struct Level {
    /// [`u64::MAX`] when there is nothing to tell.
    value: Arc<AtomicU64>,
    _told: Told,
}

impl Level {
    /// Told from now on, once noted.
    pub fn new(metric: &'static Metric, attributes: impl IntoIterator<Item = KeyValue>) -> Self {
        let value = Arc::new(AtomicU64::new(u64::MAX));
        let told = Arc::clone(&value);
        let read = move || Some(told.load(Relaxed)).filter(|value| *value != u64::MAX);
        Self { value, _told: tell(metric, attributes, read) }
    }

    /// That is how it stands.
    pub fn note(&self, value: usize) {
        self.value.store(u64::try_from(value).unwrap_or(u64::MAX - 1), Relaxed);
    }

    /// Nobody knows how it stands.
    pub fn forget(&self) {
        self.value.store(u64::MAX, Relaxed);
    }
}

/// How long ago by the business clock something was that is noted now and then, in whole seconds; 0 when it is still to come
/// or there is nothing, and nothing is told before it is noted first.
#[derive(Debug)]
pub struct Age {
    /// Microseconds since 1970; [`i64::MIN`] when nobody knows, [`i64::MAX`] when there is nothing.
    at: Arc<AtomicI64>,
    _told: Told,
}

impl Age {
    /// Told from now on, once noted.
    pub fn new(
        metric: &'static Metric,
        attributes: impl IntoIterator<Item = KeyValue>,
        clock: &Clock,
    ) -> Self {
        let at = Arc::new(AtomicI64::new(i64::MIN));
        let (told, clock) = (Arc::clone(&at), clock.clone());
        let read = move || match told.load(Relaxed) {
            i64::MIN => None,
            at => Some(clock.now().timestamp_micros().saturating_sub(at).max(0).unsigned_abs() / 1_000_000),
        };
        Self { at, _told: tell(metric, attributes, read) }
    }

    /// It was then, or there is nothing.
    pub fn note(&self, at: Option<DateTime<Utc>>) {
        self.at.store(at.map_or(i64::MAX, |at| at.timestamp_micros()), Relaxed);
    }

    /// Nobody knows.
    pub fn forget(&self) {
        self.at.store(i64::MIN, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::telemetry::metrics::gauge;

    // Of this test alone: other tests of the process tell the real ones.
    static SUM: Metric = gauge("test.sum", "", Together::Sum, "");
    static MIN: Metric = gauge("test.min", "", Together::Min, "");
    static MAX: Metric = gauge("test.max", "", Together::Max, "");
    static NOTED: Metric = gauge("test.noted", "", Together::Sum, "");
    static AGE: Metric = gauge("test.age", "s", Together::Max, "");

    /// What of a metric would leave the process now.
    fn told(metric: &'static Metric) -> Vec<u64> {
        struct Kept(Mutex<Vec<u64>>);
        impl AsyncInstrument<u64> for Kept {
            fn observe(&self, value: u64, _attributes: &[KeyValue]) {
                self.0.lock().unwrap().push(value);
            }
        }
        let kept = Kept(Mutex::default());
        observe(metric, &kept);
        kept.0.into_inner().unwrap()
    }

    #[test]
    fn a_value_is_told_while_somebody_holds_it() {
        export();
        let level = Level::new(&NOTED, []);
        assert!(told(&NOTED).is_empty(), "nothing has been noted");
        level.note(7);
        assert_eq!(told(&NOTED), [7]);
        level.forget();
        assert!(told(&NOTED).is_empty());
        level.note(3);
        drop(level);
        assert!(told(&NOTED).is_empty());
    }

    #[test]
    fn values_with_the_same_attributes_are_one() {
        export();
        let of = |metric, part: i64, value| tell(metric, [KeyValue::new("part", part)], move || Some(value));
        let _held = [&SUM, &MIN, &MAX].map(|metric| [of(metric, 0, 4), of(metric, 0, 2), of(metric, 1, 9)]);
        assert_eq!([&SUM, &MIN, &MAX].map(told), [[6, 9], [2, 9], [4, 9]]);
    }

    #[test]
    fn an_age_grows_with_the_business_clock_from_when_it_began() {
        export();
        let clock = Clock::system();
        let age = Age::new(&AGE, [], &clock);
        assert!(told(&AGE).is_empty());
        age.note(None);
        assert_eq!(told(&AGE), [0]);
        age.note(Some(clock.now() + Duration::from_secs(60)));
        assert_eq!(told(&AGE), [0], "still to come");
        clock.advance(Duration::from_secs(3660));
        let [age] = told(&AGE)[..] else { panic!("one value") };
        assert!((3600..3610).contains(&age), "{age}");
    }
}
