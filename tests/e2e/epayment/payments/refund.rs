//! `POST /epayment/v1/payments/{reference}/refund`.

use std::time::Duration;

use kvitt_tests::requests::fresh_key;
use kvitt_tests::{Shop, Stack, StackPlan};

#[tokio::test]
async fn p43_a_refund_beyond_what_is_captured_is_refused() {
    let shop = Shop::named("full").await;
    let reference = shop.created(10_000).await;
    let before = shop.refund(&reference, 100).await;
    before.problem(400);
    assert!(matches!(before.code(), Some("6020" | "6150" | "6210")), "{}", before.text);

    shop.approve(&reference, &shop.phone).await;
    let uncaptured = shop.refund(&reference, 100).await;
    uncaptured.problem(400);
    assert!(matches!(uncaptured.code(), Some("6020" | "6150" | "6210")), "{}", uncaptured.text);

    shop.capture(&reference, 4_000).await.is(200);
    shop.refund(&reference, 4_001).await.refused(400, "6150");
    shop.refund(&reference, 1_500).await.is(200);
    shop.refund(&reference, 2_501).await.refused(400, "6150");
    let last = shop.refund(&reference, 2_500).await;
    assert_eq!(last.is(200)["aggregate"]["refundedAmount"]["value"], 4_000);
    shop.refund(&reference, 1).await.refused(400, "6180");
    assert_eq!(shop.sums(&reference).await, [10_000, 4_000, 0, 4_000]);
}

#[tokio::test]
async fn a_repeated_refund_gets_the_first_answer_and_another_under_its_key_4150() {
    let shop = Shop::named("full").await;
    let reference = shop.authorized(10_000).await;
    shop.capture(&reference, 10_000).await.is(200);
    let key = fresh_key();
    let first = shop.refund_keyed(&reference, &key, 2_000).await;
    first.is(200);
    shop.refund(&reference, 500).await.is(200);
    let again = shop.refund_keyed(&reference, &key, 2_000).await;
    again.is(200);
    assert_eq!(again.text, first.text);
    shop.refund_keyed(&reference, &key, 2_001).await.refused(409, "4150");
    assert_eq!(shop.sums(&reference).await, [10_000, 10_000, 0, 2_500]);
}

#[tokio::test]
async fn a_refund_does_not_make_room_for_another_capture() {
    let shop = Shop::named("full").await;
    let reference = shop.authorized(10_000).await;
    shop.capture(&reference, 10_000).await.is(200);
    shop.refund(&reference, 10_000).await.is(200);
    shop.capture(&reference, 1).await.refused(400, "6170");
    shop.cancel(&reference).await.refused(400, "6040");
}

#[tokio::test]
async fn a_refund_of_nothing_or_less_is_refused() {
    let shop = Shop::named("full").await;
    let reference = shop.authorized(10_000).await;
    shop.capture(&reference, 10_000).await.is(200);
    for minor in [0, -1, -10_000, i64::MIN] {
        let refund = shop.refund(&reference, minor).await;
        refund.problem(400);
        let capture = shop.capture(&reference, minor).await;
        capture.problem(400);
    }
    assert_eq!(shop.sums(&reference).await, [10_000, 10_000, 0, 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn p57_a_refund_on_day_366_after_the_capture_is_refused_with_6220() {
    let stack = Stack::own(StackPlan::default()).await;
    let shop = Shop::open(&stack, stack.keys("full")).await;
    let reference = shop.authorized(10_000).await;
    shop.capture(&reference, 10_000).await.is(200);
    stack.advance(Duration::from_secs(364 * 86_400)).await;
    shop.refund(&reference, 1_000).await.is(200);
    stack.advance(Duration::from_secs(86_400)).await;
    shop.refund(&reference, 1_000).await.refused(400, "6220");
    assert_eq!(shop.sums(&reference).await, [10_000, 10_000, 0, 1_000]);
    stack.stop().await;
}
