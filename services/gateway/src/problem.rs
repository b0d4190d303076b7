//! The one place where a `Status` becomes problem+json (contract-payments section 4). APIs whose error bodies are
//! their own have a file beside it: `accesstoken/refusal.rs`, `management/problem.rs`.
//!
//! A handler or layer refuses with [`Refused`]; the outermost layer, which knows the path and the trace, asks
//! [`response`] for the body. Facts about a reason (status, title, code) come from reason.proto, so a new reason
//! needs no line here.

use std::time::Duration;

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use kvitt_proto::{
    error::v1::Reason,
    reason::{self, Info},
    refusal::{self, FieldViolation},
};
use serde::Serialize;
use tonic::{Code, Status};
use tonic_types::StatusExt;
use utoipa::ToSchema;

/// What a caller is told to wait when nobody knows better.
const DEFAULT_RETRY_AFTER: Duration = Duration::from_secs(1);

/// A refusal on its way to the layer that words it.
#[derive(Clone, Debug)]
pub(crate) struct Refused(pub(crate) Status);

/// Upstream's error body; the order of the fields is theirs.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = problem::Problem)]
pub(crate) struct Problem<'a> {
    r#type: String,
    title: &'a str,
    detail: String,
    status: u16,
    instance: &'a str,
    trace_id: String,
    extra_details: Option<Vec<ExtraDetail>>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = problem::ExtraDetail)]
pub(crate) struct ExtraDetail {
    name: String,
    reason: String,
}

impl From<Status> for Refused {
    fn from(status: Status) -> Self {
        Self(status)
    }
}

impl Refused {
    /// A refusal for one reason.
    pub(crate) fn because(reason: Reason, detail: &str) -> Self {
        Self(refusal::status(reason, detail))
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        response.extensions_mut().insert(self);
        response
    }
}

/// The answer to a refused request. `instance` is the path below the API's root.
pub(crate) fn response(status: &Status, instance: &str, trace_id: String) -> Response {
    let info = info_of(status);
    let http_status = http_status(info);
    let problem = Problem {
        r#type: format!("https://httpstatuses.io/{}", info.http_status),
        title: title(info, http_status),
        detail: detail(status, info),
        status: info.http_status,
        instance,
        trace_id,
        extra_details: extra_details(status, info),
    };
    let mut response = (http_status, axum::Json(problem)).into_response();
    let media_type = HeaderValue::from_static("application/problem+json");
    response.headers_mut().insert(header::CONTENT_TYPE, media_type);
    add_retry_after(status, &mut response);
    response
}

/// The facts about a refusal; those of the nearest reason for a status that this platform did not word.
pub(crate) fn info_of(status: &Status) -> &'static Info {
    let reason = refusal::reason_of(status).unwrap_or_else(|| match status.code() {
        Code::DeadlineExceeded | Code::Cancelled => Reason::DeadlineExceeded,
        Code::Unavailable => Reason::Unavailable,
        Code::ResourceExhausted => Reason::Overloaded,
        Code::Unauthenticated => Reason::TokenInvalid,
        Code::PermissionDenied => Reason::PermissionDenied,
        Code::Ok
        | Code::Unknown
        | Code::InvalidArgument
        | Code::NotFound
        | Code::AlreadyExists
        | Code::FailedPrecondition
        | Code::Aborted
        | Code::OutOfRange
        | Code::Unimplemented
        | Code::Internal
        | Code::DataLoss => Reason::Internal,
    });
    reason::info(reason)
}

/// The upstream code of a reason, or its name where there is none.
pub(crate) fn code(info: &'static Info) -> &'static str {
    if info.code.is_empty() { info.name } else { info.code }
}

/// The HTTP status of a reason.
pub(crate) fn http_status(info: &Info) -> StatusCode {
    StatusCode::from_u16(info.http_status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// What a person may read about a refusal. A fault of the platform is described in general words only.
pub(crate) fn detail(status: &Status, info: &Info) -> String {
    let detail = if info.http_status >= 500 { "" } else { status.message() };
    match (info.http_status, detail) {
        (504, _) => {
            "The request was not answered in time. Retry it under the same idempotency key.".to_owned()
        }
        (503, _) => "The service cannot take the request now. Try again shortly.".to_owned(),
        (500.., _) => "Something went wrong. Retry the request under the same idempotency key.".to_owned(),
        (_, "") => info.title.to_owned(),
        (_, detail) => detail.to_owned(),
    }
}

/// 429 and 503 say when to come back.
pub(crate) fn add_retry_after(status: &Status, response: &mut Response) {
    if ![StatusCode::TOO_MANY_REQUESTS, StatusCode::SERVICE_UNAVAILABLE].contains(&response.status()) {
        return;
    }
    let told = status.get_details_retry_info().and_then(|info| info.retry_delay);
    let delay = told.unwrap_or(DEFAULT_RETRY_AFTER);
    let seconds = delay.as_secs() + u64::from(delay.subsec_nanos() > 0);
    response.headers_mut().insert(header::RETRY_AFTER, seconds.max(1).into());
}

/// Upstream's title for its own codes, else the name of the HTTP status.
fn title(info: &'static Info, http_status: StatusCode) -> &'static str {
    if info.code.is_empty() { http_status.canonical_reason().unwrap_or(info.title) } else { info.title }
}

fn extra_details(status: &Status, info: &Info) -> Option<Vec<ExtraDetail>> {
    let code = (!info.code.is_empty())
        .then(|| ExtraDetail { name: "ErrorCode".to_owned(), reason: info.code.to_owned() });
    let details: Vec<_> = code.into_iter().chain(field_details(status)).collect();
    (!details.is_empty()).then_some(details)
}

/// The broken fields of a refusal, each with what is wrong with it.
pub(crate) fn field_details(status: &Status) -> impl Iterator<Item = ExtraDetail> {
    let fields = refusal::field_violations_of(status).into_iter();
    fields.map(|violation| ExtraDetail { reason: sentence(&violation), name: violation.field })
}

/// A bare rule as upstream words it: `The field Reference must match …`.
pub(crate) fn sentence(violation: &FieldViolation) -> String {
    let rule = violation.description.trim_end_matches('.');
    if !rule.starts_with(|first: char| first.is_ascii_lowercase()) {
        return violation.description.clone();
    }
    let name = violation.field.rsplit('.').next().unwrap_or_default();
    let mut letters = name.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    format!("The field {}{} {rule}.", first.map(String::from).unwrap_or_default(), letters.as_str())
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;
    use serde_json::{Value, json};

    use super::*;

    const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    async fn told(status: &Status) -> (http::response::Parts, String) {
        let response = response(status, "/v1/payments/order-12345678", TRACE.to_owned());
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        (parts, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn every_reason_becomes_a_whole_problem() {
        for info in reason::all() {
            let (parts, body) = told(&refusal::status(info.reason, "Because.")).await;
            assert_eq!(parts.status.as_u16(), info.http_status, "{}", info.name);
            assert_eq!(parts.headers[header::CONTENT_TYPE], "application/problem+json");
            let body: Value = serde_json::from_str(&body).unwrap();
            assert_eq!(body["status"], info.http_status, "{}", info.name);
            assert_eq!(body["type"], format!("https://httpstatuses.io/{}", info.http_status));
            assert_eq!(body["instance"], "/v1/payments/order-12345678");
            assert_eq!(body["traceId"], TRACE);
            assert!(body["title"].is_string() && body["detail"].is_string(), "{}", info.name);
            if info.code.is_empty() {
                assert_eq!(body["extraDetails"], Value::Null, "{}", info.name);
            } else {
                assert_eq!(body["title"], info.title);
                assert_eq!(body["extraDetails"], json!([{"name": "ErrorCode", "reason": info.code}]));
            }
            let asked_to_wait = parts.headers.contains_key(header::RETRY_AFTER);
            assert_eq!(asked_to_wait, [429, 503].contains(&info.http_status), "{}", info.name);
            assert_eq!(info.http_status >= 500, body["detail"] != "Because.", "{}", info.name);
        }
    }

    #[tokio::test]
    async fn the_fields_stand_in_upstreams_order() {
        let (_, body) = told(&refusal::status(Reason::CaptureBeforeReservation, "Not yet.")).await;
        let expected = concat!(
            r#"{"type":"https://httpstatuses.io/400","title":"Cannot capture before reservation","#,
            r#""detail":"Not yet.","status":400,"instance":"/v1/payments/order-12345678","#,
            r#""traceId":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01","#,
            r#""extraDetails":[{"name":"ErrorCode","reason":"6080"}]}"#,
        );
        assert_eq!(body, expected);
    }

    #[tokio::test]
    async fn every_broken_field_is_named() {
        let status = refusal::fields(vec![
            FieldViolation::new("reference", "must match the regular expression '^[a-zA-Z0-9-]{8,64}$'"),
            FieldViolation::new("qrFormat.size", "Whole sentences stay."),
        ]);
        let (_, body) = told(&status).await;
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(body["title"], "Bad Request");
        assert_eq!(body["detail"], "See extraDetails for further details");
        let reason = "The field Reference must match the regular expression '^[a-zA-Z0-9-]{8,64}$'.";
        assert_eq!(
            body["extraDetails"],
            json!([
                {"name": "reference", "reason": reason},
                {"name": "qrFormat.size", "reason": "Whole sentences stay."},
            ])
        );
    }

    #[tokio::test]
    async fn a_wait_is_told_in_whole_seconds_rounded_up() {
        let status = refusal::retry_later(Reason::Overloaded, "", Duration::from_millis(2100));
        assert_eq!(told(&status).await.0.headers[header::RETRY_AFTER], "3");
    }

    #[tokio::test]
    async fn a_status_that_nobody_worded_is_told_by_its_code_and_shows_nothing() {
        for (code, http_status) in [
            (Code::Unavailable, 503),
            (Code::DeadlineExceeded, 504),
            (Code::Cancelled, 504),
            (Code::Unknown, 500),
        ] {
            let (parts, body) = told(&Status::new(code, "tcp connect error to 10.0.0.1")).await;
            assert_eq!(parts.status, http_status);
            assert!(!body.contains("10.0.0.1"));
        }
    }
}
