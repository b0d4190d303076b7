//! Profile sharing: what the payer consents to, who may read it, and for how long.

use kvitt_testing::eventually;
use kvitt_tests::requests::{fresh_reference, web_redirect, with};
use kvitt_tests::{Answer, Receiver, Shop, Stack, StackPlan, UnitPlan};
use reqwest::Method;
use serde_json::{Value, json};

async fn asking(shop: &Shop, scope: &str) -> String {
    let body =
        with(&web_redirect(&fresh_reference(), &shop.keys.currency, 10_000), "/profile/scope", json!(scope));
    shop.create(&body).await.is(201)["reference"].as_str().expect("a text").to_owned()
}

async fn answer(shop: &Shop, reference: &str, act: &str, consent: bool) -> Answer {
    let path = format!("/kvitt/v1/payments/{reference}/payer/{act}");
    let body = json!({"phoneNumber": shop.phone, "consent": consent});
    Answer::of(shop.request(Method::POST, &path).json(&body)).await
}

async fn userinfo(shop: &Shop, sub: &str) -> Answer {
    let path = format!("/vipps-userinfo-api/userinfo/{sub}");
    Answer::of(shop.bare(Method::GET, &path).header("Authorization", format!("Bearer {}", shop.token))).await
}

fn sub(payment: &Value) -> String {
    payment["profile"]["sub"].as_str().unwrap_or_else(|| panic!("no sub in {payment}")).to_owned()
}

async fn shared(shop: &Shop, scope: &str) -> (String, Value) {
    let reference = asking(shop, scope).await;
    answer(shop, &reference, "approve", true).await.is(200);
    let payment = shop.payment(&reference).await.is(200).clone();
    (reference, payment)
}

#[tokio::test]
async fn a_payer_who_consents_is_known_by_what_was_asked_for_and_no_more() {
    let shop = Shop::named("full").await;
    let (_, payment) = shared(&shop, "name email").await;
    let user = payment["userDetails"].as_object().expect("it is there");
    let keys: Vec<_> = user.keys().map(String::as_str).collect();
    assert_eq!(keys, ["email", "firstName", "lastName"]);
    let claims = userinfo(&shop, &sub(&payment)).await.is(200).clone();
    assert_eq!(claims["sub"], payment["profile"]["sub"]);
    assert_eq!((&claims["given_name"], &claims["email"]), (&user["firstName"], &user["email"]));
    assert_eq!(claims["nin"], Value::Null);
}

#[tokio::test]
async fn the_webhook_says_who_the_payer_is_as_far_as_they_consented() {
    let stack = Stack::shared();
    let shop = Shop::open(stack, &stack.open_unit(UnitPlan::default()).await).await;
    let receiver = Receiver::kind().await;
    let registration = json!({"url": receiver.url("/hook"), "events": ["epayments.payment.authorized.v1"]});
    Answer::of(shop.request(Method::POST, "/webhooks/v1/webhooks").json(&registration)).await.is(201);
    let (reference, payment) = shared(&shop, "name email").await;
    eventually!(receiver.about(&reference).len() == 1);
    let told = receiver.about(&reference)[0].json();
    assert_eq!(told["sub"], sub(&payment));
    assert_eq!(told["userDetails"], payment["userDetails"]);
    assert_eq!((&told["shippingDetails"], &told["profile"]), (&Value::Null, &Value::Null));
}

#[tokio::test]
async fn without_consent_there_is_no_payment() {
    let shop = Shop::named("full").await;
    let reference = asking(&shop, "name").await;
    let refused = answer(&shop, &reference, "approve", false).await;
    assert!(refused.problem(400)["detail"].as_str().expect("a text").contains("consent"), "{}", refused.text);
    assert_eq!(shop.state(&reference).await, "CREATED");
    answer(&shop, &reference, "reject", false).await.is(200);
    assert_eq!(shop.state(&reference).await, "ABORTED");
    assert_eq!(shop.payment(&reference).await.is(200)["profile"], json!({}));
}

#[tokio::test]
async fn an_approval_by_force_consents() {
    let shop = Shop::named("full").await;
    let reference = asking(&shop, "name phoneNumber").await;
    shop.approve(&reference, &shop.phone).await.is(200);
    let payment = shop.payment(&reference).await.is(200).clone();
    assert_eq!(payment["userDetails"]["mobileNumber"], shop.phone.as_str());
}

#[tokio::test]
async fn two_units_know_a_payer_by_different_names_and_one_by_the_same() {
    let (shop, second) = (Shop::named("full").await, Shop::named("second").await);
    let (_, first) = shared(&shop, "name").await;
    let (_, again) = shared(&shop, "email").await;
    let (_, other) = shared(&second, "name").await;
    assert_eq!(sub(&first), sub(&again));
    assert_ne!(sub(&first), sub(&other));
    let foreign = userinfo(&second, &sub(&first)).await;
    assert_eq!(foreign.status, 404, "{}", foreign.text);
    let both = userinfo(&shop, &sub(&first)).await.is(200).clone();
    assert!(both["name"].is_string() && both["email"].is_string(), "{both}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_shared_can_be_read_for_seven_days() {
    let stack = Stack::own(StackPlan::default()).await;
    let shop = Shop::open(&stack, stack.keys("full")).await;
    let (reference, payment) = shared(&shop, "name email").await;
    let advance = async |span: &str| {
        let path = "/kvitt/v1/clock";
        Answer::of(shop.request(Method::POST, path).json(&json!({"advance": span}))).await.is(200);
    };
    advance("167h").await;
    assert!(shop.payment(&reference).await.is(200)["userDetails"]["email"].is_string());
    advance("2h").await;
    let later = shop.payment(&reference).await.is(200).clone();
    assert_eq!(later["userDetails"], Value::Null, "{later}");
    assert_eq!(sub(&later), sub(&payment), "the name of the payer stays");
    assert_eq!(userinfo(&shop, &sub(&payment)).await.is(200)["name"], "[Expired]");
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consent_can_be_taken_back() {
    let stack = Stack::own(StackPlan::default()).await;
    let shop = Shop::open(&stack, stack.keys("full")).await;
    let (_, payment) = shared(&shop, "name").await;
    let path = format!("/kvitt/v1/payers/{}/revoke-consent", shop.phone);
    let body = json!({"merchantSerialNumber": shop.keys.msn});
    Answer::of(shop.request(Method::POST, &path).json(&body)).await.is(200);
    assert_eq!(userinfo(&shop, &sub(&payment)).await.status, 404);
    let (_, again) = shared(&shop, "name").await;
    assert_eq!(sub(&payment), sub(&again));
    assert_eq!(userinfo(&shop, &sub(&again)).await.status, 200);
    stack.stop().await;
}
