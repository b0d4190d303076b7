//! Test events.

use kvitt_signing::{Message, content_sha256};
use kvitt_tests::{Answer, Asked, MerchantServer, Shop};
use reqwest::Method;
use serde_json::{Value, json};

use super::registrations::{CAPTURED, own_shop, register, registered};

async fn ping(shop: &Shop, id: &str) -> Answer {
    Answer::of(shop.request(Method::POST, &format!("/kvitt/v1/webhooks/{id}/ping"))).await
}

/// The signature over what came, by this secret.
fn authorization(asked: &Asked, secret: &str, body: &str) -> String {
    let header = |name| asked.header(name).unwrap_or_default();
    assert_eq!(header("x-ms-content-sha256"), content_sha256(body.as_bytes()));
    let message = Message {
        method: "POST",
        path_and_query: asked.line.strip_prefix("POST ").expect("pings are posted"),
        date: header("x-ms-date"),
        host: header("host"),
        content_sha256: header("x-ms-content-sha256"),
    };
    message.authorization(secret)
}

#[tokio::test]
async fn a_ping_reaches_the_receiver_signed_and_answers_what_it_said() {
    let (shop, receiver) = (own_shop().await, MerchantServer::start(202, "taken").await);
    let url = receiver.url("/hook?callback=webhook");
    let made = register(&shop, &json!({"url": url, "events": [CAPTURED], "standardWebhooks": true})).await;
    let (id, secret) = (made.is(201)["id"].as_str().unwrap(), made.body["secret"].as_str().unwrap());
    let answer = ping(&shop, id).await;
    let delivery = answer.is(200);
    for (field, value) in [
        ("kind", json!("PING")),
        ("state", json!("DELIVERED")),
        ("webhookId", json!(id)),
        ("msn", json!(shop.keys.msn)),
        ("url", json!(url)),
        ("attemptCount", json!(1)),
    ] {
        assert_eq!(delivery[field], value, "{field}: {}", answer.text);
    }
    let attempts = delivery["attempts"].as_array().expect("there are tries");
    assert_eq!(attempts.len(), 1, "{}", answer.text);
    for (field, value) in [
        ("number", json!(1)),
        ("outcome", json!("SUCCEEDED")),
        ("status", json!(202)),
        ("answer", json!("taken")),
        ("tls", json!(false)),
        ("error", Value::Null),
    ] {
        assert_eq!(attempts[0][field], value, "{field}: {}", answer.text);
    }

    let asked = receiver.asked();
    let [asked] = &asked[..] else { panic!("one ping: {asked:?}") };
    assert_eq!(asked.line, "POST /hook?callback=webhook");
    assert_eq!((&asked.body["name"], &asked.body["msn"]), (&json!("PING"), &json!(shop.keys.msn)));
    assert_eq!(asked.body["pspReference"], delivery["eventId"]);
    let body = delivery["body"].as_str().expect("the body is shown");
    let expected = authorization(asked, secret, body);
    assert_eq!(asked.header("authorization"), Some(expected.as_str()));
    assert_eq!(asked.header("x-vipps-authorization"), Some(expected.as_str()));
    let parts = (asked.header("webhook-id").unwrap(), asked.header("webhook-timestamp").unwrap());
    assert_eq!(Some(parts.0), delivery["eventId"].as_str(), "the convention names the event");
    let expected = kvitt_signing::standard_webhooks(secret, parts, body.as_bytes());
    assert_eq!(asked.header("webhook-signature"), Some(expected.as_str()));
}

#[tokio::test]
async fn a_ping_that_fails_says_why_and_is_not_repeated() {
    let (shop, receiver) = (own_shop().await, MerchantServer::start(500, "broken").await);
    let id = registered(&shop, &receiver.url("/"), &[CAPTURED]).await;
    let answer = ping(&shop, &id).await;
    let delivery = answer.is(200);
    assert_eq!(delivery["state"], "GIVEN_UP", "{}", answer.text);
    let attempt = &delivery["attempts"][0];
    assert_eq!((&attempt["outcome"], &attempt["status"]), (&json!("STATUS"), &json!(500)), "{}", answer.text);
    assert_eq!(attempt["error"], "the answer's status is 500");

    let nobody = registered(&shop, "http://127.0.0.1:1/", &[CAPTURED]).await;
    let answer = ping(&shop, &nobody).await;
    assert_eq!(answer.is(200)["attempts"][0]["outcome"], "NOT_CONNECTED", "{}", answer.text);
    assert_eq!(receiver.asked().len(), 1);
}
