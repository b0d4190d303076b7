//! Tell a merchant that a payer is there.

use chrono::{DateTime, Utc};
use kvitt_postgres::{transaction, violated_constraint};
use kvitt_primitives::{DeliveryId, EventId, Msn, PartnerId};
use uuid::Uuid;

use super::{App, Error};
use crate::{
    domain::{EventType, Kind, New, Registration, payload, registration::first_wanting},
    store::{check_ins, deliveries, registrations},
};

/// A payer who is there.
#[derive(Debug, Clone)]
pub(crate) struct CheckIn {
    pub(crate) msn: Msn,
    pub(crate) check_in_id: Uuid,
    /// The merchant's id of the code.
    pub(crate) merchant_qr_id: String,
    pub(crate) customer_token: CustomerToken,
}

/// What the payer is named by. Whoever holds it stands for the payer, so it has no Debug that shows it.
#[derive(Clone)]
pub(crate) struct CustomerToken(pub(crate) String);

impl std::fmt::Debug for CustomerToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CustomerToken(..)")
    }
}

/// Writes down that the one who is registered for it is told; false when nobody is. The same check-in again is told once,
/// whoever is registered by then.
pub(crate) async fn check_in(app: &App, check_in: &CheckIn) -> Result<bool, Error> {
    let partner = partner(app, &check_in.msn).await?;
    let (now, delivery_id) = (app.clock.now(), DeliveryId::from_uuid(Uuid::now_v7()));
    let told = transaction!(&app.pool, "check_in", async |tx| -> Result<_, sqlx::Error> {
        if check_ins::find(tx, &check_in.msn, check_in.check_in_id).await?.is_some() {
            return Ok((true, None));
        }
        let partners = partner.as_slice();
        let registered = registrations::matching(tx, &[&check_in.msn], partners).await?;
        let unit = (&check_in.msn, partner);
        let Some(one) = first_wanting(&registered, EventType::CHECKED_IN, now, unit) else {
            return Ok((false, None));
        };
        let delivery = delivery(check_in, one, (delivery_id, now));
        let endpoint_id = delivery.endpoint_id;
        deliveries::insert(tx, &[delivery], now).await?;
        Ok((true, Some(endpoint_id)))
    });
    match told {
        Ok((listening, endpoint)) => {
            app.wake.tell(endpoint);
            Ok(listening)
        }
        Err(error) if violated_constraint(&error).is_some() && is_told(app, check_in).await? => Ok(true),
        Err(error) => Err(error.into()),
    }
}

/// Whether the same one was written down by somebody else at the same time.
async fn is_told(app: &App, check_in: &CheckIn) -> Result<bool, Error> {
    let mut connection = app.pool.acquire().await?;
    Ok(check_ins::find(&mut connection, &check_in.msn, check_in.check_in_id).await?.is_some())
}

/// The partner that the unit is linked to now, if any partner has asked to be told of anything.
async fn partner(app: &App, msn: &Msn) -> Result<Option<PartnerId>, Error> {
    let mut connection = app.pool.acquire().await?;
    let asked = registrations::partners_ask(&mut connection).await?;
    drop(connection);
    if !asked {
        return Ok(None);
    }
    let unit = app.units.unit(msn).await.map_err(Error::Refused)?;
    Ok(unit.and_then(|unit| unit.partner_id))
}

fn delivery(
    check_in: &CheckIn,
    registration: &Registration,
    (delivery_id, now): (DeliveryId, DateTime<Utc>),
) -> New {
    let CheckIn { msn, check_in_id, merchant_qr_id, customer_token } = check_in;
    New {
        msn: msn.clone(),
        endpoint_id: registration.webhook_id.into(),
        reference: check_in_id.to_string(),
        delivery_id,
        partner_id: registration.owner.partner_id(),
        kind: Kind::CheckIn,
        url: registration.url.clone(),
        event_type: EventType::CHECKED_IN.as_str().to_owned(),
        event_id: EventId::from_uuid(*check_in_id),
        body: payload::checked_in(msn.as_str(), merchant_qr_id, &customer_token.0, now),
        incomplete: false,
        sealed_token: None,
        occurred_at: now,
    }
}

#[cfg(test)]
mod tests;
