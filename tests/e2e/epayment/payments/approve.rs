//! `POST /epayment/v1/test/payments/{reference}/approve`, and what becomes of payments nobody approves.

use std::time::Duration;

use kvitt_tests::requests::{push_message, with};
use kvitt_tests::{Answer, Shop, Stack, StackPlan};
use reqwest::Method;
use serde_json::json;

#[tokio::test]
async fn p36_an_approval_by_force_authorizes_the_whole_amount() {
    let shop = Shop::named("full").await;
    let reference = shop.created(12_345).await;
    let answer = shop.approve(&reference, &shop.phone).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(shop.state(&reference).await, "AUTHORIZED");
    assert_eq!(shop.sums(&reference).await, [12_345, 0, 0, 0]);
    let events = shop.events(&reference).await;
    assert_eq!(events[1]["name"], "AUTHORIZED");
    assert_eq!(events[1]["success"], true);
    assert_eq!(events[1]["amount"]["value"], 12_345);
}

#[tokio::test]
async fn a_payment_is_approved_once() {
    let shop = Shop::named("full").await;
    let reference = shop.authorized(10_000).await;
    shop.approve(&reference, &shop.phone).await.refused(400, "6230");
    assert_eq!(shop.event_names(&reference).await, ["CREATED", "AUTHORIZED"]);
}

#[tokio::test]
async fn the_token_of_the_redirect_url_approves_too() {
    let shop = Shop::named("full").await;
    let created = shop.create(&shop.minimal(10_000)).await;
    let reference = created.is(201)["reference"].as_str().unwrap().to_owned();
    let url = created.body["redirectUrl"].as_str().unwrap();
    let token = url.split_once("token=").unwrap().1.split('&').next().unwrap();
    let path = format!("/epayment/v1/test/payments/{reference}/approve");
    let wrong =
        Answer::of(shop.request(Method::POST, &path).json(&json!({"token": format!("{token}x")}))).await;
    assert!(wrong.status >= 400, "{}", wrong.text);
    assert_eq!(shop.state(&reference).await, "CREATED");
    let answer = Answer::of(shop.request(Method::POST, &path).json(&json!({"token": token}))).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(shop.state(&reference).await, "AUTHORIZED");
}

#[tokio::test]
async fn a_declined_card_leaves_the_payment_open_and_another_payer_may_pay() {
    let shop = Shop::named("full").await;
    let reference = shop.created(10_000).await;
    shop.approve(&reference, Stack::shared().poor_phone()).await.refused(400, "10010");
    assert_eq!(shop.state(&reference).await, "CREATED");
    assert_eq!(shop.sums(&reference).await, [0, 0, 0, 0]);
    let events = shop.events(&reference).await;
    assert_eq!((&events[1]["name"], &events[1]["success"]), (&json!("AUTHORIZED"), &json!(false)));

    let answer = shop.approve(&reference, &shop.phone).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let events = shop.events(&reference).await;
    assert_eq!((&events[2]["name"], &events[2]["success"]), (&json!("AUTHORIZED"), &json!(true)));
    assert_eq!(shop.sums(&reference).await, [10_000, 0, 0, 0]);
}

#[tokio::test]
async fn payers_who_may_not_pay_are_told_why() {
    let shop = Shop::named("full").await;
    let stack = Stack::shared();
    let reference = shop.created(10_000).await;
    shop.approve(&reference, stack.cardless_phone()).await.refused(400, "10050");
    shop.approve(&reference, "4799999999").await.refused(400, "10020");
    let adult = with(&shop.minimal(10_000), "/minimumUserAge", json!(18));
    let adult = shop.create(&adult).await.is(201)["reference"].as_str().unwrap().to_owned();
    shop.approve(&adult, stack.young_phone()).await.refused(400, "10020");
    for reference in [&reference, &adult] {
        assert_eq!(shop.state(reference).await, "CREATED");
        assert_eq!(shop.event_names(reference).await, ["CREATED"]);
    }
}

#[tokio::test]
async fn a_push_message_is_only_for_the_customer_it_names() {
    let shop = Shop::named("full").await;
    let reference = kvitt_tests::requests::fresh_reference();
    shop.create(&push_message(&reference, "NOK", 10_000, &shop.phone)).await.is(201);
    shop.approve(&reference, Stack::shared().poor_phone()).await.refused(400, "10020");
    let answer = shop.approve(&reference, &shop.phone).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

#[tokio::test]
async fn an_approval_without_a_payer_or_with_two_is_a_clean_4xx() {
    let shop = Shop::named("full").await;
    let reference = shop.created(10_000).await;
    let path = format!("/epayment/v1/test/payments/{reference}/approve");
    for body in
        ["", "{}", "null", "[]", "7", "{\"customer\":{}}", "{\"customer\":{\"phoneNumber\":\"+4712345678\"}}"]
    {
        let request = shop.request(Method::POST, &path).header("Content-Type", "application/json").body(body);
        let answer = Answer::of(request).await;
        assert_eq!(answer.status, 400, "{body}: {}", answer.text);
    }
    assert_eq!(shop.state(&reference).await, "CREATED");
}

#[tokio::test(flavor = "multi_thread")]
async fn p51_a_payment_nobody_answers_expires_after_ten_minutes_and_stays_so() {
    let stack = Stack::own(StackPlan::default()).await;
    let shop = Shop::open(&stack, stack.keys("full")).await;
    let reference = shop.created(10_000).await;
    let approved = shop.authorized(10_000).await;

    stack.advance(Duration::from_secs(9 * 60)).await;
    assert_eq!(shop.state(&reference).await, "CREATED");
    stack.advance(Duration::from_secs(60)).await;
    assert_eq!(shop.state(&reference).await, "EXPIRED");

    let answer = shop.approve(&reference, &shop.phone).await;
    answer.refused(400, "10020");
    let answer = shop.cancel(&reference).await;
    answer.problem(400);
    assert!(matches!(answer.code(), Some("6050" | "6190")), "{}", answer.text);
    let answer = shop.capture(&reference, 100).await;
    answer.refused(400, "6200");
    let answer = shop.refund(&reference, 100).await;
    answer.refused(400, "6210");

    let events = shop.events(&reference).await;
    assert_eq!(events.len(), 2, "{events:?}");
    assert_eq!(events[1]["name"], "EXPIRED");
    assert!(events[1]["idempotencyKey"].is_null());
    assert_eq!(shop.sums(&reference).await, [0, 0, 0, 0]);
    assert!(shop.payment(&reference).await.is(200).get("redirectUrl").is_none());
    assert_eq!(shop.state(&approved).await, "AUTHORIZED");
    stack.stop().await;
}
