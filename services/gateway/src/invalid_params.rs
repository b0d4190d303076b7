//! An error body that several APIs of upstream's share: the gateway's own for a 401, a body with `invalidParams` and without
//! a status for everything else (contract-payments section 4, contract-merchant section 3). None of them calls itself
//! problem+json. What a refusal is titled is each API's.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use kvitt_proto::{error::v1::Reason, reason::Info, refusal};
use serde::Serialize;
use tonic::Status;
use utoipa::ToSchema;

use crate::{
    accesstoken::json::GatewayError,
    problem::{self, sentence},
};

/// What an API titles a refusal; none is the name of the HTTP status.
pub(crate) type Title = fn(&Info) -> Option<&'static str>;

/// Upstream's error body; the order of the fields is theirs.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = problem::WithInvalidParams)]
pub(crate) struct Problem {
    r#type: String,
    title: &'static str,
    detail: String,
    /// Names this very answer: its place in the trace.
    instance: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    invalid_params: Vec<InvalidParam>,
}

/// A field, and what is wrong with it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = problem::InvalidParam)]
struct InvalidParam {
    name: String,
    reason: String,
}

/// The answer to a refused request.
pub(crate) fn response(status: &Status, trace_parent: &str, title: Title) -> Response {
    let info = problem::info_of(status);
    let http_status = problem::http_status(info);
    let mut response = if info.http_status == 401 {
        unauthorized(status, info)
    } else {
        let problem = Problem {
            r#type: definition(info.http_status),
            title: title(info).or(http_status.canonical_reason()).unwrap_or(info.title),
            detail: if info.reason == Reason::FieldInvalid {
                "See invalidParams for further details".to_owned()
            } else {
                problem::detail(status, info)
            },
            instance: trace_parent.to_owned(),
            invalid_params: invalid_params(status),
        };
        (http_status, Json(problem)).into_response()
    };
    problem::add_retry_after(status, &mut response);
    response
}

/// A caller who is not proven is refused in front of the API, in the gateway's words.
pub(crate) fn unauthorized(status: &Status, info: &Info) -> Response {
    let message = problem::detail(status, info);
    let told = GatewayError { status_code: info.http_status, message };
    (problem::http_status(info), Json(told)).into_response()
}

/// Where the status is defined.
fn definition(http_status: u16) -> String {
    let section = match http_status {
        400 => "rfc7231#section-6.5.1",
        403 => "rfc7231#section-6.5.3",
        404 => "rfc7231#section-6.5.4",
        405 => "rfc7231#section-6.5.5",
        409 => "rfc7231#section-6.5.8",
        413 => "rfc7231#section-6.5.11",
        415 => "rfc7231#section-6.5.13",
        429 => "rfc6585#section-4",
        431 => "rfc6585#section-5",
        503 => "rfc7231#section-6.6.4",
        504 => "rfc7231#section-6.6.5",
        _ => "rfc7231#section-6",
    };
    format!("https://datatracker.ietf.org/doc/html/{section}")
}

fn invalid_params(status: &Status) -> Vec<InvalidParam> {
    let fields = refusal::field_violations_of(status).into_iter();
    fields.map(|violation| InvalidParam { reason: sentence(&violation), name: violation.field }).collect()
}

#[cfg(test)]
mod tests {
    use http::header;
    use http_body_util::BodyExt;
    use kvitt_proto::{
        reason,
        refusal::{FieldViolation, fields},
    };
    use serde_json::{Value, json};

    use super::*;

    const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    async fn told(status: &Status) -> (http::response::Parts, String) {
        let (parts, body) = response(status, TRACE, |_| None).into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        (parts, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn every_reason_has_the_dialect_of_its_status() {
        for info in reason::all() {
            let (parts, body) = told(&refusal::status(info.reason, "Because.")).await;
            assert_eq!(parts.status.as_u16(), info.http_status, "{}", info.name);
            assert_eq!(parts.headers[header::CONTENT_TYPE], "application/json");
            let body: Value = serde_json::from_str(&body).unwrap();
            if info.http_status == 401 {
                assert_eq!(body, json!({"statusCode": 401, "message": "Because."}), "{}", info.name);
            } else {
                let members: Vec<_> = body.as_object().unwrap().keys().collect();
                assert_eq!(members, ["detail", "instance", "title", "type"], "{}", info.name);
                assert!(members.iter().all(|member| body[*member] != ""), "{}: {body}", info.name);
            }
            let asked_to_wait = parts.headers.contains_key(header::RETRY_AFTER);
            assert_eq!(asked_to_wait, [429, 503].contains(&info.http_status), "{}", info.name);
        }
    }

    #[tokio::test]
    async fn broken_fields_stand_in_invalid_params() {
        let broken = vec![
            FieldViolation::new("orderDetailsUrl", "is required"),
            FieldViolation::new("orderLines[0].unitInfo.quantity", "must be short"),
        ];
        let (_, body) = told(&fields(broken)).await;
        let expected = concat!(
            r#"{"type":"https://datatracker.ietf.org/doc/html/rfc7231#section-6.5.1","#,
            r#""title":"Bad Request","#,
            r#""detail":"See invalidParams for further details","#,
            r#""instance":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01","invalidParams":["#,
            r#"{"name":"orderDetailsUrl","reason":"The field OrderDetailsUrl is required."},"#,
            r#"{"name":"orderLines[0].unitInfo.quantity","reason":"The field Quantity must be short."}]}"#,
        );
        assert_eq!(body, expected);
    }

    #[tokio::test]
    async fn a_conflict_says_what_is_there() {
        let (_, body) = told(&refusal::status(Reason::AlreadyExists, "the order has a receipt")).await;
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(body["title"], "Conflict");
        assert_eq!(body["detail"], "the order has a receipt");
        assert_eq!(body["type"], "https://datatracker.ietf.org/doc/html/rfc7231#section-6.5.8");
    }
}
