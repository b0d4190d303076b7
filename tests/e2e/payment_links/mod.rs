//! `/kvitt/v1/payment-links` and `/kvitt/v1/links`: payments that begin with a link.

mod links;
mod paying;

use kvitt_proto::merchant::v1::Feature;
use kvitt_tests::requests::fresh_key;
use kvitt_tests::{Answer, PayerPlan, Shop, Stack, UnitPlan};
use reqwest::Method;
use serde_json::{Value, json};

/// Every operation that needs a token: method, path and a body. None of the paths names anything.
pub(crate) fn operations() -> Vec<(Method, &'static str, Option<Value>)> {
    vec![
        (Method::POST, "/kvitt/v1/payment-links", Some(json!({"title": "Socks"}))),
        (Method::GET, "/kvitt/v1/payment-links", None),
        (Method::GET, "/kvitt/v1/payment-links/{paymentLinkId}", None),
        (Method::POST, "/kvitt/v1/payment-links/{paymentLinkId}/deactivate", None),
        (Method::GET, "/kvitt/v1/links/{token}", None),
        (Method::POST, "/kvitt/v1/links/{token}/payments", Some(json!({}))),
    ]
}

/// A shop of the test's own that has payment links.
async fn shop() -> Shop {
    let stack = Stack::shared();
    let features = vec![Feature::PushMessage, Feature::PaymentLinks];
    let keys = stack.open_unit(UnitPlan { features, ..UnitPlan::default() }).await;
    Shop::open(stack, &keys).await
}

/// What is asked for by most links here.
fn socks() -> Value {
    json!({"title": "Socks", "amount": {"currency": "NOK", "value": 10_000}})
}

async fn make(shop: &Shop, body: &Value) -> Answer {
    Answer::of(shop.request(Method::POST, "/kvitt/v1/payment-links").json(body)).await
}

async fn link(shop: &Shop, id: &str) -> Value {
    shop.get(&format!("/kvitt/v1/payment-links/{id}")).await.is(200).clone()
}

fn id(made: &Answer) -> String {
    text(&made.body, "paymentLinkId", made)
}

/// What stands at the end of the link's URL.
fn token(made: &Answer) -> String {
    let url = text(&made.body, "url", made);
    url.rsplit('/').next().expect("a last segment").to_owned()
}

fn text(body: &Value, name: &str, answer: &Answer) -> String {
    body[name].as_str().unwrap_or_else(|| panic!("{name} is no text: {}", answer.text)).to_owned()
}

/// Begins a payment by the link.
async fn begin(shop: &Shop, token: &str, body: &Value) -> Answer {
    begin_keyed(shop, token, (&fresh_key(), body)).await
}

async fn begin_keyed(shop: &Shop, token: &str, (key, body): (&str, &Value)) -> Answer {
    shop.post(&format!("/kvitt/v1/links/{token}/payments"), key, body).await
}

/// A payer of the test's own pays by the link, one who has spent so little that nobody asks for more; the payment's reference.
async fn pay(shop: &Shop, token: &str) -> String {
    let payer = Stack::shared().open_payer(PayerPlan::default()).await;
    let begun = begin(shop, token, &json!({})).await;
    begun.is(200);
    let reference = text(&begun.body, "reference", &begun);
    let path = format!("/kvitt/v1/payments/{reference}/payer/approve");
    let yes = json!({"phoneNumber": payer.phone, "consent": true});
    let answered = Answer::of(shop.request(Method::POST, &path).json(&yes)).await;
    assert_eq!(answered.is(200), &json!({}), "it is approved");
    reference
}
