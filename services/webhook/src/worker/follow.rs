//! What the events of payment's log mean here: who is to be told of them. Written down in the transaction that moves the
//! cursor, so that each is told of once for each registration, whatever stops in between.

use std::collections::{HashMap, HashSet};

use kvitt_envelope::Purpose;
use kvitt_feed::Consumer;
use kvitt_primitives::{DeliveryId, Msn, PartnerId};
use kvitt_proto::payment::v1::{EcomDetails, FeedEvent};
use kvitt_runtime::ServiceName;
use sqlx::PgConnection;
use tokio::task::JoinSet;
use tonic::Status;
use tracing::error;
use uuid::Uuid;

use super::decode::decode;
use crate::{
    app::App,
    domain::{
        EndpointId, Kind, New, Registration,
        ecom::{self, EcomPayment, token_owner},
        event::{Event, Name},
        payload,
    },
    store::{deliveries, ecom as store, registrations},
};

/// Units that are asked about side by side.
const SIDE_BY_SIDE: usize = 16;

/// Writes down who is told.
#[derive(Clone)]
pub(crate) struct Telling {
    pub(crate) app: App,
}

/// What has been read, and which partner each unit is linked to; those without are not in it.
pub(crate) struct Known {
    events: Vec<(Event, Option<EcomDetails>)>,
    partners: HashMap<Msn, PartnerId>,
}

impl Consumer for Telling {
    const SERVICE: ServiceName = ServiceName::Webhook;

    type Known = Known;
    /// Who has something to be told.
    type Effect = Vec<EndpointId>;

    async fn prepare(&self, events: &[FeedEvent]) -> Result<Known, Status> {
        let read = events.iter().filter_map(|event| {
            decode(event)
                .inspect_err(|what| {
                    error!(what, "an event of payment's log is not as it should be; nobody is told");
                })
                .ok()
        });
        let events: Vec<_> = read.collect();
        let msns: HashSet<Msn> = events.iter().map(|(event, _)| event.msn.clone()).collect();
        let partners = self.partners(msns).await?;
        Ok(Known { events, partners })
    }

    async fn apply(
        &self,
        tx: &mut PgConnection,
        _events: &[FeedEvent],
        known: &Known,
    ) -> Result<Vec<EndpointId>, sqlx::Error> {
        let mut of_ecom = self.ecom_payments(tx, known).await?;
        let registrations = self.registrations(tx, known).await?;
        let mut new = Vec::new();
        for (event, _) in &known.events {
            let named = (event.msn.clone(), event.reference.to_string());
            match of_ecom.get_mut(&named) {
                None => new.extend(webhooks(event, &registrations, known)),
                Some(payment) => {
                    if event.name == Name::Authorized && !event.success {
                        store::declined(tx, &named, &event.decline_reason).await?;
                        payment.declined = Some(event.decline_reason.clone());
                    }
                    new.extend(callback(event, payment));
                }
            }
        }
        deliveries::insert(tx, &new, self.app.clock.now()).await?;
        Ok(new.into_iter().map(|one| one.endpoint_id).collect())
    }

    fn applied(&self, told: Vec<EndpointId>) {
        self.app.wake.tell(told);
    }
}

impl Telling {
    /// The partners of these units, if any partner has asked to be told of anything.
    async fn partners(&self, msns: HashSet<Msn>) -> Result<HashMap<Msn, PartnerId>, Status> {
        let unavailable = |error: sqlx::Error| {
            error!(error = &error as &dyn std::error::Error, "the registrations cannot be read");
            Status::unavailable("the registrations cannot be read")
        };
        let mut connection = self.app.pool.acquire().await.map_err(unavailable)?;
        let asked = registrations::partners_ask(&mut connection).await.map_err(unavailable)?;
        drop(connection);
        let (mut partners, mut asking) = (HashMap::new(), JoinSet::new());
        if !asked {
            return Ok(partners);
        }
        let mut msns = msns.into_iter();
        loop {
            while asking.len() < SIDE_BY_SIDE
                && let Some(msn) = msns.next()
            {
                let units = self.app.units.clone();
                asking.spawn(async move { units.unit(&msn).await.map(|unit| (msn, unit)) });
            }
            let Some(answered) = asking.join_next().await else { return Ok(partners) };
            let (msn, unit) = answered.map_err(|_| Status::unavailable("a task ended"))??;
            partners.extend(unit.and_then(|unit| unit.partner_id).map(|partner| (msn, partner)));
        }
    }

    async fn registrations(
        &self,
        tx: &mut PgConnection,
        known: &Known,
    ) -> Result<Vec<Registration>, sqlx::Error> {
        let msns: HashSet<&Msn> = known.events.iter().map(|(event, _)| &event.msn).collect();
        let partners: HashSet<PartnerId> = known.partners.values().copied().collect();
        let (msns, partners): (Vec<_>, Vec<_>) = (msns.into_iter().collect(), partners.into_iter().collect());
        registrations::matching(tx, &msns, &partners).await
    }

    /// Keeps the new payments of eCom, and finds those that the events are about.
    async fn ecom_payments(
        &self,
        tx: &mut PgConnection,
        known: &Known,
    ) -> Result<HashMap<store::Named, EcomPayment>, sqlx::Error> {
        let mut named = Vec::new();
        for (event, details) in &known.events {
            let name = (event.msn.clone(), event.reference.to_string());
            if let Some(details) = details {
                self.keep(tx, (event, &name), details).await?;
            }
            named.push(name);
        }
        store::find(tx, &named).await
    }

    async fn keep(
        &self,
        tx: &mut PgConnection,
        (event, named): (&Event, &store::Named),
        details: &EcomDetails,
    ) -> Result<(), sqlx::Error> {
        let terms = details.terms.clone().unwrap_or_default();
        let seal =
            |token: &str| self.app.key.seal_text(Purpose::CallbackToken, token_owner(&event.msn), token);
        let sealed = (!terms.auth_token.is_empty()).then(|| seal(&terms.auth_token)).transpose();
        let sealed_token = sealed.map_err(|error| sqlx::Error::Encode(error.into()))?;
        if !terms.consent_removal_prefix.is_empty() {
            let removal = (terms.consent_removal_prefix.as_str(), sealed_token.as_deref());
            store::name_removal(tx, &event.msn, removal).await?;
        }
        let payment = EcomPayment {
            url: ecom::callback_url(&terms.callback_prefix, event.reference.as_str()),
            sealed_token,
            express: details.express,
            direct_capture: details.direct_capture,
            declined: None,
        };
        store::keep(tx, named, &payment, event.occurred_at).await
    }
}

/// What registrations are told of an event.
fn webhooks(event: &Event, registrations: &[Registration], known: &Known) -> Vec<New> {
    let event_type = event.name.event_type();
    let unit = (&event.msn, known.partners.get(&event.msn).copied());
    let wanting = registrations.iter().filter(|one| one.wants(event_type, event.occurred_at, unit));
    let mut body = None;
    wanting
        .map(|registration| New {
            msn: event.msn.clone(),
            endpoint_id: registration.webhook_id.into(),
            reference: event.reference.to_string(),
            delivery_id: fresh_id(),
            partner_id: registration.owner.partner_id(),
            kind: Kind::Webhook,
            url: registration.url.clone(),
            event_type: event_type.as_str().to_owned(),
            event_id: event.event_id,
            body: body.get_or_insert_with(|| payload::body(event)).clone(),
            incomplete: event.shares(),
            sealed_token: None,
            occurred_at: event.occurred_at,
        })
        .collect()
}

/// What the merchant of an eCom payment is told of an event.
fn callback(event: &Event, payment: &EcomPayment) -> Option<New> {
    let status = ecom::status(payment, event)?;
    Some(New {
        msn: event.msn.clone(),
        endpoint_id: EndpointId::of_ecom(&event.msn),
        reference: event.reference.to_string(),
        delivery_id: fresh_id(),
        partner_id: None,
        kind: Kind::EcomCallback,
        url: payment.url.clone(),
        event_type: String::new(),
        event_id: event.event_id,
        body: ecom::body(payment, event, status),
        incomplete: event.shares(),
        sealed_token: payment.sealed_token.clone(),
        occurred_at: event.occurred_at,
    })
}

/// Ids of this kind rise, so that deliveries go out in the order in which they were made.
fn fresh_id() -> DeliveryId {
    DeliveryId::from_uuid(Uuid::now_v7())
}
