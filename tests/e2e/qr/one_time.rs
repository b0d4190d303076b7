//! `POST /qr/v1`: the code of one payment, as long as it waits.

use kvitt_tests::{Answer, Shop, Stack, StackPlan};
use reqwest::Method;
use serde_json::{Value, json};

use super::{fetch, scan, scanned};

async fn code(shop: &Shop, accept: &str, url: &Value) -> Answer {
    let request = shop.request(Method::POST, "/qr/v1").header("Accept", accept);
    Answer::of(request.json(&json!({"url": url}))).await
}

#[tokio::test]
async fn a_payments_url_becomes_a_code_that_opens_it() {
    let shop = Shop::named("full").await;
    let made = shop.create(&shop.minimal(12_300)).await;
    let landing = made.is(201)["redirectUrl"].clone();
    let answer = code(&shop, "image/png", &landing).await;
    let left = answer.is(200)["expiresIn"].as_i64().expect("a number");
    assert!((570..=600).contains(&left), "{left}");
    let text = scanned(&shop, answer.body["url"].as_str().expect("a text")).await;
    let seen = scan(&shop, &shop.phone, &text).await;
    assert_eq!(
        (&seen.is(200)["kind"], &seen.body["payment"]["reference"]),
        (&json!("PAYMENT"), &made.body["reference"])
    );
    let target = code(&shop, "text/targetUrl", &landing).await;
    assert_eq!(target.is(200)["url"], landing);

    // Of eCom too.
    let order = json!({
        "merchantInfo": {"merchantSerialNumber": shop.keys.msn, "callbackPrefix": "https://shop.example/cb", "fallBack": "https://shop.example/"},
        "transaction": {"orderId": kvitt_tests::requests::fresh_reference(), "amount": 5_000, "transactionText": "Coffee"},
        "customerInfo": {},
    });
    let ordered = Answer::of(shop.request(Method::POST, "/ecomm/v2/payments").json(&order)).await;
    let answer = code(&shop, "image/*", &ordered.is(200)["url"]).await;
    assert_eq!(fetch(&shop, answer.is(200)["url"].as_str().expect("a text")).await.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_ends_with_its_payment() {
    let stack = Stack::own(StackPlan::default()).await;
    let shop = Shop::open(&stack, stack.keys("full")).await;
    let made = shop.create(&shop.minimal(12_300)).await;
    let landing = made.is(201)["redirectUrl"].clone();
    let url =
        code(&shop, "image/svg+xml", &landing).await.is(200)["url"].as_str().expect("a text").to_owned();
    assert_eq!(fetch(&shop, &url).await.status(), 200);
    Answer::of(shop.request(Method::POST, "/kvitt/v1/clock").json(&json!({"advance": "10m"}))).await.is(200);
    assert_eq!(fetch(&shop, &url).await.status(), 404);
    let late = code(&shop, "image/svg+xml", &landing).await;
    assert_eq!((late.status, &late.body["title"]), (400, &json!("Order timeout")), "{}", late.text);
    stack.stop().await;
}

#[tokio::test]
async fn only_urls_of_the_units_own_payments_become_codes() {
    let shop = Shop::named("full").await;
    let foreign = Shop::named("second").await;
    let theirs = foreign.create(&foreign.minimal(1_000)).await.is(201)["redirectUrl"].clone();
    for wrong in [
        theirs,
        json!("https://landing.example/?token=made-up"),
        json!("https://example.com/"),
        json!("token"),
        json!(null),
        json!(7),
    ] {
        let refused = code(&shop, "image/png", &wrong).await;
        assert_eq!(refused.status, 400, "{wrong}: {}", refused.text);
        assert_eq!(
            (&refused.body["title"], &refused.body["invalidParams"][0]["name"]),
            (&json!("Validation error"), &json!("url")),
            "{}",
            refused.text
        );
    }
}
