//! The error bodies of the Report API (contract-merchant section 3): two words for a 401, a number for a fault of the platform,
//! and problem+json for everything else. It names no fields, so the detail says what is wrong with which.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use kvitt_proto::{error::v1::Reason, refusal};
use serde::Serialize;
use tonic::Status;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::problem::{self, sentence};

/// What upstream calls every 401.
const UNAUTHORIZED: &str = "Unauthorized";

/// Upstream's number of a fault that is not known, or passes.
const UNKNOWN: i32 = 10_001;

/// Nobody has proven who they are.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = report::Unauthorized)]
pub(crate) struct Unauthorized {
    code: &'static str,
    message: String,
}

/// A fault of the platform.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = report::Fault)]
pub(crate) struct Fault {
    error_code: i32,
    error_message: String,
    /// Names this very answer: the id of its trace.
    context_id: String,
}

/// Upstream's error body; the order of the fields is theirs.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = report::Problem)]
pub(crate) struct Problem<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    detail: String,
    instance: &'a str,
}

/// The answer to a refused request. `instance` is the path below the API's root.
pub(crate) fn response(status: &Status, instance: &str, trace_parent: &str) -> Response {
    let info = problem::info_of(status);
    let http_status = problem::http_status(info);
    let detail = detail(status);
    let mut response = match http_status {
        StatusCode::UNAUTHORIZED => {
            (http_status, Json(Unauthorized { code: UNAUTHORIZED, message: detail })).into_response()
        }
        StatusCode::INTERNAL_SERVER_ERROR => {
            let context_id = trace_id(trace_parent).to_string();
            let fault = Fault { error_code: UNKNOWN, error_message: detail, context_id };
            (http_status, Json(fault)).into_response()
        }
        _ => {
            let title = match info.reason {
                Reason::LedgerNotFound => info.title,
                _ => http_status.canonical_reason().unwrap_or(info.title),
            };
            let r#type = format!("https://httpstatuses.io/{}", info.http_status);
            let problem = Problem { r#type, title, status: info.http_status, detail, instance };
            let mut response = (http_status, Json(problem)).into_response();
            let media_type = HeaderValue::from_static("application/problem+json");
            response.headers_mut().insert(header::CONTENT_TYPE, media_type);
            response
        }
    };
    problem::add_retry_after(status, &mut response);
    response
}

/// What is wrong with every broken field, or else what any refusal says.
fn detail(status: &Status) -> String {
    let fields = refusal::field_violations_of(status);
    if fields.is_empty() {
        return problem::detail(status, problem::info_of(status));
    }
    fields.iter().map(sentence).collect::<Vec<_>>().join(" ")
}

/// The trace id of a W3C traceparent.
fn trace_id(trace_parent: &str) -> Uuid {
    trace_parent.split('-').nth(1).and_then(|id| Uuid::try_parse(id).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;
    use kvitt_proto::{
        reason,
        refusal::{FieldViolation, fields},
    };
    use serde_json::{Value, json};

    use super::*;

    const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    async fn told(status: &Status) -> (http::response::Parts, String) {
        let (parts, body) = response(status, "/v2/ledgers/30000101/funds/feed", TRACE).into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        (parts, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn every_reason_has_the_dialect_of_its_status() {
        for info in reason::all() {
            let (parts, body) = told(&refusal::status(info.reason, "Because.")).await;
            assert_eq!(parts.status.as_u16(), info.http_status, "{}", info.name);
            let body: Value = serde_json::from_str(&body).unwrap();
            let members = body.as_object().unwrap().len();
            match info.http_status {
                401 => {
                    assert_eq!(parts.headers[header::CONTENT_TYPE], "application/json");
                    assert_eq!(body, json!({"code": "Unauthorized", "message": "Because."}), "{}", info.name);
                }
                500 => {
                    assert_eq!(parts.headers[header::CONTENT_TYPE], "application/json");
                    assert_eq!((&body["errorCode"], members), (&json!(10_001), 3), "{}", info.name);
                    assert_eq!(body["contextId"], "4bf92f35-77b3-4da6-a3ce-929d0e0e4736");
                    assert_ne!(body["errorMessage"], "Because.");
                }
                status => {
                    assert_eq!(parts.headers[header::CONTENT_TYPE], "application/problem+json");
                    assert_eq!((&body["status"], members), (&json!(status), 5), "{}", info.name);
                }
            }
            let asked_to_wait = parts.headers.contains_key(header::RETRY_AFTER);
            assert_eq!(asked_to_wait, [429, 503].contains(&info.http_status), "{}", info.name);
        }
    }

    #[tokio::test]
    async fn the_fields_stand_in_upstreams_order() {
        let (_, body) = told(&refusal::status(Reason::LedgerNotFound, "No such ledgerId")).await;
        let expected = concat!(
            r#"{"type":"https://httpstatuses.io/404","title":"No such ledgerId","status":404,"#,
            r#""detail":"No such ledgerId","instance":"/v2/ledgers/30000101/funds/feed"}"#,
        );
        assert_eq!(body, expected);
    }

    #[tokio::test]
    async fn the_detail_says_what_is_wrong_with_every_broken_field() {
        let broken = fields(vec![
            FieldViolation::new("ledgerDate", "must be a date: YYYY-MM-DD"),
            FieldViolation::new("topic", "must be funds or fees"),
        ]);
        let (_, body) = told(&broken).await;
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(body["title"], "Bad Request");
        let detail =
            "The field LedgerDate must be a date: YYYY-MM-DD. The field Topic must be funds or fees.";
        assert_eq!(body["detail"], detail);
    }
}
