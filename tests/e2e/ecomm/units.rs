//! Which sales unit is acted for: the body, the header or the keys name it.

use kvitt_tests::requests::{fresh_reference, with, without};
use kvitt_tests::{Answer, Keys, Shop, Stack};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::operations;
use super::orders::{Orders, names_field};

const MSN: &str = "/merchantInfo/merchantSerialNumber";

/// An initiate with this header beside its body.
async fn initiate(orders: &Orders, header: Option<&str>, body: &Value) -> Answer {
    let request = proven(&orders.shop, Method::POST, "/ecomm/v2/payments").json(body);
    let request =
        header.into_iter().fold(request, |request, msn| request.header("Merchant-Serial-Number", msn));
    Answer::of(request).await
}

/// A request with token and subscription key, and without a sales unit.
fn proven(shop: &Shop, method: Method, path: &str) -> RequestBuilder {
    shop.bare(method, path)
        .header("Authorization", format!("Bearer {}", shop.token))
        .header("Ocp-Apim-Subscription-Key", &shop.keys.primary)
}

/// Checks a refusal in the words of the gateway in front of the API.
#[track_caller]
fn is_at_the_gate(answer: &Answer, status: u16) {
    assert_eq!(answer.status, status, "{}", answer.text);
    assert_eq!(answer.body["statusCode"], status, "{}", answer.text);
    assert!(answer.body["message"].as_str().is_some_and(|text| !text.is_empty()), "{}", answer.text);
}

#[tokio::test]
async fn the_body_or_the_header_or_the_keys_name_the_unit() {
    let orders = Orders::named("full").await;
    let own = orders.shop.keys.msn.clone();
    let number = json!(own.parse::<u32>().expect("it is there"));
    for (header, in_body) in [
        (Some(own.as_str()), json!(own)),
        (None, json!(own)),
        (None, number.clone()),
        (Some(&*own), number),
        (Some(&*own), json!(null)),
        (Some(&*own), json!("")),
        (None, json!(null)),
    ] {
        let body = with(&orders.minimal(10_000), MSN, in_body.clone());
        let answer = initiate(&orders, header, &body).await;
        assert_eq!(answer.status, 200, "{header:?} {in_body}: {}", answer.text);
    }
    let order_id = orders.initiated(10_000).await;
    let details = proven(&orders.shop, Method::GET, &format!("/ecomm/v2/payments/{order_id}/details"));
    Answer::of(details).await.is(200);
}

#[tokio::test]
async fn a_unit_that_the_keys_are_not_for_is_refused_wherever_it_is_named() {
    let orders = Orders::named("full").await;
    let own = orders.shop.keys.msn.clone();
    let other = Orders::named("second").await.shop.keys.msn;
    for (header, in_body) in [
        (None, json!(other)),
        (Some(other.as_str()), json!(null)),
        (Some(&*other), json!(own)),
        (Some(&*own), json!(other)),
        (Some(&*other), json!(other)),
        (None, json!("nonsense")),
    ] {
        let body = with(&orders.minimal(10_000), MSN, in_body.clone());
        is_at_the_gate(&initiate(&orders, header, &body).await, 401);
    }
    for value in [json!({}), json!(1.5), json!(true)] {
        let body = with(&orders.minimal(10_000), MSN, value);
        names_field(&initiate(&orders, Some(&own), &body).await, "merchantInfo.merchantSerialNumber");
    }
}

#[tokio::test]
async fn a_partner_names_a_unit_that_is_linked_to_it() {
    let stack = Stack::shared();
    let keys = Keys { msn: "300001".to_owned(), ..stack.keys("partner").clone() };
    let orders = Orders { shop: Shop::open(stack, &keys).await };
    let body = orders.minimal(10_000);
    initiate(&orders, None, &body).await.is(200);
    initiate(&orders, Some("300001"), &orders.minimal(10_000)).await.is(200);
    initiate(&orders, Some("300001"), &without(&orders.minimal(10_000), MSN)).await.is(200);
    for (header, in_body) in [
        (None, json!(null)),
        (None, json!("500001")),
        (Some("500001"), json!("300001")),
        (Some("300001"), json!("500001")),
    ] {
        let body = with(&orders.minimal(10_000), MSN, in_body);
        is_at_the_gate(&initiate(&orders, header, &body).await, 403);
    }
    // Two units of whom both are the partner's: then it is not said which is meant.
    let both = with(&orders.minimal(10_000), MSN, json!("400001"));
    names_field(&initiate(&orders, Some("300001"), &both).await, "merchantInfo.merchantSerialNumber");
    let order_id = orders.reserved(10_000).await;
    orders.capture(&order_id, None).await.is(200);
}

#[tokio::test]
async fn without_a_token_or_a_subscription_key_nothing_is_read() {
    let shop = Shop::named("full").await;
    for (method, path, body) in operations(&shop, &fresh_reference()) {
        let bare = || {
            let request = shop.bare(method.clone(), &path);
            let request = request.header("Merchant-Serial-Number", &shop.keys.msn);
            if let Some(body) = &body { request.json(body) } else { request }
        };
        is_at_the_gate(&Answer::of(bare()).await, 401);
        let token = format!("Bearer {}", shop.token);
        is_at_the_gate(&Answer::of(bare().header("Authorization", &token)).await, 401);
        let foreign =
            bare().header("Authorization", &token).header("Ocp-Apim-Subscription-Key", "0".repeat(32));
        is_at_the_gate(&Answer::of(foreign).await, 401);
    }
}
