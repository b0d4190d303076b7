//! `POST /ecomm/v2/payments/{orderId}/refund`: pays captured money back, in parts or all that is left.

use axum::extract::State;
use kvitt_proto::{
    error::v1::Reason,
    payment::v1::{Payment, RefundPaymentRequest},
    refusal,
};
use tonic::Status;
use uuid::Uuid;

use super::{
    call::Call,
    json::{EcomJson, Refunded, incomplete, read},
    order,
};
use crate::{gateway::Gateway, problem::Refused};

/// The operation.
pub(crate) async fn refund(
    State(gateway): State<Gateway>,
    call: Call,
) -> Result<EcomJson<Refunded>, Refused> {
    let request = decode(&call, Uuid::new_v4())?;
    let order = order::load(&gateway, &call).await?;
    let text = request.text.clone();
    let answer = gateway.payments().refund_payment(request).await;
    let answer = answer.map_err(|status| of_order(&order, status))?.into_inner();
    let modification = answer.modification.ok_or_else(|| incomplete("modification"))?;
    let happened = (modification.aggregate, order::refund as order::Find);
    let changed = order::changed(&gateway, &call, text, happened).await?;
    Ok(EcomJson(Refunded::from_changed(changed)?))
}

fn decode(call: &Call, minted: Uuid) -> Result<RefundPaymentRequest, Status> {
    let reference = call.order_id()?.to_owned();
    call.decode(|input| {
        let key = input.key(minted);
        RefundPaymentRequest {
            msn: input.msn(),
            reference,
            idempotency_key: key.text,
            idempotency_key_minted: key.minted,
            amount: read::amount_or_all(&input.field("transaction").field("amount")),
            text: input.text(),
        }
    })
}

/// Of an order from which nothing was taken, ePayment says that there is not enough to pay back. This API says whether
/// it is only reserved, so that it should be cancelled, or cancelled already.
fn of_order(order: &Payment, refused: Status) -> Status {
    let too_much = [Reason::NotEnoughRefundable, Reason::AlreadyRefunded, Reason::CannotRefund];
    if !refusal::reason_of(&refused).is_some_and(|reason| too_much.contains(&reason)) {
        return refused;
    }
    let Some(sums) = &order.aggregate else { return refused };
    let is_none = |sum: &Option<kvitt_proto::money::v1::Money>| {
        sum.as_ref().is_none_or(|amount| amount.amount_minor == 0)
    };
    match (is_none(&sums.captured), is_none(&sums.cancelled)) {
        (false, _) => refused,
        (true, true) if is_none(&sums.authorized) => refused,
        (true, true) => refusal::status(Reason::RefundBeforeReservation, refused.message()),
        (true, false) => refusal::status(Reason::CannotRefund, refused.message()),
    }
}

#[cfg(test)]
mod tests {
    use kvitt_primitives::{Currency, Money};
    use kvitt_proto::{money, payment::v1::Aggregate};

    use super::*;
    use crate::ecomm::call::tests::call;

    #[test]
    fn a_refund_is_read_as_a_capture_is() {
        let body = r#"{"transaction":{"amount":4000,"transactionText":"Socks back"}}"#;
        let request = decode(&call(body), Uuid::nil()).unwrap();
        assert_eq!((request.amount.unwrap().amount_minor, request.text.as_str()), (4_000, "Socks back"));
        let body = r#"{"transaction":{"transactionText":"Socks back"}}"#;
        assert_eq!(decode(&call(body), Uuid::nil()).unwrap().amount, None);
    }

    #[test]
    fn an_order_from_which_nothing_was_taken_says_what_it_is() {
        use Reason::{CannotRefund, NotEnoughRefundable, PaymentLocked, RefundBeforeReservation};
        let nok = |minor| Some(money::to_proto(Money::new(Currency::Nok, minor)));
        let order = |authorized, captured, cancelled| Payment {
            aggregate: Some(Aggregate {
                authorized: nok(authorized),
                captured: nok(captured),
                cancelled: nok(cancelled),
                refunded: nok(0),
            }),
            ..Default::default()
        };
        let table = [
            (order(100, 0, 0), NotEnoughRefundable, RefundBeforeReservation),
            (order(100, 0, 100), NotEnoughRefundable, CannotRefund),
            (order(100, 40, 0), NotEnoughRefundable, NotEnoughRefundable),
            (order(100, 40, 60), NotEnoughRefundable, NotEnoughRefundable),
            (order(0, 0, 100), CannotRefund, CannotRefund),
            (order(0, 0, 0), CannotRefund, CannotRefund),
            (order(100, 0, 0), PaymentLocked, PaymentLocked),
        ];
        for (order, refused, told) in table {
            let status = of_order(&order, refusal::status(refused, "because"));
            assert_eq!(refusal::reason_of(&status), Some(told), "{:?}", order.aggregate);
        }
    }
}
