//! "No answer" is not "no": what the acquirer has done comes to light, and is done once.

use std::time::Duration;

use kvitt_proto::{
    error::v1::Reason,
    payment::v1::{PaymentEventName, PaymentState},
};
use kvitt_testing::eventually;

use crate::support::{Kind, MSN, Manner, Stage, reason, sums};

const REFERENCE: &str = "order-0001";

/// Longer than the acquirer has before the resolver asks again.
const PAST_DEADLINE: Duration = Duration::from_secs(31);

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_whose_answer_was_lost_is_settled_under_the_same_id_after_its_deadline() {
    let stage = Stage::start().await;
    let shop = stage.shop(MSN);
    shop.authorized(REFERENCE).await;
    shop.capture(REFERENCE, 600, "take").await.unwrap();
    stage.acquirer.now(Kind::Refund, Manner::LosesTheAnswer);
    assert_eq!(reason(shop.refund(REFERENCE, 200, "give back").await), Reason::Unavailable);
    assert_eq!(reason(shop.capture(REFERENCE, 100, "take more").await), Reason::PaymentLocked);

    stage.acquirer.now(Kind::Refund, Manner::Executes);
    assert_eq!(stage.acquirer.asked(Kind::Refund).len(), 1);
    stage.clock.advance(PAST_DEADLINE);
    eventually!(sums(shop.get(REFERENCE).await.aggregate) == [1000, 600, 0, 200]);
    let event = shop.events(REFERENCE).await.pop().unwrap();
    assert_eq!((event.name(), event.success), (PaymentEventName::Refunded, true));
    assert_eq!(event.idempotency_key, "give back");

    let repeated = shop.refund(REFERENCE, 200, "give back").await.unwrap();
    assert_eq!(sums(repeated.aggregate), [1000, 600, 0, 200]);
    let asked = stage.acquirer.asked(Kind::Refund);
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[0], asked[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reservation_whose_answer_was_lost_is_settled_under_the_same_id_after_its_deadline() {
    let stage = Stage::start().await;
    let shop = stage.shop(MSN);
    shop.create(REFERENCE).await;
    stage.acquirer.now(Kind::Reserve, Manner::LosesTheAnswer);
    assert_eq!(reason(shop.approve(REFERENCE, "one card").await), Reason::Unavailable);

    stage.acquirer.now(Kind::Reserve, Manner::Executes);
    stage.clock.advance(PAST_DEADLINE);
    eventually!(shop.get(REFERENCE).await.state() == PaymentState::Authorized);
    assert_eq!(shop.get(REFERENCE).await.card_bin, "492500");
    // However the wallet came to the card this time.
    for card_currency in ["NOK", ""] {
        let repeated = shop.approve_with(REFERENCE, "one card", card_currency).await.unwrap();
        assert_eq!(repeated.state(), PaymentState::Authorized);
    }
    let asked = stage.acquirer.asked(Kind::Reserve);
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[0], asked[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_request_need_not_wait_for_the_deadline() {
    let stage = Stage::start().await;
    let shop = stage.shop(MSN);
    shop.authorized(REFERENCE).await;
    shop.capture(REFERENCE, 600, "take").await.unwrap();
    stage.acquirer.now(Kind::Refund, Manner::IsAway);
    assert_eq!(reason(shop.refund(REFERENCE, 200, "give back").await), Reason::Unavailable);
    stage.acquirer.now(Kind::Refund, Manner::LosesTheAnswer);
    assert_eq!(reason(shop.refund(REFERENCE, 200, "give back").await), Reason::Unavailable);
    stage.acquirer.now(Kind::Refund, Manner::Executes);
    let refunded = shop.refund(REFERENCE, 200, "give back").await.unwrap();
    assert_eq!(sums(refunded.aggregate), [1000, 600, 0, 200]);
    assert_eq!(shop.events(REFERENCE).await.pop().unwrap().idempotency_key, "give back");
    let asked = stage.acquirer.asked(Kind::Refund);
    assert_eq!(asked.len(), 3);
    assert!(asked.iter().all(|operation| *operation == asked[0]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_is_driven_to_its_end_although_the_caller_has_gone_away() {
    let stage = Stage::start().await;
    let shop = stage.shop(MSN);
    shop.authorized(REFERENCE).await;
    shop.capture(REFERENCE, 600, "take").await.unwrap();
    stage.acquirer.now(Kind::Refund, Manner::IsSilent);
    let refund = shop.meanwhile(async |shop| shop.refund(REFERENCE, 200, "give back").await);
    eventually!(stage.acquirer.asked(Kind::Refund).len() == 1);
    refund.abort();
    assert!(refund.await.unwrap_err().is_cancelled());

    stage.acquirer.now(Kind::Refund, Manner::Executes);
    eventually!(sums(shop.get(REFERENCE).await.aggregate) == [1000, 600, 0, 200]);
    assert_eq!(shop.refund(REFERENCE, 200, "give back").await.unwrap().state(), PaymentState::Authorized);
    assert_eq!(stage.acquirer.asked(Kind::Refund).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_unanswered_at_a_stop_is_settled_after_the_next_start() {
    let mut stage = Stage::start().await;
    let shop = stage.shop(MSN);
    shop.authorized(REFERENCE).await;
    shop.capture(REFERENCE, 600, "take").await.unwrap();
    stage.acquirer.now(Kind::Refund, Manner::LosesTheAnswer);
    assert_eq!(reason(shop.refund(REFERENCE, 200, "give back").await), Reason::Unavailable);
    stage.restart().await;

    stage.acquirer.now(Kind::Refund, Manner::Executes);
    stage.clock.advance(PAST_DEADLINE);
    let shop = stage.shop(MSN);
    eventually!(sums(shop.get(REFERENCE).await.aggregate) == [1000, 600, 0, 200]);
    let asked = stage.acquirer.asked(Kind::Refund);
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[0], asked[1]);
}
