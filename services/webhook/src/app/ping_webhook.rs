//! Send a test event, and wait for the answer.

use std::sync::{Arc, LazyLock};

use kvitt_postgres::transaction;
use kvitt_primitives::{DeliveryId, EventId, Msn, WebhookId};
use kvitt_runtime::Caller;
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::{App, Error, attempt::attempt};
use crate::{
    domain::{Attempt, Key, Kind, New, Outcome, Registration, Shown, ShownAttempt, State, payload},
    store::{
        deliveries::{self, Claimed, Registered},
        registrations,
    },
};

/// Pings on their way at a time.
const MOST_PINGS: usize = 64;

/// What stands for the unit while a ping is on its way that is for none in particular. It is kept and told nowhere.
static NO_UNIT: LazyLock<Msn> = LazyLock::new(|| "0000".parse().expect("four digits"));

/// Places for pings; clones share them.
#[derive(Clone, Debug)]
pub(crate) struct Pings(Arc<Semaphore>);

impl Pings {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Semaphore::new(MOST_PINGS)))
    }
}

/// Tries once to tell the registration of a test event. It stands in the unit's log of deliveries then; that of a
/// registration for all of a partner's units is in no unit's, and so only told.
pub(crate) async fn ping_webhook(
    app: &App,
    caller: &Caller,
    (msn, webhook_id): (Option<Msn>, WebhookId),
) -> Result<Shown, Error> {
    let owner = app.owner(caller, msn).await?;
    let mut connection = app.pool.acquire().await?;
    let found = registrations::find(&mut connection, &owner, webhook_id).await?;
    drop(connection);
    let (registration, sealed_secret) = found.ok_or(Error::WebhookNotFound)?;
    let _place = app.pings.0.try_acquire().map_err(|_| Error::Overloaded)?;
    let new = test_event(app, &registration);
    let attempt = attempt(app, &claimed(&new, &registration, sealed_secret)).await?;
    let state = if attempt.outcome == Outcome::Succeeded { State::Delivered } else { State::GivenUp };
    if registration.owner.msn().is_some() {
        let (pool, new, attempt) = (&app.pool, &new, &attempt);
        transaction!(pool, "ping", async |tx| -> Result<(), sqlx::Error> {
            deliveries::insert_ping(tx, new, attempt, state).await
        })?;
    }
    Ok(shown(new, webhook_id, state, attempt))
}

fn test_event(app: &App, registration: &Registration) -> New {
    let (event_id, now) = (EventId::from_uuid(Uuid::new_v4()), app.clock.now());
    let reference = event_id.to_string();
    let msn = registration.owner.msn();
    New {
        msn: msn.unwrap_or(&NO_UNIT).clone(),
        endpoint_id: registration.webhook_id.into(),
        body: payload::ping(msn.map(Msn::as_str).unwrap_or_default(), &reference, now),
        reference,
        delivery_id: DeliveryId::from_uuid(Uuid::now_v7()),
        partner_id: registration.owner.partner_id(),
        kind: Kind::Ping,
        url: registration.url.clone(),
        event_type: String::new(),
        event_id,
        incomplete: false,
        sealed_token: None,
        occurred_at: now,
    }
}

fn claimed(new: &New, registration: &Registration, sealed_secret: Vec<u8>) -> Claimed {
    Claimed {
        key: Key {
            msn: new.msn.clone(),
            endpoint_id: new.endpoint_id,
            reference: new.reference.clone(),
            number: 1,
        },
        delivery_id: new.delivery_id,
        kind: new.kind,
        url: new.url.clone(),
        event_id: new.event_id,
        body: new.body.clone(),
        incomplete: new.incomplete,
        sealed_token: None,
        began_at: new.occurred_at,
        due_at: new.occurred_at,
        failures: 0,
        attempts: 0,
        registration: Some(Registered {
            webhook_id: registration.webhook_id,
            sealed_secret,
            standard_webhooks: registration.standard_webhooks,
        }),
    }
}

fn shown(new: New, webhook_id: WebhookId, state: State, attempt: Attempt) -> Shown {
    Shown {
        delivery_id: new.delivery_id,
        msn: new.msn,
        kind: new.kind,
        webhook_id: Some(webhook_id),
        url: new.url,
        reference: String::new(),
        event_type: new.event_type,
        event_id: new.event_id,
        occurred_at: new.occurred_at,
        state,
        attempt_count: 1,
        next_attempt_at: None,
        body: new.body,
        attempts: vec![ShownAttempt { number: 1, attempt, next_attempt_at: None }],
    }
}

#[cfg(test)]
mod tests;
