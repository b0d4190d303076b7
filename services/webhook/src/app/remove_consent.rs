//! Tell a unit that a payer took a consent back.

use chrono::{DateTime, Utc};
use kvitt_postgres::transaction;
use kvitt_primitives::{ConsentId, DeliveryId, EventId, Msn, Sub};
use uuid::Uuid;

use super::{App, Error};
use crate::{
    domain::{EndpointId, Kind, New, ecom::removal_url},
    store::{deliveries, ecom, removals},
};

/// A consent that was taken back.
#[derive(Debug, Clone)]
pub(crate) struct Removal {
    pub(crate) msn: Msn,
    pub(crate) consent_id: ConsentId,
    /// The payer, as the unit knows them.
    pub(crate) sub: Sub,
}

/// Writes down that the unit is told; false when it has named no prefix to be told at. The same consent again is told once.
pub(crate) async fn remove_consent(app: &App, removal: &Removal) -> Result<bool, Error> {
    let (now, delivery_id) = (app.clock.now(), DeliveryId::from_uuid(Uuid::now_v7()));
    let told = transaction!(&app.pool, "remove_consent", async |tx| -> Result<bool, Error> {
        let Some((prefix, sealed_token)) = ecom::find_removal(tx, &removal.msn).await? else {
            return Ok(false);
        };
        let delivery = delivery(removal, (delivery_id, now), (&prefix, sealed_token));
        if !removals::is_told(tx, &delivery).await? {
            deliveries::insert(tx, &[delivery], now).await?;
        }
        Ok(true)
    })?;
    if told {
        app.wake.tell([EndpointId::of_ecom(&removal.msn)]);
    }
    Ok(told)
}

/// The call to the merchant's server. It has no body.
fn delivery(
    removal: &Removal,
    (delivery_id, now): (DeliveryId, DateTime<Utc>),
    (prefix, sealed_token): (&str, Option<Vec<u8>>),
) -> New {
    New {
        msn: removal.msn.clone(),
        endpoint_id: EndpointId::of_ecom(&removal.msn),
        reference: removal.consent_id.to_string(),
        delivery_id,
        partner_id: None,
        kind: Kind::ConsentRemoval,
        url: removal_url(prefix, &removal.sub.to_string()),
        event_type: String::new(),
        event_id: EventId::from_uuid(removal.consent_id.as_uuid()),
        body: String::new(),
        incomplete: false,
        // Sealed for the unit, as everything of eCom is.
        sealed_token,
        occurred_at: now,
    }
}
