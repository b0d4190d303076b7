//! While the acquirer is asked for a reservation.

use std::time::Duration;

use kvitt_proto::{
    error::v1::Reason,
    payment::v1::{PaymentEventName, PaymentState},
    reason::info,
};
use kvitt_testing::eventually;

use crate::support::{Kind, MSN, Manner, Stage, reason, sums};

const REFERENCE: &str = "order-0001";

/// Longer than a payer has, and so longer than the acquirer has before it is asked again.
const PAST_EXPIRY: Duration = Duration::from_secs(11 * 60);

#[tokio::test(flavor = "multi_thread")]
async fn while_a_reservation_is_awaited_changes_are_refused_and_the_refusals_not_remembered() {
    let stage = Stage::start().await;
    let shop = stage.shop(MSN);
    shop.create(REFERENCE).await;
    stage.acquirer.now(Kind::Reserve, Manner::IsSilent);
    let approval = shop.meanwhile(async |shop| shop.approve(REFERENCE, "one card").await);
    eventually!(stage.acquirer.asked(Kind::Reserve).len() == 1);

    assert_eq!(info(Reason::PaymentLocked).http_status, 423);
    assert_eq!(reason(shop.capture(REFERENCE, 600, "take").await), Reason::PaymentLocked);
    assert_eq!(reason(shop.refund(REFERENCE, 100, "give back").await), Reason::PaymentLocked);
    assert_eq!(reason(shop.approve(REFERENCE, "another card").await), Reason::PaymentLocked);
    assert_eq!(reason(shop.cancel(REFERENCE, "end").await), Reason::CannotCancelProcessing);
    assert_eq!(shop.get(REFERENCE).await.state(), PaymentState::Created);

    stage.acquirer.now(Kind::Reserve, Manner::Declines);
    assert_eq!(reason(approval.await.unwrap()), Reason::ApproveFailed);
    stage.acquirer.now(Kind::Reserve, Manner::Executes);
    assert_eq!(reason(shop.approve(REFERENCE, "one card").await), Reason::ApproveFailed);
    shop.approve(REFERENCE, "another card").await.unwrap();
    shop.capture(REFERENCE, 600, "take").await.unwrap();
    shop.refund(REFERENCE, 100, "give back").await.unwrap();
    let cancelled = shop.cancel(REFERENCE, "end").await.unwrap();
    assert_eq!(sums(cancelled.aggregate), [1000, 600, 400, 100]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_does_not_expire_while_its_reservation_is_awaited_but_after_a_decline() {
    let stage = Stage::start().await;
    let shop = stage.shop(MSN);
    shop.create(REFERENCE).await;
    stage.acquirer.now(Kind::Reserve, Manner::IsSilent);
    let approval = shop.meanwhile(async |shop| shop.approve(REFERENCE, "one card").await);
    eventually!(stage.acquirer.asked(Kind::Reserve).len() == 1);

    stage.clock.advance(PAST_EXPIRY);
    // The resolver has seen that the payment is due, and asks.
    eventually!(stage.acquirer.asked(Kind::Reserve).len() == 2);
    assert_eq!(shop.get(REFERENCE).await.state(), PaymentState::Created);
    assert_eq!(reason(shop.capture(REFERENCE, 600, "take").await), Reason::PaymentLocked);

    stage.acquirer.now(Kind::Reserve, Manner::Declines);
    assert_eq!(reason(approval.await.unwrap()), Reason::ApproveFailed);
    eventually!(shop.get(REFERENCE).await.state() == PaymentState::Expired);
    let events = shop.events(REFERENCE).await;
    let happened: Vec<_> = events.iter().map(|event| (event.name(), event.success)).collect();
    let expected = [
        (PaymentEventName::Created, true),
        (PaymentEventName::Authorized, false),
        (PaymentEventName::Expired, true),
    ];
    assert_eq!(happened, expected);
    assert_eq!(reason(shop.approve(REFERENCE, "another card").await), Reason::CannotApprove);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_yes_that_comes_after_the_expiry_authorizes() {
    let stage = Stage::start().await;
    let shop = stage.shop(MSN);
    shop.create(REFERENCE).await;
    stage.acquirer.now(Kind::Reserve, Manner::IsSilent);
    let approval = shop.meanwhile(async |shop| shop.approve(REFERENCE, "one card").await);
    eventually!(stage.acquirer.asked(Kind::Reserve).len() == 1);
    stage.clock.advance(PAST_EXPIRY);
    eventually!(stage.acquirer.asked(Kind::Reserve).len() == 2);

    stage.acquirer.now(Kind::Reserve, Manner::Executes);
    assert_eq!(approval.await.unwrap().unwrap().state(), PaymentState::Authorized);
    assert_eq!(stage.acquirer.executed().len(), 1);
    assert_eq!(sums(shop.get(REFERENCE).await.aggregate), [1000, 0, 0, 0]);
}
