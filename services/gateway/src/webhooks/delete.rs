//! `DELETE /webhooks/v1/webhooks/{webhookId}`: the URL is told nothing any more.

use axum::{
    Extension,
    extract::{Path, State, rejection::PathRejection},
};
use http::StatusCode;
use kvitt_proto::webhook::v1::DeleteWebhookRequest;

use super::auth::ForUnit;
use crate::{gateway::Gateway, problem::Refused};

/// The operation.
pub(crate) async fn delete(
    State(gateway): State<Gateway>,
    Extension(ForUnit(msn)): Extension<ForUnit>,
    webhook_id: Result<Path<String>, PathRejection>,
) -> Result<StatusCode, Refused> {
    // What is no text is no id either.
    let webhook_id = webhook_id.map_or_else(|_| "?".to_owned(), |Path(webhook_id)| webhook_id);
    gateway.webhooks().delete_webhook(DeleteWebhookRequest { msn, webhook_id }).await?;
    Ok(StatusCode::NO_CONTENT)
}
