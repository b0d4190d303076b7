//! What has been gathered since the last report: calls that went alike, added up, and a few errors. A call costs a lock and
//! a place in a table; what finds no place is not counted, and how much that was is logged.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::{DateTime, NaiveDate, Utc};
use http::Method;
use kvitt_primitives::Msn;
use kvitt_proto::{
    time,
    webhook::v1::{CallCount, ErrorSample, RecordCallsRequest},
};
use kvitt_runtime::Clock;
use uuid::Uuid;

use super::Call;

/// Kinds of calls that are counted between two reports, which is what a report may hold.
const MOST_KINDS: usize = 5000;

/// Errors that are copied between two reports, of all callers together and of one unit through one API.
const MOST_SAMPLES: usize = 500;
const MOST_SAMPLES_OF_ONE: usize = 5;

/// What is copied of an answer.
const MOST_BODY_BYTES: usize = 2048;

/// What has been gathered; clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Counts(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    /// Business time, of which a day is.
    clock: Clock,
    gathered: Mutex<Gathered>,
}

#[derive(Debug, Default)]
struct Gathered {
    kinds: HashMap<Kind, Sum>,
    /// How many errors of a unit through an API are copied.
    sampled: HashMap<(Msn, &'static str), usize>,
    places_taken: usize,
    samples: Vec<Sample>,
    uncounted: u64,
}

/// What calls have in common that are counted together.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Kind {
    msn: Msn,
    api: &'static str,
    day: NaiveDate,
    status: u16,
    code: &'static str,
}

#[derive(Debug)]
struct Sum {
    calls: i64,
    total: Duration,
    slowest: Duration,
    slowest_operation: (Method, &'static str),
}

#[derive(Debug)]
struct Sample {
    call: Call,
    at: DateTime<Utc>,
    trace_id: String,
    body: String,
}

impl Counts {
    /// Nothing yet. Days are those of this clock.
    pub(crate) fn new(clock: Clock) -> Self {
        Self(Arc::new(Shared { clock, gathered: Mutex::default() }))
    }

    /// Counts a call. True when its answer is one to [`keep`](Self::keep).
    pub(super) fn add(&self, call: &Call) -> bool {
        let kind = Kind {
            msn: call.msn.clone(),
            api: api(call.pattern),
            day: self.0.clock.now().date_naive(),
            status: call.status.as_u16(),
            code: call.code,
        };
        let mut gathered = self.gathered();
        gathered.add(kind, call);
        (call.status.is_client_error() || call.status.is_server_error()) && gathered.take_place(call)
    }

    /// Keeps an answer that is an error.
    pub(super) fn keep(&self, call: Call, trace_id: String, body: &[u8]) {
        let sample = Sample { call, at: self.0.clock.now(), trace_id, body: beginning(body) };
        let mut gathered = self.gathered();
        // Its place may have been one of the report before.
        if gathered.samples.len() < MOST_SAMPLES {
            gathered.samples.push(sample);
        }
    }

    /// All that has been gathered, as a report under a fresh id; None when it is nothing.
    pub(super) fn take(&self) -> Option<RecordCallsRequest> {
        let Gathered { kinds, samples, uncounted, .. } = std::mem::take(&mut *self.gathered());
        if uncounted > 0 {
            tracing::warn!(calls = uncounted, "calls were not counted: there were too many kinds of them");
        }
        (!kinds.is_empty() || !samples.is_empty()).then(|| RecordCallsRequest {
            report_id: Uuid::now_v7().to_string(),
            counts: kinds.into_iter().map(count).collect(),
            samples: samples.into_iter().map(sample).collect(),
        })
    }

    /// What is in there is true after every statement, so a panic elsewhere spoils nothing.
    fn gathered(&self) -> MutexGuard<'_, Gathered> {
        self.0.gathered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Gathered {
    fn add(&mut self, kind: Kind, call: &Call) {
        let is_full = self.kinds.len() >= MOST_KINDS;
        match self.kinds.entry(kind) {
            Entry::Occupied(mut known) => known.get_mut().add(call),
            Entry::Vacant(_) if is_full => self.uncounted += 1,
            Entry::Vacant(new) => _ = new.insert(Sum::of(call)),
        }
    }

    /// Whether there is room for one more error of this unit through this API.
    fn take_place(&mut self, call: &Call) -> bool {
        if self.places_taken >= MOST_SAMPLES {
            return false;
        }
        let taken = self.sampled.entry((call.msn.clone(), api(call.pattern))).or_default();
        if *taken >= MOST_SAMPLES_OF_ONE {
            return false;
        }
        *taken += 1;
        self.places_taken += 1;
        true
    }
}

impl Sum {
    fn of(call: &Call) -> Self {
        let slowest_operation = (call.method.clone(), call.pattern);
        Self { calls: 1, total: call.took, slowest: call.took, slowest_operation }
    }

    fn add(&mut self, call: &Call) {
        self.calls += 1;
        self.total += call.took;
        if call.took > self.slowest {
            self.slowest = call.took;
            self.slowest_operation = (call.method.clone(), call.pattern);
        }
    }
}

/// The first segment of the path.
fn api(pattern: &'static str) -> &'static str {
    pattern.trim_start_matches('/').split('/').next().unwrap_or_default()
}

/// As much of the answer as is copied, as text.
fn beginning(body: &[u8]) -> String {
    // Text that cannot be read may become longer.
    let mut text = String::from_utf8_lossy(&body[..body.len().min(MOST_BODY_BYTES)]).replace('\0', " ");
    text.truncate(text.floor_char_boundary(MOST_BODY_BYTES));
    text
}

fn operation(method: &Method, pattern: &str) -> String {
    format!("{method} {pattern}")
}

fn count((kind, sum): (Kind, Sum)) -> CallCount {
    let (method, pattern) = sum.slowest_operation;
    CallCount {
        msn: kind.msn.to_string(),
        api: kind.api.to_owned(),
        day: kind.day.to_string(),
        status: kind.status.into(),
        code: kind.code.to_owned(),
        calls: sum.calls,
        total: length(sum.total),
        slowest: length(sum.slowest),
        slowest_operation: operation(&method, pattern),
    }
}

fn sample(Sample { call, at, trace_id, body }: Sample) -> ErrorSample {
    ErrorSample {
        msn: call.msn.to_string(),
        api: api(call.pattern).to_owned(),
        at: Some(time::to_proto(at)),
        operation: operation(&call.method, call.pattern),
        status: call.status.as_u16().into(),
        code: call.code.to_owned(),
        trace_id,
        body,
    }
}

/// What cannot be told is longer than the process has lived.
fn length(took: Duration) -> Option<prost_types::Duration> {
    Some(prost_types::Duration::try_from(took).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::*;

    const CAPTURE: &str = "/epayment/v1/payments/{reference}/capture";
    const STATUS: &str = "/ecomm/v2/payments/{orderId}/status";

    fn counts() -> Counts {
        let clock = Clock::system();
        clock.hold("2090-01-01T23:59:59Z".parse().unwrap());
        Counts::new(clock)
    }

    fn call(number: usize, pattern: &'static str, (status, code): (u16, &'static str)) -> Call {
        Call {
            msn: format!("{}", 100_000 + number).parse().unwrap(),
            method: Method::POST,
            pattern,
            status: StatusCode::from_u16(status).unwrap(),
            code,
            took: Duration::from_millis(5),
        }
    }

    #[test]
    fn calls_that_went_alike_are_one_count() {
        let counts = counts();
        assert_eq!(counts.take(), None);
        let slow = Call { took: Duration::from_millis(20), ..call(1, STATUS, (200, "")) };
        for call in [&call(1, STATUS, (200, "")), &slow, &call(1, STATUS, (200, ""))] {
            assert!(!counts.add(call), "a success is not copied");
        }
        counts.add(&call(1, CAPTURE, (200, "")));
        counts.add(&call(1, CAPTURE, (400, "6090")));
        counts.add(&call(2, STATUS, (200, "")));
        counts.0.clock.hold("2090-01-02T00:00:00Z".parse().unwrap());
        counts.add(&call(1, STATUS, (200, "")));

        let report = counts.take().unwrap();
        assert!(counts.take().is_none());
        let mut told: Vec<_> = report
            .counts
            .iter()
            .map(|count| {
                let CallCount { msn, api, day, code, .. } = count;
                (msn.as_str(), api.as_str(), day.as_str(), count.status, code.as_str(), count.calls)
            })
            .collect();
        told.sort_unstable();
        let expected = [
            ("100001", "ecomm", "2090-01-01", 200, "", 3),
            ("100001", "ecomm", "2090-01-02", 200, "", 1),
            ("100001", "epayment", "2090-01-01", 200, "", 1),
            ("100001", "epayment", "2090-01-01", 400, "6090", 1),
            ("100002", "ecomm", "2090-01-01", 200, "", 1),
        ];
        assert_eq!(told, expected);
        let three = report.counts.iter().find(|count| count.calls == 3).unwrap();
        assert_eq!(three.slowest_operation, "POST /ecomm/v2/payments/{orderId}/status");
        let nanos = |length: &Option<prost_types::Duration>| length.unwrap().nanos;
        assert_eq!((nanos(&three.total), nanos(&three.slowest)), (30_000_000, 20_000_000));
    }

    #[test]
    fn what_finds_no_place_is_not_counted_and_what_has_one_goes_on() {
        let counts = counts();
        for number in 0..MOST_KINDS + 100 {
            counts.add(&call(number, STATUS, (200, "")));
        }
        counts.add(&call(0, STATUS, (200, "")));
        assert_eq!(counts.gathered().uncounted, 100);
        let report = counts.take().unwrap();
        assert_eq!(report.counts.len(), MOST_KINDS);
        assert_eq!(report.counts.iter().map(|count| count.calls).sum::<i64>(), 5001);
        counts.add(&call(MOST_KINDS, STATUS, (200, "")));
        assert_eq!(counts.take().unwrap().counts.len(), 1);
    }

    #[test]
    fn few_errors_are_copied_of_one_caller_and_of_all() {
        let counts = counts();
        let keep = |number, pattern| {
            let call = call(number, pattern, (400, "6090"));
            let kept = counts.add(&call);
            if kept {
                counts.keep(call, "a trace".to_owned(), b"{}");
            }
            kept
        };
        assert_eq!((0..20).filter(|_| keep(1, CAPTURE)).count(), MOST_SAMPLES_OF_ONE);
        assert!(keep(1, STATUS), "each API has room of its own");
        assert_eq!((2..2000).filter(|number| keep(*number, CAPTURE)).count(), MOST_SAMPLES - 6);
        let report = counts.take().unwrap();
        assert_eq!(report.samples.len(), MOST_SAMPLES);
        let sample = &report.samples[0];
        assert_eq!(sample.operation, "POST /epayment/v1/payments/{reference}/capture");
        assert_eq!((sample.status, sample.code.as_str(), sample.trace_id.as_str()), (400, "6090", "a trace"));
        assert!(keep(1, CAPTURE), "there is room again");
    }

    #[test]
    fn reports_have_ids_of_their_own() {
        let counts = counts();
        let id = || {
            counts.add(&call(1, STATUS, (200, "")));
            counts.take().unwrap().report_id
        };
        assert_ne!(id(), id());
    }

    #[test]
    fn an_answers_beginning_is_text_of_at_most_two_kibibytes() {
        let table: [(&[u8], &str); 3] = [(b"{}", "{}"), (b"a\0b", "a b"), (b"\xff", "\u{fffd}")];
        for (body, expected) in table {
            assert_eq!(beginning(body), expected);
        }
        for letter in ["x", "\u{e6}", "\u{1f4b0}"] {
            for shift in ["", "y"] {
                let long = format!("{shift}{}", letter.repeat(3000));
                let text = beginning(long.as_bytes());
                assert!((2040..=2048).contains(&text.len()), "{}", text.len());
            }
        }
        assert!(beginning(&[0xff; 5000]).len() <= MOST_BODY_BYTES);
    }
}
