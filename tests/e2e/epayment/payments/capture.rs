//! `POST /epayment/v1/payments/{reference}/capture`.

use std::time::Duration;

use kvitt_tests::requests::{fresh_key, modification};
use kvitt_tests::{Answer, Shop, Stack, StackPlan, UnitPlan};
use reqwest::Method;
use serde_json::json;

#[tokio::test]
async fn p38_a_capture_before_approval_is_refused_with_6080() {
    let shop = Shop::named("full").await;
    let reference = shop.created(10_000).await;
    let answer = shop.capture(&reference, 10_000).await;
    let body = answer.refused(400, "6080");
    assert_eq!(body["instance"], format!("/v1/payments/{reference}/capture"));
    assert_eq!(shop.event_names(&reference).await, ["CREATED"]);
}

#[tokio::test]
async fn p39_two_partial_captures_add_up() {
    let shop = Shop::named("full").await;
    let reference = shop.authorized(10_000).await;
    let created = shop.events(&reference).await[0]["pspReference"].clone();
    for (slice, captured) in [(4_000, 4_000), (6_000, 10_000)] {
        let answer = shop.capture(&reference, slice).await;
        let body = answer.is(200);
        assert_eq!(body["aggregate"]["capturedAmount"], json!({"currency": "NOK", "value": captured}));
        assert_eq!(body["aggregate"]["authorizedAmount"]["value"], 10_000);
        assert_eq!(body["state"], "AUTHORIZED");
        assert_eq!(body["amount"], json!({"currency": "NOK", "value": 10_000}));
        assert_eq!(body["reference"], reference);
        assert_eq!(body["pspReference"], created);
    }
    let events = shop.events(&reference).await;
    let slices: Vec<i64> = events
        .iter()
        .filter(|event| event["name"] == "CAPTURED")
        .map(|event| event["amount"]["value"].as_i64().unwrap())
        .collect();
    assert_eq!(slices, [4_000, 6_000]);
}

#[tokio::test]
async fn p40_a_capture_beyond_the_remainder_is_refused_with_6090() {
    let shop = Shop::named("full").await;
    let reference = shop.authorized(10_000).await;
    shop.capture(&reference, 10_001).await.refused(400, "6090");
    shop.capture(&reference, 4_000).await.is(200);
    shop.capture(&reference, 6_001).await.refused(400, "6090");
    assert_eq!(shop.sums(&reference).await, [10_000, 4_000, 0, 0]);
    shop.capture(&reference, 6_000).await.is(200);
    shop.capture(&reference, 1).await.refused(400, "6170");
}

#[tokio::test]
async fn p41_a_repeated_capture_gets_the_first_answer_and_another_under_its_key_4010() {
    let shop = Shop::named("full").await;
    let reference = shop.authorized(10_000).await;
    let key = fresh_key();
    let first = shop.capture_keyed(&reference, &key, 4_000).await;
    first.is(200);
    shop.capture(&reference, 1_000).await.is(200);
    let again = shop.capture_keyed(&reference, &key, 4_000).await;
    assert_eq!(again.is(200), &first.body);
    assert_eq!(again.text, first.text);
    shop.capture_keyed(&reference, &key, 4_001).await.refused(409, "4010");
    assert_eq!(shop.sums(&reference).await, [10_000, 5_000, 0, 0]);
    assert_eq!(shop.event_names(&reference).await, ["CREATED", "AUTHORIZED", "CAPTURED", "CAPTURED"]);
}

#[tokio::test]
async fn p42_a_capture_key_used_for_a_refund_is_another_operation() {
    let shop = Shop::named("full").await;
    let reference = shop.authorized(10_000).await;
    let key = "0:wc_order_xxx";
    shop.capture_keyed(&reference, key, 4_000).await.is(200);
    let refund = shop.refund_keyed(&reference, key, 4_000).await;
    assert_eq!(refund.is(200)["aggregate"]["refundedAmount"]["value"], 4_000);
    let other = shop.authorized(10_000).await;
    shop.capture_keyed(&other, key, 10_000).await.is(200);
    assert_eq!(shop.sums(&reference).await, [10_000, 4_000, 0, 4_000]);
    assert_eq!(shop.sums(&other).await, [10_000, 10_000, 0, 0]);
}

#[tokio::test]
async fn p53_every_success_of_capture_refund_and_cancel_is_application_json() {
    let shop = Shop::named("full").await;
    let reference = shop.authorized(10_000).await;
    let amount = modification("NOK", 100);
    for (verb, body) in [("capture", Some(&amount)), ("refund", Some(&amount)), ("cancel", None)] {
        let path = format!("/epayment/v1/payments/{reference}/{verb}");
        let mut request = shop
            .request(Method::POST, &path)
            .header("Idempotency-Key", fresh_key())
            .header("Accept", "application/problem+json");
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = Answer::of(request).await;
        assert_eq!(answer.status, 200, "{verb}: {}", answer.text);
        assert_eq!(answer.media_type(), "application/json", "{verb}");
    }
}

#[tokio::test]
async fn a_refused_capture_is_remembered_under_its_key() {
    let shop = Shop::named("full").await;
    let reference = shop.created(10_000).await;
    let key = fresh_key();
    shop.capture_keyed(&reference, &key, 4_000).await.refused(400, "6080");
    shop.approve(&reference, &shop.phone).await;
    shop.capture_keyed(&reference, &key, 4_000).await.refused(400, "6080");
    shop.capture(&reference, 4_000).await.is(200);
    assert_eq!(shop.sums(&reference).await, [10_000, 4_000, 0, 0]);
}

#[tokio::test]
async fn a_unit_that_captures_all_at_once_may_not_capture_a_part() {
    let shop = Shop::named("full_capture").await;
    let reference = shop.authorized(10_000).await;
    shop.capture(&reference, 9_999).await.refused(400, "6140");
    shop.capture(&reference, 10_000).await.is(200);
    assert_eq!(shop.sums(&reference).await, [10_000, 10_000, 0, 0]);
}

#[tokio::test]
async fn a_capture_in_another_currency_is_refused() {
    let shop = Shop::named("full").await;
    let reference = shop.authorized(10_000).await;
    let path = format!("/epayment/v1/payments/{reference}/capture");
    shop.post(&path, &fresh_key(), &modification("DKK", 100)).await.refused(400, "5040");
    assert_eq!(shop.sums(&reference).await, [10_000, 0, 0, 0]);
}

#[tokio::test]
async fn a_capture_without_an_idempotency_key_is_refused() {
    let shop = Shop::named("full").await;
    let reference = shop.authorized(10_000).await;
    let path = format!("/epayment/v1/payments/{reference}/capture");
    let request = || shop.request(Method::POST, &path).json(&modification("NOK", 100));
    Answer::of(request()).await.problem(400);
    let too_long = Answer::of(request().header("Idempotency-Key", "k".repeat(51))).await;
    too_long.problem(400);
    assert_eq!(shop.sums(&reference).await, [10_000, 0, 0, 0]);
    Answer::of(request().header("Idempotency-Key", "k".repeat(50))).await.is(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn p56_after_its_deadline_a_payment_can_be_neither_captured_nor_cancelled() {
    const DAY: Duration = Duration::from_secs(86_400);
    let stack = Stack::own(StackPlan::default()).await;
    let without_late_capture = |beside| UnitPlan { beside, features: Vec::new(), ..UnitPlan::default() };
    let units = [
        (stack.keys("full").clone(), 180),
        (stack.keys("danish").clone(), 180),
        (stack.open_unit(without_late_capture("danish")).await, 14),
        (stack.open_unit(without_late_capture("finnish")).await, 14),
    ];
    let mut payments = Vec::new();
    for (keys, days) in &units {
        let shop = Shop::open(&stack, keys).await;
        let [untouched, partly] = [shop.authorized(10_000).await, shop.authorized(10_000).await];
        shop.capture(&partly, 4_000).await.is(200);
        payments.push((shop, *days, untouched, partly));
    }
    let mut today = 0;
    for day in [13, 14, 179, 180] {
        stack.advance(DAY * (day - today)).await;
        today = day;
        for (shop, days, untouched, partly) in &payments {
            let unit = &shop.keys.currency;
            if day < *days {
                assert_eq!(shop.sums(partly).await, [10_000, 4_000, 0, 0], "{unit} on day {day}");
                continue;
            }
            assert_eq!(shop.sums(partly).await, [10_000, 4_000, 6_000, 0], "{unit} on day {day}");
            assert_eq!(shop.event_names(untouched).await, ["CREATED", "AUTHORIZED", "CANCELLED"]);
            for reference in [untouched, partly] {
                shop.capture(reference, 1).await.refused(400, "6100");
                shop.cancel(reference).await.refused(400, "6030");
            }
        }
    }
    stack.stop().await;
}
