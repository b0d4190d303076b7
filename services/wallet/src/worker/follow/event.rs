//! What an event of payment's log means to the inbox.

use kvitt_proto::{
    money,
    payment::v1::{FeedEvent, PaymentEventName},
    time,
};

use crate::domain::inbox::{Event, Key, Request};

/// The event's meaning; `None` when it has none here. The error names what an event should have and has not.
pub(super) fn decode(feed_event: FeedEvent) -> Result<Option<Event>, &'static str> {
    let event = feed_event.event.ok_or("event")?;
    let (name, success) = (event.name(), event.success);
    let key = Key { msn: event.msn, reference: event.reference };
    match name {
        PaymentEventName::Created => {
            let created = feed_event.created.ok_or("created")?;
            // A payment for nobody in particular waits in no inbox.
            let Ok(phone_number) = created.phone_number.parse() else { return Ok(None) };
            let created_at = event.occurred_at.ok_or("event.occurred_at")?;
            let expires_at = created.expires_at.ok_or("created.expires_at")?;
            let request = Request {
                key,
                amount: money::from_proto(created.amount, "amount").map_err(|_| "created.amount")?,
                // PostgreSQL cannot hold this character, and one event must never stop all that follow.
                description: created.description.replace('\0', ""),
                created_at: time::from_proto(created_at, "").map_err(|_| "event.occurred_at")?,
                expires_at: time::from_proto(expires_at, "").map_err(|_| "created.expires_at")?,
            };
            Ok(Some(Event::Asked { phone_number, request }))
        }
        PaymentEventName::Authorized if success => Ok(Some(Event::Answered(key))),
        PaymentEventName::Aborted | PaymentEventName::Expired | PaymentEventName::Terminated => {
            Ok(Some(Event::Answered(key)))
        }
        // A declined attempt leaves the payment waiting; the rest comes after the answer.
        PaymentEventName::Authorized
        | PaymentEventName::Cancelled
        | PaymentEventName::Captured
        | PaymentEventName::Refunded
        | PaymentEventName::Unspecified => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use kvitt_proto::{
        money::v1::{Currency, Money},
        payment::v1::{CreatedDetails, PaymentEvent},
    };

    use super::*;

    fn event(name: PaymentEventName, success: bool) -> FeedEvent {
        let at = time::to_proto("2030-06-15T12:00:00Z".parse().unwrap());
        FeedEvent {
            event: Some(PaymentEvent {
                msn: "123456".to_owned(),
                reference: "order-00001".to_owned(),
                name: name.into(),
                success,
                occurred_at: Some(at),
                ..PaymentEvent::default()
            }),
            created: (name == PaymentEventName::Created).then(|| CreatedDetails {
                phone_number: "4712345678".to_owned(),
                expires_at: Some(at),
                amount: Some(Money { currency: Currency::Nok.into(), amount_minor: 100 }),
                ..CreatedDetails::default()
            }),
        }
    }

    #[test]
    fn a_payment_waits_from_created_until_it_is_answered_or_ends() {
        use PaymentEventName::*;
        for (name, success, answered) in [
            (Authorized, true, true),
            (Authorized, false, false),
            (Aborted, true, true),
            (Expired, true, true),
            (Terminated, true, true),
            (Captured, true, false),
            (Refunded, true, false),
            (Cancelled, true, false),
        ] {
            let meaning = decode(event(name, success)).unwrap();
            assert_eq!(matches!(meaning, Some(Event::Answered(_))), answered, "{name:?} {success}");
        }
        assert!(matches!(decode(event(Created, true)), Ok(Some(Event::Asked { .. }))));
    }

    #[test]
    fn a_payment_for_nobody_in_particular_waits_in_no_inbox() {
        let mut created = event(PaymentEventName::Created, true);
        created.created.as_mut().unwrap().phone_number.clear();
        assert_eq!(decode(created), Ok(None));
    }

    #[test]
    fn what_an_event_lacks_is_named() {
        let mut created = event(PaymentEventName::Created, true);
        created.created = None;
        assert_eq!(decode(created), Err("created"));
    }
}
