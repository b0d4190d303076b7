//! Amounts that call for an outcome of their own.

use std::time::Duration;

use kvitt_tests::requests::fresh_key;
use kvitt_tests::{Answer, Shop, Stack, StackPlan};
use reqwest::Method;
use serde_json::json;

/// Amounts at which every approval is declined, and those that count for Norwegian kroner only.
const DECLINED: [i64; 6] = [151, 182, 183, 184, 186, 187];
const DECLINED_IN_NORWAY: [i64; 2] = [197, 202];

/// A payment that cannot be approved, and has an event that says so.
async fn is_declined(shop: &Shop, minor: i64) {
    let reference = shop.created(minor).await;
    shop.approve(&reference, &shop.phone).await.refused(400, "10010");
    let payment = shop.payment(&reference).await;
    assert_eq!(payment.is(200)["state"], "CREATED", "{minor}");
    let events = shop.events(&reference).await;
    let seen: Vec<_> = events.iter().map(|event| (&event["name"], &event["success"])).collect();
    let expected = [(&json!("CREATED"), &json!(true)), (&json!("AUTHORIZED"), &json!(false))];
    assert_eq!(seen, expected, "{minor}");
    assert_eq!(shop.sums(&reference).await, [0, 0, 0, 0]);
}

#[tokio::test]
async fn an_approval_of_a_test_amount_is_declined_and_one_of_its_neighbour_is_not() {
    let shop = Shop::named("full").await;
    for minor in DECLINED.into_iter().chain(DECLINED_IN_NORWAY) {
        is_declined(&shop, minor).await;
    }
    for minor in [150, 152, 181, 185, 188, 196, 198, 200, 203] {
        shop.authorized(minor).await;
    }
}

#[tokio::test]
async fn two_of_the_amounts_count_for_norwegian_kroner_only() {
    for unit in ["danish", "finnish"] {
        let shop = Shop::named(unit).await;
        for minor in DECLINED {
            is_declined(&shop, minor).await;
        }
        for minor in DECLINED_IN_NORWAY {
            shop.authorized(minor).await;
        }
    }
}

#[tokio::test]
async fn a_refund_of_a_test_amount_is_refused_for_ever_and_another_is_paid() {
    let shop = Shop::named("full").await;
    let reference = shop.authorized(10_000).await;
    shop.capture(&reference, 10_000).await.is(200);
    for (minor, code) in [(123, "5100"), (124, "6220")] {
        let key = fresh_key();
        let first = shop.refund_keyed(&reference, &key, minor).await;
        first.refused(400, code);
        let again = shop.refund_keyed(&reference, &key, minor).await;
        again.refused(400, code);
        assert_eq!(again.text_without_trace_id(), first.text_without_trace_id());
    }
    assert_eq!(shop.sums(&reference).await, [10_000, 10_000, 0, 0]);
    for minor in [122, 125] {
        shop.refund(&reference, minor).await.is(200);
    }
    assert_eq!(shop.sums(&reference).await, [10_000, 10_000, 0, 247]);
}

#[tokio::test]
async fn test_amounts_are_for_approvals_and_refunds_only() {
    let shop = Shop::named("full").await;
    let reference = shop.authorized(10_000).await;
    let taken = [151, 182, 183, 184, 186, 187, 197, 201, 202, 123, 124];
    for minor in taken {
        shop.capture(&reference, minor).await.is(200);
    }
    for minor in DECLINED {
        shop.refund(&reference, minor).await.is(200);
    }
    let (taken, refunded) = (taken.iter().sum(), DECLINED.iter().sum());
    assert_eq!(shop.sums(&reference).await, [10_000, taken, 0, refunded]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_outcome_of_201_is_unknown_for_an_hour_and_then_a_reservation() {
    let stack = Stack::own(StackPlan::default()).await;
    let shop = Shop::open(&stack, stack.keys("full")).await;
    let reference = shop.created(201).await;
    let path = format!("/epayment/v1/test/payments/{reference}/approve");
    let body = json!({"customer": {"phoneNumber": shop.phone}});
    let unknown = Answer::try_of(shop.request(Method::POST, &path).json(&body)).await.unwrap();
    assert!(unknown.status >= 500, "{} {}", unknown.status, unknown.text);

    stack.advance(Duration::from_secs(59 * 60)).await;
    assert_eq!(
        shop.state(&reference).await,
        "CREATED",
        "a payment does not expire while its outcome is unknown"
    );
    shop.cancel(&reference).await.refused(409, "6250");

    stack.advance(Duration::from_secs(12 * 60)).await;
    assert_eq!(shop.state(&reference).await, "AUTHORIZED");
    assert_eq!(shop.event_names(&reference).await, ["CREATED", "AUTHORIZED"]);
    shop.capture(&reference, 201).await.is(200);
    stack.stop().await;
}
