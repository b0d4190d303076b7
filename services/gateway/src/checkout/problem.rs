//! The error body of Checkout: a problem in plain JSON, with a code, and with the broken fields by their paths.

use std::collections::BTreeMap;

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use kvitt_proto::refusal;
use serde::Serialize;
use tonic::Status;
use utoipa::ToSchema;

use crate::problem::{self, sentence};

/// Upstream's error body; the order of the fields is theirs.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = checkout::Problem)]
pub(crate) struct Problem {
    r#type: String,
    title: String,
    status: u16,
    detail: String,
    instance: String,
    /// Names the kind of the refusal.
    error_code: String,
    /// What is wrong with which field; empty where no field is wrong.
    errors: BTreeMap<String, Vec<String>>,
}

/// The answer to a refused request. `instance` is the path below the API's root.
pub(crate) fn response(status: &Status, instance: &str) -> Response {
    let info = problem::info_of(status);
    let http_status = problem::http_status(info);
    let mut errors: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for violation in refusal::field_violations_of(status) {
        let sentence = sentence(&violation);
        errors.entry(violation.field).or_default().push(sentence);
    }
    let problem = Problem {
        r#type: format!("https://httpstatuses.io/{}", info.http_status),
        title: http_status.canonical_reason().unwrap_or(info.title).to_owned(),
        status: info.http_status,
        detail: if errors.is_empty() {
            problem::detail(status, info)
        } else {
            "See errors for details".to_owned()
        },
        instance: instance.to_owned(),
        error_code: pascal(info.name),
        errors,
    };
    let mut response = (http_status, Json(problem)).into_response();
    problem::add_retry_after(status, &mut response);
    response
}

/// `REFERENCE_EXISTS` is `ReferenceExists`.
fn pascal(name: &str) -> String {
    let word = |word: &str| {
        let (first, rest) = word.split_at(word.len().min(1));
        format!("{first}{}", rest.to_ascii_lowercase())
    };
    name.split('_').map(word).collect()
}

#[cfg(test)]
mod tests {
    use http::header;
    use http_body_util::BodyExt;
    use kvitt_proto::{
        error::v1::Reason,
        reason,
        refusal::{FieldViolation, fields},
    };
    use serde_json::{Value, json};

    use super::*;

    async fn told(status: &Status) -> (http::response::Parts, String) {
        let (parts, body) = response(status, "/v3/session/order-12345678").into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        (parts, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn every_reason_becomes_a_whole_problem_in_plain_json() {
        for info in reason::all() {
            let (parts, body) = told(&refusal::status(info.reason, "Because.")).await;
            assert_eq!(parts.status.as_u16(), info.http_status, "{}", info.name);
            assert_eq!(parts.headers[header::CONTENT_TYPE], "application/json");
            let body: Value = serde_json::from_str(&body).unwrap();
            assert_eq!((&body["status"], &body["errors"]), (&json!(info.http_status), &json!({})));
            assert!(body["errorCode"].as_str().unwrap().starts_with(char::is_uppercase), "{}", info.name);
            let asked_to_wait = parts.headers.contains_key(header::RETRY_AFTER);
            assert_eq!(asked_to_wait, [429, 503].contains(&info.http_status), "{}", info.name);
            assert_eq!(info.http_status >= 500, body["detail"] != "Because.", "{}", info.name);
        }
    }

    #[tokio::test]
    async fn the_fields_stand_in_upstreams_order() {
        let (_, body) = told(&refusal::status(Reason::ReferenceExists, "it is taken")).await;
        let expected = concat!(
            r#"{"type":"https://httpstatuses.io/409","title":"Conflict","status":409,"detail":"it is taken","#,
            r#""instance":"/v3/session/order-12345678","errorCode":"ReferenceExists","errors":{}}"#,
        );
        assert_eq!(body, expected);
    }

    #[tokio::test]
    async fn broken_fields_are_named_by_their_paths_each_with_all_that_is_wrong() {
        let broken = [
            FieldViolation::new("transaction.amount.value", "must be between 0 and 65000000"),
            FieldViolation::new("merchantInfo.callbackUrl", "is required"),
            FieldViolation::new("merchantInfo.callbackUrl", "Whole sentences stay."),
        ];
        let (_, body) = told(&fields(broken.to_vec())).await;
        let body: Value = serde_json::from_str(&body).unwrap();
        let errors = json!({
            "merchantInfo.callbackUrl": ["The field CallbackUrl is required.", "Whole sentences stay."],
            "transaction.amount.value": ["The field Value must be between 0 and 65000000."],
        });
        assert_eq!((&body["errors"], &body["errorCode"]), (&errors, &json!("FieldInvalid")));
    }
}
