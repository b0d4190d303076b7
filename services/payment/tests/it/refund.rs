//! While the acquirer is asked for a refund, and when it says no.

use kvitt_proto::{
    error::v1::Reason,
    payment::v1::{PaymentEvent, PaymentEventName},
};
use kvitt_testing::eventually;

use crate::support::{Kind, MSN, Manner, Shop, Stage, reason, sums};

const REFERENCE: &str = "order-0001";

/// A payment of 1000 of which 600 are captured.
async fn captured(stage: &Stage) -> Shop {
    let shop = stage.shop(MSN);
    shop.authorized(REFERENCE).await;
    shop.capture(REFERENCE, 600, "take").await.unwrap();
    shop
}

async fn last_event(shop: &Shop) -> PaymentEvent {
    shop.events(REFERENCE).await.pop().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn while_a_refund_is_awaited_other_changes_are_locked_and_work_after_the_answer() {
    let stage = Stage::start().await;
    let shop = captured(&stage).await;
    stage.acquirer.now(Kind::Refund, Manner::IsSilent);
    let refund = shop.meanwhile(async |shop| shop.refund(REFERENCE, 200, "give back").await);
    eventually!(stage.acquirer.asked(Kind::Refund).len() == 1);

    assert_eq!(reason(shop.capture(REFERENCE, 100, "take more").await), Reason::PaymentLocked);
    assert_eq!(reason(shop.refund(REFERENCE, 50, "give more").await), Reason::PaymentLocked);
    assert_eq!(reason(shop.cancel(REFERENCE, "end").await), Reason::PaymentLocked);
    assert_eq!(sums(shop.get(REFERENCE).await.aggregate), [1000, 600, 0, 0]);

    stage.acquirer.now(Kind::Refund, Manner::Executes);
    assert_eq!(sums(refund.await.unwrap().unwrap().aggregate), [1000, 600, 0, 200]);
    shop.capture(REFERENCE, 100, "take more").await.unwrap();
    shop.refund(REFERENCE, 50, "give more").await.unwrap();
    let cancelled = shop.cancel(REFERENCE, "end").await.unwrap();
    assert_eq!(sums(cancelled.aggregate), [1000, 700, 300, 250]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declined_refund_is_remembered_moves_nothing_and_leaves_another_possible() {
    let stage = Stage::start().await;
    let shop = captured(&stage).await;
    stage.acquirer.now(Kind::Refund, Manner::Declines);
    assert_eq!(reason(shop.refund(REFERENCE, 200, "first").await), Reason::RefundNotPossible);
    let event = last_event(&shop).await;
    assert_eq!((event.name(), event.success), (PaymentEventName::Refunded, false));
    assert_eq!((event.idempotency_key.as_str(), event.amount.unwrap().amount_minor), ("first", 200));
    assert_eq!(sums(shop.get(REFERENCE).await.aggregate), [1000, 600, 0, 0]);

    stage.acquirer.now(Kind::Refund, Manner::Executes);
    assert_eq!(reason(shop.refund(REFERENCE, 200, "first").await), Reason::RefundNotPossible);
    assert_eq!(stage.acquirer.asked(Kind::Refund).len(), 1);
    assert_eq!(reason(shop.refund(REFERENCE, 201, "first").await), Reason::RefundIdempotencyConflict);

    let refunded = shop.refund(REFERENCE, 600, "second").await.unwrap();
    assert_eq!(sums(refunded.aggregate), [1000, 600, 0, 600]);
    let event = last_event(&shop).await;
    assert_eq!((event.name(), event.success), (PaymentEventName::Refunded, true));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_the_acquirer_finds_too_late_is_refused_as_such_for_ever() {
    let stage = Stage::start().await;
    let shop = captured(&stage).await;
    stage.acquirer.now(Kind::Refund, Manner::DeclinesAsTooLate);
    assert_eq!(reason(shop.refund(REFERENCE, 200, "first").await), Reason::RefundPeriodExpired);
    stage.acquirer.now(Kind::Refund, Manner::Executes);
    assert_eq!(reason(shop.refund(REFERENCE, 200, "first").await), Reason::RefundPeriodExpired);
    assert_eq!(stage.acquirer.asked(Kind::Refund).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn events_show_the_merchants_key_and_not_the_wallets() {
    let stage = Stage::start().await;
    let shop = captured(&stage).await;
    shop.refund(REFERENCE, 200, "give back").await.unwrap();
    shop.cancel(REFERENCE, "end").await.unwrap();
    let events = shop.events(REFERENCE).await;
    let keys: Vec<_> = events.iter().map(|event| (event.name(), event.idempotency_key.as_str())).collect();
    let expected = [
        (PaymentEventName::Created, "create-order-0001"),
        (PaymentEventName::Authorized, ""),
        (PaymentEventName::Captured, "take"),
        (PaymentEventName::Refunded, "give back"),
        (PaymentEventName::Cancelled, "end"),
    ];
    assert_eq!(keys, expected);
}
