//! What a merchant does with a session.

use kvitt_tests::Answer;
use kvitt_tests::requests::{fresh_key, fresh_reference};
use reqwest::Method;
use serde_json::{Value, json};

use super::{Seller, code};

#[tokio::test]
async fn a_session_is_opened_and_read() {
    let seller = Seller::named("full").await;
    let body = seller.minimal();
    let created = seller.create(&body).await;
    let created = created.is(200);
    let reference = body["transaction"]["reference"].as_str().expect("a text");
    assert!(created["token"].as_str().is_some_and(|token| token.len() > 40));
    assert!(created["checkoutFrontendUrl"].as_str().is_some_and(|url| url.starts_with("https://")));
    let polling = created["pollingUrl"].as_str().expect("a text");
    assert_eq!(polling, format!("{}/checkout/v3/session/{reference}", seller.shop.base));
    let read = seller.read(reference).await;
    let read = read.is(200);
    let session_id = read["sessionId"].as_str().expect("a text");
    assert_eq!(session_id.len(), 22);
    let expected = json!({
        "sessionId": session_id, "merchantSerialNumber": seller.shop.keys.msn, "reference": reference,
        "sessionState": "SessionCreated",
    });
    assert_eq!(read, &expected);
}

#[tokio::test]
async fn a_reference_can_be_used_once_and_a_key_answers_alike() {
    let seller = Seller::named("full").await;
    let body = seller.minimal();
    let keyed = |key: &str, body: &Value| {
        let request = seller.request(Method::POST, "/checkout/v3/session").json(body);
        Answer::of(request.header("Idempotency-Key", key))
    };
    let key = fresh_key();
    let first = keyed(&key, &body).await;
    assert_eq!(keyed(&key, &body).await.is(200), first.is(200));
    assert_eq!(code(&seller.create(&body).await, 409), "ReferenceExists");
    assert_eq!(code(&keyed(&fresh_key(), &body).await, 409), "ReferenceExists");
    assert_eq!(code(&keyed(&key, &seller.minimal()).await, 409), "IdempotencyConflict");
}

#[tokio::test]
async fn every_broken_field_is_named_by_its_path() {
    let seller = Seller::named("full").await;
    let mut body = seller.minimal();
    body["merchantInfo"]["callbackUrl"] = json!("https://169.254.169.254/latest");
    body["merchantInfo"]["callbackAuthorizationToken"] = Value::Null;
    body["transaction"]["reference"] = json!("short");
    body["transaction"]["amount"]["value"] = json!(-1);
    body["configuration"] = json!({"elements": "Everything"});
    body["logistics"] = json!({"fixedOptions": [{"id": "a", "brand": "POSTEN", "priority": 1, "isDefault": true,
        "amount": {"value": 1, "currency": "DKK"}}]});
    let answer = seller.create(&body).await;
    assert_eq!(code(&answer, 400), "FieldInvalid");
    // What JSON alone gets wrong is told first.
    let named: Vec<_> =
        answer.body["errors"].as_object().expect("it is there").keys().map(String::as_str).collect();
    assert_eq!(named, ["configuration.elements", "merchantInfo.callbackAuthorizationToken"]);
    body["merchantInfo"]["callbackAuthorizationToken"] = json!("token");
    body["configuration"] = Value::Null;
    let answer = seller.create(&body).await;
    let errors = answer.body["errors"].as_object().expect("it is there");
    let named: Vec<_> = errors.keys().map(String::as_str).collect();
    let expected = [
        "logistics.fixedOptions[0].amount.currency",
        "merchantInfo.callbackUrl",
        "transaction.amount.value",
        "transaction.reference",
    ];
    assert_eq!(named, expected, "{}", answer.text);
    assert_eq!(
        errors["transaction.amount.value"],
        json!(["The field Value must be between 0 and 65000000."])
    );
}

#[tokio::test]
async fn bodies_that_are_no_request_are_refused_in_the_words_of_checkout() {
    let seller = Seller::named("full").await;
    for body in ["", "{", "[]", "\"text\"", &"[".repeat(1000)] {
        let request = seller.request(Method::POST, "/checkout/v3/session").body(body.to_owned());
        let answer = Answer::of(request).await;
        assert!(["BodyMalformed", "FieldInvalid"].contains(&code(&answer, 400)), "{}", answer.text);
    }
    let large = seller.request(Method::POST, "/checkout/v3/session").body(" ".repeat(100_000));
    assert_eq!(code(&Answer::of(large).await, 413), "BodyTooLarge");
}

#[tokio::test]
async fn a_subscription_is_refused_by_its_name() {
    let seller = Seller::named("full").await;
    let mut body = seller.minimal();
    body["type"] = json!("SUBSCRIPTION");
    body["subscription"] = json!({"productName": "Socks"});
    let answer = seller.create(&body).await;
    assert_eq!(code(&answer, 400), "FieldInvalid");
    let named: Vec<_> = answer.body["errors"].as_object().expect("it is there").keys().collect();
    assert_eq!(named, ["subscription", "type"]);
}

#[tokio::test]
async fn another_currency_than_the_units_is_refused() {
    let seller = Seller::named("danish").await;
    assert_eq!(code(&seller.create(&seller.minimal()).await, 400), "InvalidCurrency");
}

#[tokio::test]
async fn an_open_session_is_changed_and_ended() {
    let seller = Seller::named("full").await;
    let reference = seller.opened(&seller.minimal()).await;
    let change = json!({
        "transaction": {"amount": {"value": 20_000, "currency": "NOK"}, "reference": reference},
        "logistics": {"fixedOptions": [{"id": "post", "brand": "POSTEN", "priority": 1, "isDefault": true,
            "amount": {"value": 3_000, "currency": "NOK"}}]},
    });
    assert_eq!(seller.patch(&reference, &change).await.is(200)["sessionState"], "SessionCreated");
    let page = seller.shop.get(&format!("/kvitt/v1/checkout/sessions/{reference}")).await;
    assert_eq!(page.is(200)["amount"], json!({"value": 20_000, "currency": "NOK"}));
    assert_eq!(page.body["hasLogistics"], true);
    let negative = json!({"transaction": {"amount": {"value": -1, "currency": "NOK"}}});
    assert_eq!(code(&seller.patch(&reference, &negative).await, 400), "FieldInvalid");
    for _twice in 0..2 {
        assert_eq!(seller.expire(&reference).await.is(200)["sessionState"], "SessionExpired");
    }
    assert_eq!(code(&seller.patch(&reference, &change).await, 409), "SessionNotOpen");
    assert_eq!(seller.state(&reference).await, "SessionExpired");
    kvitt_testing::eventually!(seller.told(&reference) == ["SessionExpired"]);
    let unknown = fresh_reference();
    assert_eq!(code(&seller.patch(&unknown, &change).await, 400), "FieldInvalid", "it names another session");
    assert_eq!(code(&seller.patch(&unknown, &json!({})).await, 404), "NotFound");
    assert_eq!(code(&seller.expire(&unknown).await, 404), "NotFound");
}
