//! Registrations.

use kvitt_primitives::{Msn, WebhookId};
use kvitt_proto::{
    refusal::{FieldViolation, fields},
    webhook::v1::{
        self, DeleteWebhookRequest, DeleteWebhookResponse, ListWebhooksRequest, ListWebhooksResponse,
        PingWebhookRequest, PingWebhookResponse, RegisterWebhookRequest, RegisterWebhookResponse,
        webhook_service_server::WebhookService,
    },
};
use kvitt_runtime::Caller;
use secrecy::ExposeSecret as _;
use tonic::{Request, Response, Status};

use super::{Answer, Grpc, encode};
use crate::{
    app::{
        App, Error,
        delete_webhook::delete_webhook,
        list_webhooks::list_webhooks,
        ping_webhook::ping_webhook,
        register_webhook::{Wish, register_webhook},
    },
    domain::registration::event_types,
};

#[tonic::async_trait]
impl WebhookService for Grpc {
    async fn register_webhook(
        &self,
        request: Request<RegisterWebhookRequest>,
    ) -> Answer<RegisterWebhookResponse> {
        let caller = *Caller::of(&request)?;
        let wish = wish(&self.app, request.into_inner()).map_err(fields)?;
        let (webhook_id, secret) = register_webhook(&self.app, &caller, wish).await?;
        Ok(Response::new(RegisterWebhookResponse {
            webhook_id: webhook_id.to_string(),
            secret: secret.expose_secret().to_owned(),
        }))
    }

    async fn list_webhooks(&self, request: Request<ListWebhooksRequest>) -> Answer<ListWebhooksResponse> {
        let msn = msn_or_none(&request.get_ref().msn)?;
        let webhooks = list_webhooks(&self.app, Caller::of(&request)?, msn).await?;
        Ok(Response::new(ListWebhooksResponse {
            webhooks: webhooks.into_iter().map(encode::webhook).collect(),
        }))
    }

    async fn delete_webhook(&self, request: Request<DeleteWebhookRequest>) -> Answer<DeleteWebhookResponse> {
        let DeleteWebhookRequest { msn, webhook_id } = request.get_ref();
        let which = (msn_or_none(msn)?, id(webhook_id)?);
        delete_webhook(&self.app, Caller::of(&request)?, which).await?;
        Ok(Response::new(DeleteWebhookResponse {}))
    }

    async fn ping_webhook(&self, request: Request<PingWebhookRequest>) -> Answer<PingWebhookResponse> {
        let PingWebhookRequest { msn, webhook_id } = request.get_ref();
        let which = (msn_or_none(msn)?, id(webhook_id)?);
        let shown = ping_webhook(&self.app, Caller::of(&request)?, which).await?;
        // Empty for every unit of a partner.
        let delivery = v1::Delivery { msn: msn.clone(), ..encode::delivery(shown) };
        Ok(Response::new(PingWebhookResponse { delivery: Some(delivery) }))
    }
}

/// What is to be registered, or every field that is broken.
fn wish(app: &App, request: RegisterWebhookRequest) -> Result<Wish, Vec<FieldViolation>> {
    let RegisterWebhookRequest { msn, url, events, standard_webhooks } = request;
    let msn = unit(&msn);
    let called = kvitt_egress::check_url(&url, app.policy)
        .map_err(|refused| FieldViolation::new("url", format!("is refused: {refused}")));
    let events = event_types(&events).map_err(|refused| FieldViolation::new("events", refused.to_string()));
    match (msn, called, events) {
        (Ok(msn), Ok(()), Ok(events)) => Ok(Wish { msn, url, events, standard_webhooks }),
        (msn, called, events) => Err([msn.err(), called.err(), events.err()].into_iter().flatten().collect()),
    }
}

/// The unit, or none, which stands for all of a partner's.
fn msn_or_none(text: &str) -> Result<Option<Msn>, Status> {
    unit(text).map_err(|broken| fields(vec![broken]))
}

fn unit(text: &str) -> Result<Option<Msn>, FieldViolation> {
    let msn = (!text.is_empty()).then(|| text.parse()).transpose();
    msn.map_err(|invalid: kvitt_primitives::Invalid| FieldViolation::new("msn", invalid.rule))
}

/// What is no id is the id of nothing.
fn id(text: &str) -> Result<WebhookId, Error> {
    text.parse().map_err(|_| Error::WebhookNotFound)
}
