//! `POST /accesstoken/get`: the keys of a sales unit for an access token. The credentials are headers; the body,
//! its type and any `Authorization` are ignored.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, header, request::Parts};
use kvitt_proto::access::v1::IssueTokenRequest;

use super::json::Token;
use crate::{
    gateway::Gateway,
    layers::{
        auth::{SUBSCRIPTION_KEY, text},
        rate_limit::Presented,
    },
    problem::Refused,
};

/// The operation. Absent headers are sent on as empty, which `access` refuses in the order of its own rules.
pub(crate) async fn get(State(gateway): State<Gateway>, call: Parts) -> Result<Response, Refused> {
    let header = |name| text(&call.headers, name).unwrap_or_default().to_owned();
    let request = IssueTokenRequest {
        client_id: header("client_id"),
        client_secret: header("client_secret"),
        subscription_key: header(SUBSCRIPTION_KEY),
    };
    let keys = request.clone();
    let presented = Presented::Keys {
        client_id: &keys.client_id,
        client_secret: &keys.client_secret,
        subscription_key: &keys.subscription_key,
    };
    let asked_at = kvitt_runtime::wall_now().timestamp();
    let issuing = async { gateway.tokens().issue_token(request).await };
    let caller = (&call.headers, &call.extensions);
    let issued = gateway.rate_limits().watch(caller, presented, issuing).await?.into_inner();
    let token = Token::from_proto(issued, asked_at);
    let mut response = Json(token).into_response();
    let media_type = HeaderValue::from_static("application/json;charset=UTF-8");
    response.headers_mut().insert(header::CONTENT_TYPE, media_type);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}
