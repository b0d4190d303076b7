//! The payment behind an order, and what happened to it.

use kvitt_proto::{
    error::v1::Reason,
    payment::v1::{
        Aggregate, GetPaymentRequest, ListPaymentEventsRequest, Origin, Payment, PaymentEvent,
        PaymentEventName,
    },
    refusal,
};
use tonic::Status;

use super::{
    call::Call,
    json::{Changed, incomplete},
};
use crate::gateway::Gateway;

/// Pages of 1000 events that one answer may gather.
const MAX_PAGES: usize = 100;

/// The order that a call is about. A payment that was made through ePayment is none (contract-payments statement 77).
pub(super) async fn load(gateway: &Gateway, call: &Call) -> Result<Payment, Status> {
    let request = GetPaymentRequest {
        msn: call.msn().to_string(),
        reference: call.order_id()?.to_owned(),
        origin: Origin::Ecom.into(),
    };
    let answer = gateway.payments().get_payment(request).await?.into_inner();
    answer.payment.ok_or_else(|| incomplete("payment"))
}

/// All that happened to it, oldest first.
pub(super) async fn events(gateway: &Gateway, call: &Call) -> Result<Vec<PaymentEvent>, Status> {
    let mut request = ListPaymentEventsRequest {
        msn: call.msn().to_string(),
        reference: call.order_id()?.to_owned(),
        ..Default::default()
    };
    let mut events = Vec::new();
    for _ in 0..MAX_PAGES {
        let page = gateway.payments().list_payment_events(request.clone()).await?.into_inner();
        events.extend(page.events);
        if page.next_page_token.is_empty() {
            return Ok(events);
        }
        request.page_token = page.next_page_token;
    }
    let detail = format!("the payment has more than {MAX_PAGES} pages of events");
    Err(refusal::status(Reason::Internal, detail))
}

/// A change as this API tells it: `text` is what the merchant said, `aggregate` the sums right after it.
pub(super) async fn changed(
    gateway: &Gateway,
    call: &Call,
    text: String,
    (aggregate, find): (Option<Aggregate>, Find),
) -> Result<Changed, Status> {
    let sums = aggregate.as_ref().ok_or_else(|| incomplete("aggregate"))?;
    let event =
        find(events(gateway, call).await?, sums).ok_or_else(|| incomplete("the event of a change"))?;
    Ok(Changed { order_id: call.order_id()?.to_owned(), text, event, aggregate })
}

/// Finds the event that led to these sums, among all events, oldest first.
pub(super) type Find = fn(Vec<PaymentEvent>, &Aggregate) -> Option<PaymentEvent>;

/// The capture after which so much was captured in all. It is found whether the change was made now or long ago under
/// the same request id, and also where there is no id to know it by.
pub(super) fn capture(events: Vec<PaymentEvent>, sums: &Aggregate) -> Option<PaymentEvent> {
    let captured = sums.captured.as_ref()?.amount_minor;
    after_which(events, PaymentEventName::Captured, captured)
}

/// The refund after which so much was paid back in all.
pub(super) fn refund(events: Vec<PaymentEvent>, sums: &Aggregate) -> Option<PaymentEvent> {
    let refunded = sums.refunded.as_ref()?.amount_minor;
    after_which(events, PaymentEventName::Refunded, refunded)
}

/// The end of an order, of which there is one at most.
pub(super) fn cancellation(events: Vec<PaymentEvent>, _: &Aggregate) -> Option<PaymentEvent> {
    let ends = [PaymentEventName::Cancelled, PaymentEventName::Terminated];
    events.into_iter().rfind(|event| event.success && ends.contains(&event.name()))
}

fn after_which(events: Vec<PaymentEvent>, name: PaymentEventName, wanted: i64) -> Option<PaymentEvent> {
    let mut sum = 0;
    events.into_iter().filter(|event| event.success && event.name() == name).find(|event| {
        sum += event.amount.as_ref().map_or(0, |amount| amount.amount_minor);
        sum == wanted
    })
}

#[cfg(test)]
mod tests {
    use kvitt_primitives::{Currency, Money};
    use kvitt_proto::money;

    use super::*;

    fn nok(minor: i64) -> Option<money::v1::Money> {
        Some(money::to_proto(Money::new(Currency::Nok, minor)))
    }

    fn events() -> Vec<PaymentEvent> {
        use PaymentEventName::{Authorized, Cancelled, Captured, Created, Refunded};
        let happened = [
            ("created", Created, 100, true),
            ("authorized", Authorized, 100, true),
            ("first", Captured, 40, true),
            ("failed", Captured, 10, false),
            ("back", Refunded, 40, true),
            ("second", Captured, 20, true),
            ("released", Cancelled, 40, true),
            ("more back", Refunded, 20, true),
        ];
        let event = |(id, name, minor, success): (&str, PaymentEventName, i64, bool)| PaymentEvent {
            psp_reference: id.to_owned(),
            name: name.into(),
            amount: nok(minor),
            success,
            ..Default::default()
        };
        happened.map(event).to_vec()
    }

    fn found(find: Find, captured: i64, refunded: i64) -> Option<String> {
        let sums = Aggregate { captured: nok(captured), refunded: nok(refunded), ..Default::default() };
        find(events(), &sums).map(|event| event.psp_reference)
    }

    #[test]
    fn a_change_is_known_by_the_sum_it_led_to() {
        assert_eq!(found(capture, 40, 0).as_deref(), Some("first"));
        assert_eq!(found(capture, 60, 40).as_deref(), Some("second"));
        assert_eq!(found(refund, 60, 40).as_deref(), Some("back"));
        assert_eq!(found(refund, 60, 60).as_deref(), Some("more back"));
        assert_eq!(found(cancellation, 60, 40).as_deref(), Some("released"));
        assert_eq!(found(capture, 50, 0), None);
        assert_eq!(capture(events(), &Aggregate::default()), None);
    }
}
