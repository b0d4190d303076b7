//! Reports and questions into the domain's words. Every broken field is named, in the words of the contract's JSON.

use chrono::NaiveDate;
use kvitt_primitives::Msn;
use kvitt_proto::{
    refusal::FieldViolation,
    time,
    webhook::v1::{CallCount, ErrorSample, GetDashboardRequest, RecordCallsRequest},
};
use uuid::Uuid;

use crate::{
    app::get_dashboard::MOST_DAYS,
    domain::dashboard::{self, Alike, Calls, Counts, Report, Sample},
};

const MOST_COUNTS: usize = 5000;
const MOST_SAMPLES: usize = 500;

/// The longest texts, in bytes.
const MOST_API: usize = 64;
const MOST_OPERATION: usize = 256;
const MOST_CODE: usize = 64;
const MOST_TRACE_ID: usize = 64;
const MOST_BODY: usize = 2048;

/// Calls of one count. What is counted in a few seconds is far below it, and sums of sums stay within their columns.
const MOST_CALLS: i64 = 1_000_000_000;
/// The time that calls of one count took together.
const MOST_US: i64 = 1_000_000_000_000_000;

/// All that is broken.
type Broken = Vec<FieldViolation>;

/// Reads the fields of one thing, and remembers what is wrong with them.
struct Fields<'a> {
    path: String,
    broken: &'a mut Broken,
}

impl Fields<'_> {
    fn broken<T>(&mut self, field: &str, rule: impl Into<String>) -> Option<T> {
        self.broken.push(FieldViolation::new(format!("{}{field}", self.path), rule));
        None
    }

    fn msn(&mut self, text: &str) -> Option<Msn> {
        match text.parse() {
            Ok(msn) => Some(msn),
            Err(_) if text.is_empty() => self.broken("msn", "is required"),
            Err(_) => self.broken("msn", Msn::RULE),
        }
    }

    fn required(&mut self, field: &str, text: String, most: usize) -> Option<String> {
        if text.is_empty() { self.broken(field, "is required") } else { self.text(field, text, most) }
    }

    fn text(&mut self, field: &str, text: String, most: usize) -> Option<String> {
        if text.len() > most {
            return self.broken(field, format!("must be at most {most} bytes"));
        }
        if text.contains('\0') {
            return self.broken(field, "must not contain NUL");
        }
        Some(text)
    }

    fn day(&mut self, text: &str) -> Option<NaiveDate> {
        let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok();
        // Shorter and longer spellings are read too, but nobody should have to guess.
        let day = day.filter(|day| text.len() == 10 && day.to_string() == text);
        day.or_else(|| self.broken("day", "must be a day, as 2026-11-22"))
    }

    fn status(&mut self, status: i32, from: i16) -> Option<i16> {
        let known = i16::try_from(status).ok().filter(|status| (from..=599).contains(status));
        known.or_else(|| self.broken("status", format!("must be between {from} and 599")))
    }

    fn micros(&mut self, field: &str, length: Option<prost_types::Duration>) -> Option<i64> {
        let Some(length) = length else { return self.broken(field, "is required") };
        let micros = std::time::Duration::try_from(length).ok().map(|length| length.as_micros());
        let micros = micros.and_then(|micros| i64::try_from(micros).ok()).filter(|us| *us <= MOST_US);
        micros.or_else(|| self.broken(field, "must be between 0 seconds and 1000000000 seconds"))
    }

    fn count(&mut self, count: CallCount) -> Option<(Alike, Calls)> {
        let msn = self.msn(&count.msn);
        let api = self.required("api", count.api, MOST_API);
        let day = self.day(&count.day);
        let status = self.status(count.status, 100);
        let code = self.text("code", count.code, MOST_CODE);
        let calls = if (1..=MOST_CALLS).contains(&count.calls) {
            Some(count.calls)
        } else {
            self.broken("calls", format!("must be between 1 and {MOST_CALLS}"))
        };
        let total_us = self.micros("total", count.total);
        let slowest_us = self.micros("slowest", count.slowest);
        if total_us.zip(slowest_us).is_some_and(|(total, slowest)| slowest > total) {
            self.broken("slowest", "must not be longer than total")?;
        }
        let slowest_operation = self.required("slowestOperation", count.slowest_operation, MOST_OPERATION);
        let alike = Alike { msn: msn?, day: day?, api: api?, status: status?, code: code? };
        let calls = Calls {
            calls: calls?,
            total_us: total_us?,
            slowest_us: slowest_us?,
            slowest_operation: slowest_operation?,
        };
        Some((alike, calls))
    }

    fn sample(&mut self, sample: ErrorSample) -> Option<Sample> {
        let msn = self.msn(&sample.msn);
        let api = self.required("api", sample.api, MOST_API);
        let at = match sample.at.map(|at| time::from_proto(at, &format!("{}at", self.path))) {
            Some(Ok(at)) => Some(at),
            Some(Err(violation)) => {
                self.broken.push(violation);
                None
            }
            None => self.broken("at", "is required"),
        };
        let operation = self.required("operation", sample.operation, MOST_OPERATION);
        let status = self.status(sample.status, 400);
        let code = self.text("code", sample.code, MOST_CODE);
        let trace_id = self.text("traceId", sample.trace_id, MOST_TRACE_ID);
        let body = self.text("body", sample.body, MOST_BODY);
        Some(Sample {
            msn: msn?,
            api: api?,
            at: at?,
            operation: operation?,
            status: status?,
            code: code?,
            trace_id: trace_id?,
            body: body?,
        })
    }
}

/// What the edge reports. What went alike is one count, however often it stands.
pub(super) fn report(request: RecordCallsRequest) -> Result<Report, Broken> {
    let mut broken = Broken::new();
    let mut top = Fields { path: String::new(), broken: &mut broken };
    let report_id = Uuid::try_parse(&request.report_id).ok();
    let report_id = report_id.or_else(|| top.broken("reportId", "must be a UUID"));
    if request.counts.len() > MOST_COUNTS {
        top.broken::<()>("counts", format!("must be at most {MOST_COUNTS}"));
    }
    if request.samples.len() > MOST_SAMPLES {
        top.broken::<()>("samples", format!("must be at most {MOST_SAMPLES}"));
    }
    if !broken.is_empty() {
        return Err(broken);
    }
    let mut counts = Counts::new();
    for (at, count) in request.counts.into_iter().enumerate() {
        let mut fields = Fields { path: format!("counts[{at}]."), broken: &mut broken };
        if let Some((alike, calls)) = fields.count(count) {
            dashboard::add(&mut counts, alike, calls);
        }
    }
    let mut samples = Vec::new();
    for (at, sample) in request.samples.into_iter().enumerate() {
        let mut fields = Fields { path: format!("samples[{at}]."), broken: &mut broken };
        samples.extend(fields.sample(sample));
    }
    match report_id {
        Some(report_id) if broken.is_empty() => Ok(Report { report_id, counts, samples }),
        Some(_) | None => Err(broken),
    }
}

/// Whose days, and how many.
pub(super) fn days(request: &GetDashboardRequest) -> Result<(Msn, u16), Broken> {
    let mut broken = Broken::new();
    let mut fields = Fields { path: String::new(), broken: &mut broken };
    let msn = fields.msn(&request.msn);
    let days = match u16::try_from(request.days) {
        Ok(0) => Some(MOST_DAYS),
        Ok(days) if days <= MOST_DAYS => Some(days),
        Ok(_) | Err(_) => fields.broken("days", format!("must be between 1 and {MOST_DAYS}")),
    };
    msn.zip(days).ok_or(broken)
}
