//! A payment's whole life in seconds: nothing but the clock makes time pass.

use chrono::TimeDelta;
use kvitt_tests::{Answer, Shop, Stack, StackPlan};
use reqwest::Method;
use serde_json::json;

use super::clock::instant;

async fn advance(shop: &Shop, by: &str) {
    let request = shop.request(Method::POST, "/kvitt/v1/clock").json(&json!({ "advance": by }));
    Answer::of(request).await.is(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_lives_from_its_reservation_to_the_end_of_its_refund_window() {
    let stack = Stack::own(StackPlan::default()).await;
    let shop = Shop::open(&stack, stack.keys("full")).await;
    let reference = shop.authorized(10_000).await;
    let authorized_at = instant(&shop.events(&reference).await[1], "timestamp");
    let payment = shop.payment(&reference).await;
    let guaranteed_until = instant(payment.is(200), "captureGuaranteedUntil");
    // The payer's first card is a Visa; the guarantee counts from when the acquirer reserved, which was just before.
    let before = authorized_at + TimeDelta::days(7) - guaranteed_until;
    assert!(before >= TimeDelta::zero() && before < TimeDelta::minutes(1), "{guaranteed_until}");

    // Within the guarantee nobody has to be asked.
    advance(&shop, "6d").await;
    shop.capture(&reference, 1_000).await.is(200);
    // After it the card is charged anew, and has enough.
    advance(&shop, "2d").await;
    shop.capture(&reference, 2_000).await.is(200);
    assert_eq!(shop.sums(&reference).await, [10_000, 3_000, 0, 0]);

    // Until the deadline, and then what is left is released at exactly that instant.
    advance(&shop, "171d").await;
    shop.capture(&reference, 3_000).await.is(200);
    let captured_at = instant(shop.events(&reference).await.last().unwrap(), "timestamp");
    advance(&shop, "1d").await;
    let events = shop.events(&reference).await;
    let released = events.last().unwrap();
    assert_eq!((&released["name"], &released["amount"]["value"]), (&json!("CANCELLED"), &json!(4_000)));
    assert_eq!(instant(released, "timestamp"), authorized_at + TimeDelta::days(180));
    assert!(released["idempotencyKey"].is_null());
    assert_eq!(shop.sums(&reference).await, [10_000, 6_000, 4_000, 0]);
    shop.capture(&reference, 1_000).await.refused(400, "6100");
    shop.cancel(&reference).await.refused(400, "6030");

    // Refunds go on for a year from the last capture.
    shop.refund(&reference, 500).await.is(200);
    advance(&shop, "363d").await;
    shop.refund(&reference, 700).await.is(200);
    let left = captured_at + TimeDelta::days(365) - stack.clock().now();
    assert!(left > TimeDelta::zero(), "the window is still open");
    advance(&shop, "2d").await;
    shop.refund(&reference, 800).await.refused(400, "6220");
    assert_eq!(shop.sums(&reference).await, [10_000, 6_000, 4_000, 1_200]);
    stack.stop().await;
}
