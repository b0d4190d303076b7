//! How a merchant names the payer: by number, by a token of a check-in, by a scanned code.

use kvitt_tests::requests::{fresh_key, fresh_reference, push_message, with};
use kvitt_tests::{Answer, Shop, Stack, StackPlan};
use reqwest::Method;
use serde_json::{Value, json};

async fn payer(shop: &Shop, phone: &str, act: &str, body: &Value) -> Value {
    let path = format!("/kvitt/v1/payers/{phone}/{act}");
    Answer::of(shop.request(Method::POST, &path).json(body)).await.is(200).clone()
}

async fn token(shop: &Shop) -> Value {
    payer(shop, &shop.phone, "customer-token", &json!({})).await["customerToken"].clone()
}

/// A push message to the customer named so.
fn push_to(customer: &Value) -> Value {
    with(&push_message(&fresh_reference(), "NOK", 10_000, "4700000000"), "/customer", customer.clone())
}

fn reference(created: &Answer) -> String {
    created.is(201)["reference"].as_str().expect("a text").to_owned()
}

#[tokio::test]
async fn a_customer_token_names_a_payer_once() {
    let shop = Shop::named("full").await;
    let body = push_to(&json!({"customerToken": token(&shop).await}));
    let key = fresh_key();
    let created = reference(&shop.create_keyed(&key, &body).await);
    shop.approve(&created, &shop.phone).await.is(200);
    // The same request again gets the same answer; another payment finds the token used up.
    assert_eq!(reference(&shop.create_keyed(&key, &body).await), created);
    let other = with(&body, "/reference", json!(fresh_reference()));
    shop.create(&other).await.refused(400, "4050");
    shop.create(&push_to(&json!({"customerToken": "made-up"}))).await.refused(400, "4050");
}

#[tokio::test]
async fn a_scanned_code_of_either_generation_names_its_payer() {
    let shop = Shop::named("full").await;
    for version in ["2.0", "1.0"] {
        let code = payer(&shop, &shop.phone, "personal-qr", &json!({"version": version})).await;
        let created = shop.create(&push_to(&json!({"personalQr": code["personalQr"]}))).await;
        shop.approve(&reference(&created), &shop.phone).await.is(200);
    }
    let foreign = push_to(&json!({"personalQr": "https://qr.example/p/abcdefgh"}));
    shop.create(&foreign).await.refused(400, "4060");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_token_lives_a_quarter_of_an_hour() {
    let stack = Stack::own(StackPlan::default()).await;
    let shop = Shop::open(&stack, stack.keys("full")).await;
    let token = token(&shop).await;
    let body = json!({"advance": "15m"});
    Answer::of(shop.request(Method::POST, "/kvitt/v1/clock").json(&body)).await.is(200);
    shop.create(&push_to(&json!({"customerToken": token}))).await.refused(400, "4050");
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn blocked_deleted_and_unknown_payers_look_the_same() {
    let stack = Stack::own(StackPlan::default()).await;
    let shop = Shop::open(&stack, stack.keys("full")).await;
    let waiting = shop.created(10_000).await;
    let to = |phone: &str| push_to(&json!({"phoneNumber": phone}));
    let without = |answer: &Answer| answer.text_without_trace_id();
    let unknown = shop.create(&to("4799999998")).await;
    unknown.refused(400, "7010");
    for status in ["BLOCKED", "DELETED"] {
        payer(&shop, &shop.phone, "status", &json!({"status": status})).await;
        let refused = shop.create(&to(&shop.phone)).await;
        refused.refused(400, "7010");
        assert_eq!(without(&refused), without(&unknown));
        shop.approve(&waiting, &shop.phone).await.refused(400, "10020");
    }
    stack.stop().await;
}

#[tokio::test]
async fn a_payer_who_is_too_young_looks_like_nobody() {
    let shop = Shop::named("full").await;
    let body = with(&push_to(&json!({"phoneNumber": shop.phone})), "/minimumUserAge", json!(100));
    shop.create(&body).await.refused(400, "7010");
    let web = with(
        &with(&shop.minimal(10_000), "/customer/phoneNumber", json!(shop.phone)),
        "/minimumUserAge",
        json!(100),
    );
    shop.create(&web).await.refused(400, "7010");
    let old_enough = with(&web, "/minimumUserAge", json!(18));
    shop.create(&old_enough).await.is(201);
}
