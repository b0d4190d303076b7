//! The wire types of the dashboard.

use std::time::Duration;

use chrono::SecondsFormat;
use kvitt_proto::{error::v1::Reason, refusal, time, webhook::v1};
use prost_types::Timestamp;
use serde::Serialize;
use tonic::Status;
use utoipa::ToSchema;

/// How calls to the APIs went.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = dashboard::Dashboard)]
pub(crate) struct Dashboard {
    /// Newest first, by API in alphabetical order; only those with calls.
    days: Vec<Day>,
    /// The newest errors.
    samples: Vec<Sample>,
    /// Registrations of webhooks that ended because nobody answered, newest first.
    notices: Vec<Notice>,
}

/// A day of an API.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = dashboard::Day)]
struct Day {
    /// In UTC.
    #[schema(value_type = crate::openapi::dashboard::Date)]
    day: String,
    /// The first segment of the path.
    api: String,
    calls: i64,
    /// Those that were refused or failed.
    errors: i64,
    /// The most frequent first.
    by_error: Vec<OfError>,
    mean_ms: f64,
    slowest_ms: f64,
    /// Method and path template.
    slowest_operation: String,
}

/// Calls that were refused alike.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = dashboard::OfError)]
struct OfError {
    status: i32,
    /// The error code, or the name of the reason where there is none.
    code: String,
    calls: i64,
}

/// An answer that was an error.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = dashboard::Sample)]
struct Sample {
    #[schema(value_type = crate::openapi::words::Instant)]
    at: String,
    api: String,
    /// Method and path template.
    operation: String,
    status: i32,
    code: String,
    /// The trace that the answer named.
    trace_id: String,
    /// The answer's beginning.
    body: String,
}

/// A registration that ended by itself.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = dashboard::Notice)]
struct Notice {
    #[schema(value_type = crate::openapi::words::Id)]
    webhook_id: String,
    url: String,
    events: Vec<String>,
    /// Since when every try had failed.
    #[schema(value_type = crate::openapi::words::Instant)]
    silent_since: String,
    #[schema(value_type = crate::openapi::words::Instant)]
    ended_at: String,
}

impl Dashboard {
    pub(crate) fn from_proto(answer: v1::GetDashboardResponse) -> Result<Self, Status> {
        Ok(Self {
            days: answer.days.into_iter().map(day).collect(),
            samples: answer.samples.into_iter().map(sample).collect::<Result<_, _>>()?,
            notices: answer.notices.into_iter().map(notice).collect::<Result<_, _>>()?,
        })
    }
}

fn day(day: v1::DashboardDay) -> Day {
    let of_error =
        |count: v1::CallCount| OfError { status: count.status, code: count.code, calls: count.calls };
    Day {
        day: day.day,
        api: day.api,
        calls: day.calls,
        errors: day.errors,
        by_error: day.by_error.into_iter().map(of_error).collect(),
        mean_ms: millis(day.mean),
        slowest_ms: millis(day.slowest),
        slowest_operation: day.slowest_operation,
    }
}

fn sample(sample: v1::ErrorSample) -> Result<Sample, Status> {
    Ok(Sample {
        at: instant(sample.at)?,
        api: sample.api,
        operation: sample.operation,
        status: sample.status,
        code: sample.code,
        trace_id: sample.trace_id,
        body: sample.body,
    })
}

fn notice(notice: v1::WebhookNotice) -> Result<Notice, Status> {
    Ok(Notice {
        webhook_id: notice.webhook_id,
        url: notice.url,
        events: notice.events,
        silent_since: instant(notice.silent_since)?,
        ended_at: instant(notice.ended_at)?,
    })
}

fn instant(at: Option<Timestamp>) -> Result<String, Status> {
    let at = at.and_then(|at| time::from_proto(at, "at").ok());
    let at = at.ok_or_else(|| refusal::status(Reason::Internal, "the answer lacks a time"))?;
    Ok(at.to_rfc3339_opts(SecondsFormat::Millis, true))
}

/// Milliseconds, with what is below them behind the point.
fn millis(length: Option<prost_types::Duration>) -> f64 {
    let length = length.and_then(|length| Duration::try_from(length).ok()).unwrap_or_default();
    length.saturating_mul(1000).as_secs_f64()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_dashboard_is_told_in_the_words_of_this_api() {
        let length = |nanos| Some(prost_types::Duration { seconds: 0, nanos });
        let at = Some(Timestamp { seconds: 1_780_000_000, nanos: 123_456_000 });
        let error = v1::CallCount { status: 400, code: "6090".to_owned(), calls: 2, ..Default::default() };
        let answer = v1::GetDashboardResponse {
            days: vec![v1::DashboardDay {
                day: "2026-11-22".to_owned(),
                api: "epayment".to_owned(),
                calls: 3,
                errors: 2,
                by_error: vec![error],
                mean: length(1_500_000),
                slowest: length(2_000_000),
                slowest_operation: "GET /epayment/v1/payments/{reference}".to_owned(),
            }],
            samples: vec![v1::ErrorSample {
                msn: "123456".to_owned(),
                api: "epayment".to_owned(),
                at,
                operation: "GET /epayment/v1/payments/{reference}".to_owned(),
                status: 404,
                code: "NOT_FOUND".to_owned(),
                trace_id: "a trace".to_owned(),
                body: "{}".to_owned(),
            }],
            notices: vec![v1::WebhookNotice {
                webhook_id: "01234567-8901-2345-6789-012345678901".to_owned(),
                url: "https://shop.example/".to_owned(),
                events: vec!["epayments.payment.captured.v1".to_owned()],
                silent_since: at,
                ended_at: at,
            }],
        };
        let told = serde_json::to_value(Dashboard::from_proto(answer).unwrap()).unwrap();
        let expected = json!({
            "days": [{
                "day": "2026-11-22", "api": "epayment", "calls": 3, "errors": 2,
                "byError": [{"status": 400, "code": "6090", "calls": 2}],
                "meanMs": 1.5, "slowestMs": 2.0, "slowestOperation": "GET /epayment/v1/payments/{reference}",
            }],
            "samples": [{
                "at": "2026-05-28T20:26:40.123Z", "api": "epayment",
                "operation": "GET /epayment/v1/payments/{reference}", "status": 404, "code": "NOT_FOUND",
                "traceId": "a trace", "body": "{}",
            }],
            "notices": [{
                "webhookId": "01234567-8901-2345-6789-012345678901", "url": "https://shop.example/",
                "events": ["epayments.payment.captured.v1"],
                "silentSince": "2026-05-28T20:26:40.123Z", "endedAt": "2026-05-28T20:26:40.123Z",
            }],
        });
        assert_eq!(told, expected);
    }

    #[test]
    fn an_answer_without_a_time_is_a_fault() {
        let answer =
            v1::GetDashboardResponse { samples: vec![v1::ErrorSample::default()], ..Default::default() };
        let refused = Dashboard::from_proto(answer).unwrap_err();
        assert_eq!(refusal::reason_of(&refused), Some(Reason::Internal));
    }
}
