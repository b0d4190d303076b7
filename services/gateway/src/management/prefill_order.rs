//! `POST /management/v1/product-orders`: a partner prefills the order of a sales unit for a merchant, who completes it at
//! the URL that is answered.

use axum::{
    Extension, Json,
    extract::{Request, State},
};
use http::{HeaderMap, StatusCode};
use kvitt_proto::merchant::v1::PrefillOrderRequest;
use tonic::Status;

use super::json::{Prefilled, prefill};
use crate::{
    body::{Faults, Field, ImageRoom, Tree},
    gateway::Gateway,
    layers::auth::{is_absent, text},
    problem::Refused,
};

const IDEMPOTENCY_KEY: &str = "Idempotency-Key";

const KEY_RULE: &str = "must match the regular expression '^[a-zA-Z0-9-]{1,50}$'";

/// The operation. The order may hold a logo.
pub(crate) async fn prefill_order(
    State(gateway): State<Gateway>,
    Extension(room): Extension<ImageRoom>,
    request: Request,
) -> Result<(StatusCode, Json<Prefilled>), Refused> {
    let (call, body) = request.into_parts();
    let body = room.collect(body).await?;
    let request = decode(&call.headers, &body.bytes)?;
    let answer = gateway.orders().prefill_order(request).await?.into_inner();
    drop(body);
    Ok((StatusCode::CREATED, Json(Prefilled::from_proto(answer.order, gateway.prefill_url())?)))
}

fn decode(headers: &HeaderMap, body: &[u8]) -> Result<PrefillOrderRequest, Status> {
    let (tree, faults) = (Tree::parse(body)?, Faults::default());
    let root = Field::root(&tree, &faults)?;
    let request = prefill(key(headers, &faults), &root);
    faults.finish().map(|()| request)
}

fn key(headers: &HeaderMap, faults: &Faults) -> String {
    let key = text(headers, IDEMPOTENCY_KEY).unwrap_or_default();
    let fits =
        (1..=50).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if !fits {
        let absent = is_absent(headers, IDEMPOTENCY_KEY);
        faults.field(IDEMPOTENCY_KEY, if absent { "is required" } else { KEY_RULE });
    }
    key.to_owned()
}

#[cfg(test)]
mod tests;
