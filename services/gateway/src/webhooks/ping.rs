//! `POST /kvitt/v1/webhooks/{webhookId}/ping`: a test event, and how it went.

use axum::{
    Extension, Json,
    extract::{Path, State, rejection::PathRejection},
};
use kvitt_proto::webhook::v1::PingWebhookRequest;

use super::{auth::ForUnit, delivery::Delivery};
use crate::{gateway::Gateway, problem::Refused};

/// The operation. The call went well when there is something to tell, whatever the receiver said.
pub(crate) async fn ping(
    State(gateway): State<Gateway>,
    Extension(ForUnit(msn)): Extension<ForUnit>,
    webhook_id: Result<Path<String>, PathRejection>,
) -> Result<Json<Delivery>, Refused> {
    // What is no text is no id either.
    let webhook_id = webhook_id.map_or_else(|_| "?".to_owned(), |Path(webhook_id)| webhook_id);
    let answer = gateway.webhooks().ping_webhook(PingWebhookRequest { msn, webhook_id }).await?.into_inner();
    Ok(Json(Delivery::from_proto(answer.delivery.unwrap_or_default())?))
}
