//! What was decided reaches the acquirer, however long that takes.

use chrono::{DateTime, Utc};
use kvitt_proto::{
    error::v1::Reason,
    payment::v1::{PaymentEvent, PaymentEventName},
    time,
};
use kvitt_testing::eventually;

use crate::support::{Kind, MSN, Manner, Shop, Stage, reason};

const REFERENCE: &str = "order-0001";

/// Captures twice and cancels the rest, which are three instructions.
async fn decide_three(shop: &Shop) {
    shop.authorized(REFERENCE).await;
    shop.capture(REFERENCE, 100, "first").await.unwrap();
    shop.capture(REFERENCE, 200, "second").await.unwrap();
    shop.cancel(REFERENCE, "end").await.unwrap();
}

fn away(stage: &Stage, manner: Manner) {
    stage.acquirer.now(Kind::Capture, manner);
    stage.acquirer.now(Kind::Release, manner);
}

/// Asserts that the acquirer executed what the three events say, in their order, each under its event's id.
async fn the_three_are_cleared(stage: &Stage, shop: &Shop) {
    let executed = stage.acquirer.executed().into_iter().map(|operation| Instruction {
        kind: Kind::of(&operation),
        id: operation.operation_id,
        amount_minor: operation.amount.unwrap().amount_minor,
        decided_at: time::from_proto(operation.decided_at.unwrap(), "decidedAt").unwrap(),
    });
    let executed: Vec<_> = executed.filter(|instruction| instruction.kind != Kind::Reserve).collect();
    let expected: Vec<_> = shop.events(REFERENCE).await.into_iter().filter_map(instruction).collect();
    assert_eq!(executed, expected);
    assert_eq!(executed.len(), 3);
}

#[derive(Debug, PartialEq)]
struct Instruction {
    kind: Kind,
    id: String,
    amount_minor: i64,
    decided_at: DateTime<Utc>,
}

/// What the acquirer should hear of an event.
fn instruction(event: PaymentEvent) -> Option<Instruction> {
    let kind = match event.name() {
        PaymentEventName::Captured => Kind::Capture,
        PaymentEventName::Cancelled => Kind::Release,
        _ => return None,
    };
    let decided_at = time::from_proto(event.occurred_at.unwrap(), "occurredAt").unwrap();
    let amount_minor = event.amount.unwrap().amount_minor;
    Some(Instruction { kind, id: event.psp_reference, amount_minor, decided_at })
}

#[tokio::test(flavor = "multi_thread")]
async fn captures_reach_an_acquirer_that_was_away_in_order_and_under_their_events_ids() {
    let stage = Stage::start().await;
    let shop = stage.shop(MSN);
    away(&stage, Manner::IsAway);
    decide_three(&shop).await;
    eventually!(stage.acquirer.asked(Kind::Capture).len() >= 2);
    assert_eq!(stage.acquirer.executed().len(), 1);

    away(&stage, Manner::Executes);
    eventually!(stage.acquirer.executed().len() == 4);
    the_three_are_cleared(&stage, &shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn captures_whose_answers_are_lost_are_sent_again_under_the_same_ids() {
    let stage = Stage::start().await;
    let shop = stage.shop(MSN);
    away(&stage, Manner::LosesTheAnswer);
    decide_three(&shop).await;
    eventually!(stage.acquirer.executed().len() == 4);
    let asked = stage.acquirer.asked(Kind::Release).len();
    away(&stage, Manner::Executes);
    eventually!(stage.acquirer.asked(Kind::Release).len() > asked);
    the_three_are_cleared(&stage, &shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn captures_reach_the_acquirer_after_the_service_was_stopped_and_started_again() {
    let mut stage = Stage::start().await;
    away(&stage, Manner::IsAway);
    decide_three(&stage.shop(MSN)).await;
    stage.restart().await;
    assert_eq!(stage.acquirer.executed().len(), 1);

    away(&stage, Manner::Executes);
    eventually!(stage.acquirer.executed().len() == 4);
    the_three_are_cleared(&stage, &stage.shop(MSN)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_waits_until_the_acquirer_has_heard_of_the_capture_before_it() {
    let stage = Stage::start().await;
    let shop = stage.shop(MSN);
    shop.authorized(REFERENCE).await;
    stage.acquirer.now(Kind::Capture, Manner::IsAway);
    shop.capture(REFERENCE, 600, "take").await.unwrap();
    assert_eq!(reason(shop.refund(REFERENCE, 200, "give back").await), Reason::Unavailable);
    let asked = stage.acquirer.asked(Kind::Refund);
    assert!(asked.is_empty(), "an acquirer that knows no capture would decline for ever: {asked:?}");

    stage.acquirer.now(Kind::Capture, Manner::Executes);
    shop.refund(REFERENCE, 200, "give back").await.unwrap();
    let executed = stage.acquirer.executed();
    let kinds: Vec<_> = executed.iter().map(Kind::of).collect();
    assert_eq!(kinds, [Kind::Reserve, Kind::Capture, Kind::Refund]);
    let captured = shop.events(REFERENCE).await.into_iter().find_map(instruction).unwrap();
    assert_eq!(executed[1].operation_id, captured.id);
}
