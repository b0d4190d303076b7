//! `POST /epayment/v1/payments/{reference}/cancel`.

use kvitt_tests::requests::fresh_key;
use kvitt_tests::{Answer, Shop};
use reqwest::Method;
use serde_json::json;

#[tokio::test]
async fn p44_a_cancel_before_approval_terminates_the_payment() {
    let shop = Shop::named("full").await;
    let reference = shop.created(10_000).await;
    let answer = shop.cancel(&reference).await;
    let body = answer.is(200);
    assert_eq!(body["state"], "TERMINATED");
    assert_eq!(body["aggregate"]["cancelledAmount"], json!({"currency": "NOK", "value": 10_000}));
    assert_eq!(shop.state(&reference).await, "TERMINATED");
    assert_eq!(shop.sums(&reference).await, [0, 0, 10_000, 0]);
    assert_eq!(shop.event_names(&reference).await, ["CREATED", "TERMINATED"]);
}

#[tokio::test]
async fn p45_a_cancel_after_approval_releases_everything() {
    let shop = Shop::named("full").await;
    let reference = shop.authorized(10_000).await;
    let answer = shop.cancel(&reference).await;
    let body = answer.is(200);
    assert_eq!(body["state"], "AUTHORIZED");
    assert_eq!(body["aggregate"]["cancelledAmount"]["value"], 10_000);
    assert_eq!(shop.event_names(&reference).await, ["CREATED", "AUTHORIZED", "CANCELLED"]);
    shop.capture(&reference, 100).await.refused(400, "6070");
    assert_eq!(shop.sums(&reference).await, [10_000, 0, 10_000, 0]);
}

#[tokio::test]
async fn p46_a_cancel_after_a_partial_capture_releases_the_rest() {
    let shop = Shop::named("full").await;
    let reference = shop.authorized(10_000).await;
    shop.capture(&reference, 4_000).await.is(200);
    let answer = shop.cancel(&reference).await;
    assert_eq!(answer.is(200)["aggregate"]["cancelledAmount"]["value"], 6_000);
    let late = shop.capture(&reference, 1).await;
    late.problem(400);
    assert!(late.code().is_some(), "{}", late.text);
    assert_eq!(shop.sums(&reference).await, [10_000, 4_000, 6_000, 0]);
    shop.refund(&reference, 4_000).await.is(200);
}

#[tokio::test]
async fn p47_a_cancel_after_a_full_capture_is_refused_with_6040() {
    let shop = Shop::named("full").await;
    let reference = shop.authorized(10_000).await;
    shop.capture(&reference, 10_000).await.is(200);
    shop.cancel(&reference).await.refused(400, "6040");
    assert_eq!(shop.sums(&reference).await, [10_000, 10_000, 0, 0]);
}

#[tokio::test]
async fn p48_cancel_transaction_only_spares_an_authorized_payment() {
    let shop = Shop::named("full").await;
    let only = json!({"cancelTransactionOnly": true});
    let authorized = shop.authorized(10_000).await;
    shop.cancel_keyed(&authorized, &fresh_key(), &only).await.refused(400, "6060");
    assert_eq!(shop.sums(&authorized).await, [10_000, 0, 0, 0]);
    let created = shop.created(10_000).await;
    let answer = shop.cancel_keyed(&created, &fresh_key(), &only).await;
    assert_eq!(answer.is(200)["state"], "TERMINATED");
    let released =
        shop.cancel_keyed(&authorized, &fresh_key(), &json!({"cancelTransactionOnly": false})).await;
    assert_eq!(released.is(200)["aggregate"]["cancelledAmount"]["value"], 10_000);
}

#[tokio::test]
async fn p49_a_cancel_needs_no_body_no_content_type_and_no_key() {
    let shop = Shop::named("full").await;
    let reference = shop.created(10_000).await;
    let request =
        shop.request(Method::POST, &format!("/epayment/v1/payments/{reference}/cancel")).build().unwrap();
    for absent in ["content-type", "idempotency-key"] {
        assert!(!request.headers().contains_key(absent));
    }
    assert!(request.body().is_none());
    shop.cancel(&reference).await.is(200);
    for body in ["", "null", "[]", "{}"] {
        let reference = shop.created(10_000).await;
        let request =
            shop.request(Method::POST, &format!("/epayment/v1/payments/{reference}/cancel")).body(body);
        assert_eq!(Answer::of(request).await.is(200)["state"], "TERMINATED", "{body}");
    }
}

#[tokio::test]
async fn p50_two_orders_cancelled_under_the_same_literal_key_are_both_cancelled() {
    let shop = Shop::named("full").await;
    for _ in 0..2 {
        let reference = shop.authorized(10_000).await;
        let answer = shop.cancel_keyed(&reference, "1", &json!({})).await;
        assert_eq!(answer.is(200)["aggregate"]["cancelledAmount"]["value"], 10_000);
        assert_eq!(shop.sums(&reference).await, [10_000, 0, 10_000, 0]);
    }
}

#[tokio::test]
async fn a_cancel_repeated_under_its_key_gets_the_first_answer() {
    let shop = Shop::named("full").await;
    let reference = shop.authorized(10_000).await;
    let key = fresh_key();
    let first = shop.cancel_keyed(&reference, &key, &json!({})).await;
    first.is(200);
    let again = shop.cancel_keyed(&reference, &key, &json!({})).await;
    again.is(200);
    assert_eq!(again.text, first.text);
    shop.cancel_keyed(&reference, &key, &json!({"cancelTransactionOnly": true})).await.refused(409, "4020");
    shop.cancel(&reference).await.refused(400, "6190");
    assert_eq!(shop.event_names(&reference).await, ["CREATED", "AUTHORIZED", "CANCELLED"]);
}

#[tokio::test]
async fn a_terminated_payment_can_be_neither_cancelled_captured_refunded_nor_approved() {
    let shop = Shop::named("full").await;
    let reference = shop.created(10_000).await;
    shop.cancel(&reference).await.is(200);
    let again = shop.cancel(&reference).await;
    again.problem(400);
    assert!(matches!(again.code(), Some("6050" | "6190")), "{}", again.text);
    shop.capture(&reference, 100).await.refused(400, "6200");
    shop.refund(&reference, 100).await.refused(400, "6210");
    shop.approve(&reference, &shop.phone).await.refused(400, "10020");
    assert_eq!(shop.event_names(&reference).await, ["CREATED", "TERMINATED"]);
}
