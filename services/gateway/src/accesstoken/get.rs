//! `POST /accesstoken/get`: the keys of a sales unit for an access token. The credentials are headers; the body,
//! its type and any `Authorization` are ignored.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, header};
use kvitt_proto::access::v1::IssueTokenRequest;

use super::json::Token;
use crate::{
    gateway::Gateway,
    layers::auth::{SUBSCRIPTION_KEY, text},
    problem::Refused,
};

/// The operation. Absent headers are sent on as empty, which `access` refuses in the order of its own rules.
pub(crate) async fn get(State(gateway): State<Gateway>, headers: HeaderMap) -> Result<Response, Refused> {
    let header = |name| text(&headers, name).unwrap_or_default().to_owned();
    let request = IssueTokenRequest {
        client_id: header("client_id"),
        client_secret: header("client_secret"),
        subscription_key: header(SUBSCRIPTION_KEY),
    };
    let issued = gateway.tokens().issue_token(request).await?.into_inner();
    let token = Token::from_proto(issued, kvitt_runtime::wall_now().timestamp());
    let mut response = Json(token).into_response();
    let media_type = HeaderValue::from_static("application/json;charset=UTF-8");
    response.headers_mut().insert(header::CONTENT_TYPE, media_type);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}
