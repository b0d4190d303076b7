//! What the passing of time does to a payment that has been approved.

use std::time::Duration;

use kvitt_proto::{
    error::v1::Reason,
    payment::v1::{PaymentEvent, PaymentEventName},
    time,
};
use kvitt_testing::eventually;

use crate::support::{Kind, MSN, Manner, Shop, Stage, reason, sums};

const REFERENCE: &str = "order-0001";

/// Longer than the acquirer has before the resolver asks again.
const PAST_DEADLINE: Duration = Duration::from_secs(31);

fn days(days: u64) -> Duration {
    Duration::from_secs(days * 86_400)
}

async fn events(shop: &Shop, name: PaymentEventName) -> Vec<PaymentEvent> {
    let mut events = shop.events(REFERENCE).await;
    events.retain(|event| event.name() == name);
    events
}

/// Sums of the payment as it stands.
async fn aggregate(shop: &Shop) -> [i64; 4] {
    sums(shop.get(REFERENCE).await.aggregate)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_lives_through_guarantee_deadline_and_refund_window() {
    let stage = Stage::start().await;
    let shop = stage.shop(MSN);
    shop.authorized(REFERENCE).await;
    shop.capture(REFERENCE, 100, "sure").await.unwrap();
    eventually!(stage.acquirer.executed().len() == 2);

    stage.clock.advance(days(7));
    stage.acquirer.now(Kind::Capture, Manner::Declines);
    assert_eq!(reason(shop.capture(REFERENCE, 200, "declined").await), Reason::FundsUnavailable);
    stage.acquirer.now(Kind::Capture, Manner::IsUndecided);
    assert_eq!(reason(shop.capture(REFERENCE, 300, "unanswered").await), Reason::CaptureTryAgain);
    assert_eq!(reason(shop.capture(REFERENCE, 1, "meanwhile").await), Reason::PaymentLocked);
    stage.acquirer.now(Kind::Capture, Manner::Executes);
    stage.clock.advance(PAST_DEADLINE);
    eventually!(aggregate(&shop).await == [1000, 400, 0, 0]);
    assert_eq!(sums(shop.capture(REFERENCE, 300, "unanswered").await.unwrap().aggregate), [1000, 400, 0, 0]);
    assert_eq!(sums(shop.capture(REFERENCE, 100, "late").await.unwrap().aggregate), [1000, 500, 0, 0]);
    assert_eq!(reason(shop.capture(REFERENCE, 200, "declined").await), Reason::FundsUnavailable);
    let captures = events(&shop, PaymentEventName::Captured).await;
    let keys: Vec<_> = captures.iter().map(|event| event.idempotency_key.as_str()).collect();
    assert_eq!(keys, ["sure", "unanswered", "late"]);

    stage.clock.advance(days(173));
    eventually!(aggregate(&shop).await == [1000, 500, 500, 0]);
    let released = events(&shop, PaymentEventName::Cancelled).await.pop().unwrap();
    assert_eq!((released.amount.unwrap().amount_minor, released.idempotency_key.as_str()), (500, ""));
    assert_eq!(reason(shop.capture(REFERENCE, 1, "too late").await), Reason::CapturePeriodExpired);
    assert_eq!(reason(shop.cancel(REFERENCE, "too late").await), Reason::CancelPeriodExpired);
    shop.refund(REFERENCE, 200, "give back").await.unwrap();

    // Every movement is at the acquirer once, under the id of its event.
    eventually!(stage.acquirer.executed().len() == 6);
    let moved: Vec<_> = stage.acquirer.executed().into_iter().map(|one| one.operation_id).collect();
    assert!(captures.iter().chain([&released]).all(|event| moved.contains(&event.psp_reference)));

    stage.clock.advance(days(365));
    assert_eq!(reason(shop.refund(REFERENCE, 1, "too late").await), Reason::RefundPeriodExpired);
    assert_eq!(aggregate(&shop).await, [1000, 500, 500, 200]);
    assert_eq!(stage.acquirer.executed().len(), 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_the_guarantee_is_told_with_the_payment_and_with_its_approval() {
    let stage = Stage::start().await;
    let shop = stage.shop(MSN);
    shop.create(REFERENCE).await;
    assert_eq!(shop.get(REFERENCE).await.capture_guaranteed_until, None);
    stage.acquirer.now(Kind::Reserve, Manner::Declines);
    assert_eq!(reason(shop.approve(REFERENCE, "one card").await), Reason::ApproveFailed);
    stage.acquirer.now(Kind::Reserve, Manner::Executes);
    shop.approve(REFERENCE, "another card").await.unwrap();
    let told = events(&shop, PaymentEventName::Authorized).await;
    assert_eq!((told[0].success, told[0].capture_guaranteed_until), (false, None));
    let until = told[1].capture_guaranteed_until;
    assert_eq!(shop.get(REFERENCE).await.capture_guaranteed_until, until);
    let until = time::from_proto(until.unwrap(), "until").unwrap();
    let approved_at = time::from_proto(told[1].occurred_at.unwrap(), "at").unwrap();
    // The acquirer counts from its own decision, a moment before.
    assert!((until - approved_at).num_seconds().abs_diff(7 * 86_400) < 60, "{until} {approved_at}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_capture_whose_answer_was_lost_is_done_once_and_answered_when_it_is_repeated() {
    let stage = Stage::start().await;
    let shop = stage.shop(MSN);
    shop.authorized(REFERENCE).await;
    stage.clock.advance(days(8));
    stage.acquirer.now(Kind::Capture, Manner::LosesTheAnswer);
    assert_eq!(reason(shop.capture(REFERENCE, 300, "take").await), Reason::CaptureTryAgain);
    stage.acquirer.now(Kind::Capture, Manner::Executes);
    assert_eq!(reason(shop.capture(REFERENCE, 301, "take").await), Reason::CaptureIdempotencyConflict);
    assert_eq!(sums(shop.capture(REFERENCE, 300, "take").await.unwrap().aggregate), [1000, 300, 0, 0]);
    // It is refunded as any other.
    shop.refund(REFERENCE, 300, "give back").await.unwrap();
    let kinds: Vec<_> = stage.acquirer.executed().iter().map(Kind::of).collect();
    assert_eq!(kinds, [Kind::Reserve, Kind::Capture, Kind::Refund]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_capture_that_waits_for_its_answer_holds_the_release_back() {
    let stage = Stage::start().await;
    let shop = stage.shop(MSN);
    shop.authorized(REFERENCE).await;
    stage.clock.advance(days(179));
    stage.acquirer.now(Kind::Capture, Manner::IsAway);
    assert_eq!(reason(shop.capture(REFERENCE, 300, "take").await), Reason::CaptureTryAgain);
    stage.clock.advance(days(2));
    eventually!(stage.acquirer.asked(Kind::Capture).len() > 1);
    assert_eq!(aggregate(&shop).await, [1000, 0, 0, 0]);
    assert_eq!(reason(shop.cancel(REFERENCE, "end").await), Reason::PaymentLocked);

    stage.acquirer.now(Kind::Capture, Manner::Executes);
    assert_eq!(sums(shop.capture(REFERENCE, 300, "take").await.unwrap().aggregate), [1000, 300, 0, 0]);
    stage.clock.advance(Duration::from_secs(600));
    eventually!(aggregate(&shop).await == [1000, 300, 700, 0]);
}
