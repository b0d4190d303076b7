//! From payment's log to the domain's words.

use kvitt_primitives::EventId;
use kvitt_proto::{
    money,
    payment::v1::{EcomDetails, FeedEvent, PaymentEventName},
    time,
};

use crate::domain::event::{Event, Name};

/// An event, and with the first of an eCom payment how its merchant is told. The error names what an event should have and
/// has not.
pub(super) fn decode(feed_event: &FeedEvent) -> Result<(Event, Option<EcomDetails>), &'static str> {
    let event = feed_event.event.as_ref().ok_or("event")?;
    let at = |at, what: &'static str| time::from_proto(at, "").map_err(|_| what);
    let guaranteed = event.capture_guaranteed_until.map(|until| at(until, "event.capture_guaranteed_until"));
    let decoded = Event {
        msn: event.msn.parse().map_err(|_| "event.msn")?,
        reference: event.reference.parse().map_err(|_| "event.reference")?,
        event_id: event.psp_reference.parse::<EventId>().map_err(|_| "event.psp_reference")?,
        name: name(event.name()).ok_or("event.name")?,
        amount: money::from_proto(event.amount, "").map_err(|_| "event.amount")?,
        occurred_at: at(event.occurred_at.ok_or("event.occurred_at")?, "event.occurred_at")?,
        idempotency_key: event.idempotency_key.clone(),
        success: event.success,
        capture_guaranteed_until: guaranteed.transpose()?,
        sub: event.sub.clone(),
        ships: event.shipping_details.is_some(),
        decline_reason: event.decline_reason.clone(),
    };
    let ecom = feed_event.created.as_ref().and_then(|created| created.ecom.clone());
    Ok((decoded, ecom))
}

fn name(name: PaymentEventName) -> Option<Name> {
    Some(match name {
        PaymentEventName::Created => Name::Created,
        PaymentEventName::Aborted => Name::Aborted,
        PaymentEventName::Expired => Name::Expired,
        PaymentEventName::Cancelled => Name::Cancelled,
        PaymentEventName::Captured => Name::Captured,
        PaymentEventName::Refunded => Name::Refunded,
        PaymentEventName::Authorized => Name::Authorized,
        PaymentEventName::Terminated => Name::Terminated,
        PaymentEventName::Unspecified => return None,
    })
}
