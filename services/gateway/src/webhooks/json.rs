//! What the operations answer, in upstream's words.

use kvitt_proto::webhook::v1;
use serde::Serialize;
use utoipa::ToSchema;

/// It is registered.
#[derive(Serialize, ToSchema)]
#[schema(as = webhooks::Registered)]
pub(crate) struct Registered {
    #[schema(value_type = crate::openapi::words::Id)]
    pub(crate) id: String,
    /// Signs what is sent; shown this once.
    pub(crate) secret: String,
}

/// The registrations, oldest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = webhooks::Webhooks)]
pub(crate) struct Webhooks {
    webhooks: Vec<Webhook>,
}

/// A registration.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = webhooks::Webhook)]
struct Webhook {
    #[schema(value_type = crate::openapi::words::Id)]
    id: String,
    url: String,
    #[schema(value_type = Vec<crate::openapi::webhooks::EventName>)]
    events: Vec<String>,
}

impl Webhooks {
    pub(crate) fn from_proto(webhooks: Vec<v1::Webhook>) -> Self {
        let webhook = |one: v1::Webhook| Webhook { id: one.webhook_id, url: one.url, events: one.events };
        Self { webhooks: webhooks.into_iter().map(webhook).collect() }
    }
}
