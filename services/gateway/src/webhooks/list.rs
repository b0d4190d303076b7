//! `GET /webhooks/v1/webhooks`: the caller's registrations, without their secrets.

use axum::{Extension, Json, extract::State};
use kvitt_proto::webhook::v1::ListWebhooksRequest;

use super::{auth::ForUnit, json::Webhooks};
use crate::{gateway::Gateway, problem::Refused};

/// The operation.
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    Extension(ForUnit(msn)): Extension<ForUnit>,
) -> Result<Json<Webhooks>, Refused> {
    let answer = gateway.webhooks().list_webhooks(ListWebhooksRequest { msn }).await?.into_inner();
    Ok(Json(Webhooks::from_proto(answer.webhooks)))
}
