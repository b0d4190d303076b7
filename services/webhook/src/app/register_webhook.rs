//! Register a URL.

use kvitt_envelope::Purpose;
use kvitt_postgres::transaction;
use kvitt_primitives::{Msn, WebhookId};
use kvitt_runtime::Caller;
use secrecy::{ExposeSecret as _, SecretString};
use uuid::Uuid;

use super::{App, Error, sign::fresh_secret};
use crate::{
    domain::{EventType, Registration},
    store::registrations,
};

/// What is to be registered.
#[derive(Debug, Clone)]
pub(crate) struct Wish {
    /// None for every unit of a partner.
    pub(crate) msn: Option<Msn>,
    /// One that may be called.
    pub(crate) url: String,
    pub(crate) events: Vec<EventType>,
    pub(crate) standard_webhooks: bool,
}

/// Keeps the registration; its id, and the secret, which nobody learns again.
pub(crate) async fn register_webhook(
    app: &App,
    caller: &Caller,
    wish: Wish,
) -> Result<(WebhookId, SecretString), Error> {
    let registration = Registration {
        webhook_id: WebhookId::from_uuid(Uuid::new_v4()),
        owner: app.owner(caller, wish.msn).await?,
        url: wish.url,
        events: wish.events,
        standard_webhooks: wish.standard_webhooks,
        registered_at: app.clock.now(),
        silent_since: None,
    };
    let secret = fresh_secret()?;
    let owner = registration.webhook_id.as_uuid();
    let sealed = app.key.seal_text(Purpose::WebhookSecret, owner, secret.expose_secret())?;
    let (pool, registration, sealed) = (&app.pool, &registration, &sealed[..]);
    transaction!(pool, "register_webhook", async |tx| -> Result<(), Error> {
        registrations::lock_owner(tx, &registration.owner).await?;
        if let Some(full) = registrations::full(tx, &registration.owner, &registration.events).await? {
            return Err(no_room(full));
        }
        Ok(registrations::insert(tx, registration, sealed).await?)
    })?;
    Ok((registration.webhook_id, secret))
}

fn no_room(full: EventType) -> Error {
    let (name, most) = (full.as_str(), full.most());
    let rule = match most {
        1 => format!("must not name {name} again: it is registered already"),
        most => format!("must not name {name} again: there are {most} registrations of it already"),
    };
    Error::Field { field: "events", rule }
}

#[cfg(test)]
mod tests;
