//! The two error bodies of the token calls: OAuth's for a client that is not proven, the gateway's for everything else.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use kvitt_proto::error::v1::Reason;
use tonic::Status;
use uuid::Uuid;

use super::json::{GatewayError, OauthError};
use crate::problem;

/// The number that stands for wrong credentials in upstream's answers.
const WRONG_CREDENTIALS: u32 = 70001;

/// Says the same of every way to be wrong.
const WRONG: &str = "The client_id is unknown, or the client_secret does not belong to it.";

const DOCUMENTATION: &str = "https://developer.vippsmobilepay.com/docs/APIs/access-token-api/";

/// The answer to a refused token call.
pub(crate) fn response(status: &Status, trace_parent: &str) -> Response {
    let info = problem::info_of(status);
    let http_status = problem::http_status(info);
    let mut response = if info.reason == Reason::ClientInvalid {
        (http_status, Json(invalid_client(WRONG, trace_parent))).into_response()
    } else if info.reason == Reason::FieldInvalid {
        (http_status, Json(invalid_client(status.message(), trace_parent))).into_response()
    } else {
        let about_key =
            [Reason::SubscriptionKeyMissing, Reason::SubscriptionKeyInvalid].contains(&info.reason);
        let message = if about_key { info.title.to_owned() } else { problem::detail(status, info) };
        (http_status, Json(GatewayError { status_code: info.http_status, message })).into_response()
    };
    problem::add_retry_after(status, &mut response);
    response
}

fn invalid_client(description: &str, trace_parent: &str) -> OauthError {
    let trace_id = trace_parent.split('-').nth(1).and_then(|id| Uuid::try_parse(id).ok()).unwrap_or_default();
    OauthError {
        error: "invalid_client",
        error_description: format!("AADSTS{WRONG_CREDENTIALS}: {description}"),
        error_codes: [WRONG_CREDENTIALS],
        timestamp: kvitt_runtime::wall_now().format("%Y-%m-%d %H:%M:%SZ").to_string(),
        trace_id: trace_id.to_string(),
        correlation_id: Uuid::new_v4().to_string(),
        error_uri: DOCUMENTATION,
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;
    use kvitt_proto::refusal;
    use serde_json::Value;

    use super::*;

    async fn told(reason: Reason) -> (u16, Value) {
        let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let (parts, body) = response(&refusal::status(reason, "because"), parent).into_parts();
        assert_eq!(parts.headers[http::header::CONTENT_TYPE], "application/json");
        let body = body.collect().await.unwrap().to_bytes();
        (parts.status.as_u16(), serde_json::from_slice(&body).unwrap())
    }

    #[tokio::test]
    async fn a_subscription_key_is_missed_in_the_words_of_upstreams_gateway() {
        for (reason, word) in
            [(Reason::SubscriptionKeyMissing, "missing"), (Reason::SubscriptionKeyInvalid, "invalid")]
        {
            let (status, body) = told(reason).await;
            assert_eq!((status, &body["statusCode"]), (401, &Value::from(401)));
            let start = format!("Access denied due to {word} subscription key. ");
            assert!(body["message"].as_str().unwrap().starts_with(&start), "{body}");
        }
    }

    #[tokio::test]
    async fn wrong_credentials_are_told_in_the_manner_of_oauth() {
        let (status, body) = told(Reason::ClientInvalid).await;
        assert_eq!(status, 401);
        assert_eq!(body["error"], "invalid_client");
        assert!(body["error_description"].as_str().unwrap().starts_with("AADSTS70001: "));
        assert_eq!(body["error_codes"], serde_json::json!([70001]));
        assert_eq!(body["trace_id"], "4bf92f35-77b3-4da6-a3ce-929d0e0e4736");
        for field in ["timestamp", "correlation_id", "error_uri"] {
            assert!(body[field].is_string(), "{field}");
        }
    }

    #[tokio::test]
    async fn a_call_that_is_not_in_order_is_told_in_the_same_manner() {
        let (status, body) = told(Reason::FieldInvalid).await;
        assert_eq!((status, &body["error"]), (400, &Value::from("invalid_client")));
        assert_eq!(body["error_description"], "AADSTS70001: because");
    }

    #[tokio::test]
    async fn a_fault_of_the_platform_keeps_its_status() {
        assert_eq!(told(Reason::Unavailable).await.0, 503);
        assert_eq!(told(Reason::DeadlineExceeded).await.0, 504);
        assert_eq!(told(Reason::MethodNotAllowed).await.0, 405);
    }
}
