//! The error bodies of the QR API: those of `invalid_params.rs`, but for the two exchanges, whose bodies have a status and
//! `extraDetails` (openapi `QrErrorResponse`, `QrExchangeErrorResponse`).

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use kvitt_proto::{error::v1::Reason, reason::Info};
use serde::Serialize;
use tonic::Status;
use utoipa::ToSchema;

use crate::{
    invalid_params,
    problem::{self, ExtraDetail},
};

/// Below which the exchanges live.
const EXCHANGE: &str = "/v1/exchange";

/// The error body of the exchanges; the order of the fields is upstream's.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = qr::ExchangeProblem)]
pub(crate) struct ExchangeProblem {
    title: &'static str,
    status: u16,
    detail: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    extra_details: Vec<ExtraDetail>,
}

/// The answer to a request that was refused at this path below the API's root.
pub(crate) fn response(status: &Status, below: &str, trace_parent: &str) -> Response {
    let rest = below.strip_prefix(EXCHANGE);
    if rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) {
        exchange(status)
    } else {
        invalid_params::response(status, trace_parent, title)
    }
}

/// Upstream's words for what the request says wrong, and for a payment that has ended.
fn title(info: &Info) -> Option<&'static str> {
    match info.reason {
        Reason::FieldInvalid | Reason::BodyMalformed => Some("Validation error"),
        Reason::QrOrderTimeout => Some("Order timeout"),
        _ => None,
    }
}

fn exchange(status: &Status) -> Response {
    let info = problem::info_of(status);
    let http_status = problem::http_status(info);
    let mut response = if info.http_status == 401 {
        invalid_params::unauthorized(status, info)
    } else {
        let problem = ExchangeProblem {
            title: match info.http_status {
                400 if info.code.is_empty() => "Bad request",
                400 => info.title,
                _ => http_status.canonical_reason().unwrap_or(info.title),
            },
            status: info.http_status,
            detail: if info.reason == Reason::FieldInvalid {
                "The request body contains one or more invalid parameters.".to_owned()
            } else {
                problem::detail(status, info)
            },
            extra_details: problem::field_details(status).collect(),
        };
        (http_status, Json(problem)).into_response()
    };
    problem::add_retry_after(status, &mut response);
    response
}

#[cfg(test)]
mod tests {
    use http::header;
    use http_body_util::BodyExt;
    use kvitt_proto::{
        reason,
        refusal::{self, FieldViolation},
    };
    use serde_json::{Value, json};

    use super::*;

    async fn told(status: &Status, below: &str) -> (http::response::Parts, Value) {
        let (parts, body) = response(status, below, "trace").into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        (parts, serde_json::from_slice(&body).unwrap())
    }

    #[tokio::test]
    async fn every_reason_has_the_shape_of_its_operation() {
        for info in reason::all() {
            for (below, expected) in [
                ("/v1/merchant-redirect", &["detail", "instance", "title", "type"] as &[&str]),
                ("/v1/exchanges", &["detail", "instance", "title", "type"]),
                ("/v1/exchange", &["detail", "status", "title"]),
                ("/v1/exchange/customer", &["detail", "status", "title"]),
            ] {
                let (parts, body) = told(&refusal::status(info.reason, "Because."), below).await;
                assert_eq!(parts.status.as_u16(), info.http_status, "{}", info.name);
                assert_eq!(parts.headers[header::CONTENT_TYPE], "application/json");
                let asked_to_wait = parts.headers.contains_key(header::RETRY_AFTER);
                assert_eq!(asked_to_wait, [429, 503].contains(&info.http_status), "{}", info.name);
                if info.http_status == 401 {
                    assert_eq!(body, json!({"statusCode": 401, "message": "Because."}));
                    continue;
                }
                let members: Vec<_> = body.as_object().unwrap().keys().collect();
                assert_eq!(members, expected, "{} at {below}", info.name);
                assert!(members.iter().all(|member| body[*member] != ""), "{}: {body}", info.name);
            }
        }
    }

    #[tokio::test]
    async fn refusals_are_titled_in_upstreams_words() {
        let broken = refusal::fields(vec![FieldViolation::new("redirectUrl", "is required")]);
        let (_, body) = told(&broken, "/v1/merchant-redirect").await;
        assert_eq!(
            (&body["title"], body["invalidParams"].as_array().unwrap().len()),
            (&json!("Validation error"), 1)
        );
        let over = refusal::status(Reason::QrOrderTimeout, "Payment has already timed out");
        let (_, body) = told(&over, "/v1").await;
        assert_eq!(body["title"], "Order timeout");
        assert_eq!(body["detail"], "Payment has already timed out");
        let (_, body) = told(&refusal::status(Reason::AlreadyExists, "It is taken."), "/v1").await;
        assert_eq!((&body["title"], &body["detail"]), (&json!("Conflict"), &json!("It is taken.")));
    }

    #[tokio::test]
    async fn an_exchange_names_broken_fields_as_upstreams_example_does() {
        let broken = refusal::fields(vec![FieldViolation::new("qrCode", "is required")]);
        let (_, body) = told(&broken, "/v1/exchange").await;
        let expected = json!({
            "title": "Bad request",
            "status": 400,
            "detail": "The request body contains one or more invalid parameters.",
            "extraDetails": [{"name": "qrCode", "reason": "The field QrCode is required."}],
        });
        assert_eq!(body, expected);
        let unknown = refusal::status(Reason::InvalidCustomerToken, "It is over.");
        let (_, body) = told(&unknown, "/v1/exchange/customer").await;
        assert_eq!(
            (&body["title"], &body["detail"]),
            (&json!("Invalid CustomerToken"), &json!("It is over."))
        );
    }
}
