//! Who may call `/epayment/v1` at all.

use kvitt_testing::eventually;
use kvitt_tests::requests::{fresh_key, fresh_reference, modification};
use kvitt_tests::{Answer, Shop, Stack, StackPlan};
use reqwest::Method;
use serde_json::{Value, json};

/// Every operation that needs a token: method, path for a reference, and a body.
pub(crate) fn operations(shop: &Shop, reference: &str) -> Vec<(Method, String, Option<Value>)> {
    let at = |rest: &str| format!("/epayment/v1/payments/{reference}{rest}");
    let amount = modification(&shop.keys.currency, 100);
    vec![
        (Method::POST, "/epayment/v1/payments".to_owned(), Some(shop.minimal(10_000))),
        (Method::GET, at(""), None),
        (Method::GET, at("/events"), None),
        (Method::POST, at("/capture"), Some(amount.clone())),
        (Method::POST, at("/refund"), Some(amount)),
        (Method::POST, at("/cancel"), None),
        (
            Method::POST,
            format!("/epayment/v1/test/payments/{reference}/approve"),
            Some(json!({"customer": {"phoneNumber": shop.phone}})),
        ),
        (Method::GET, "/kvitt/v1/clock".to_owned(), None),
        (Method::POST, "/kvitt/v1/clock".to_owned(), Some(json!({"advance": "1s"}))),
        (Method::GET, "/kvitt/v1/faults".to_owned(), None),
        (Method::POST, "/kvitt/v1/faults".to_owned(), Some(json!({"fault": "acquirer.decline"}))),
        (Method::DELETE, "/kvitt/v1/faults".to_owned(), None),
        (Method::DELETE, "/kvitt/v1/faults/{faultId}".to_owned(), None),
    ]
}

/// Calls every operation with these headers (and an idempotency key) and gives the answers.
async fn everywhere(shop: &Shop, headers: &[(&str, &str)]) -> Vec<Answer> {
    let mut answers = Vec::new();
    for (method, path, body) in operations(shop, &fresh_reference()) {
        let mut request = shop.bare(method, &path).header("Idempotency-Key", fresh_key());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        answers.push(Answer::of(request).await);
    }
    answers
}

#[tokio::test]
async fn p10_without_a_bearer_token_every_operation_answers_401() {
    let shop = Shop::named("full").await;
    let rest = [
        ("Ocp-Apim-Subscription-Key", shop.keys.primary.as_str()),
        ("Merchant-Serial-Number", &shop.keys.msn),
    ];
    let basic = format!("Basic {}", shop.token);
    for authorization in [None, Some(shop.token.as_str()), Some("Bearer"), Some("Bearer "), Some(&basic)] {
        let mut headers = rest.to_vec();
        headers.extend(authorization.map(|value| ("Authorization", value)));
        for answer in everywhere(&shop, &headers).await {
            assert_eq!(answer.status, 401, "{authorization:?}: {}", answer.text);
            assert!(answer.body.is_object(), "a 401 is JSON: {}", answer.text);
        }
    }
}

#[tokio::test]
async fn the_word_bearer_is_taken_in_any_case() {
    let shop = Shop::named("full").await;
    let reference = shop.created(10_000).await;
    for word in ["bearer", "BEARER", "Bearer"] {
        let request = shop
            .bare(Method::GET, &format!("/epayment/v1/payments/{reference}"))
            .header("Authorization", format!("{word} {}", shop.token))
            .header("Ocp-Apim-Subscription-Key", &shop.keys.primary)
            .header("Merchant-Serial-Number", &shop.keys.msn);
        Answer::of(request).await.is(200);
    }
}

#[tokio::test]
async fn a_forged_token_answers_401() {
    let shop = Shop::named("full").await;
    let parts: Vec<&str> = shop.token.split('.').collect();
    let other = Shop::named("second").await;
    let other_parts: Vec<&str> = other.token.split('.').collect();
    // {"alg":"none"}
    let none = format!("eyJhbGciOiJub25lIn0.{}.", parts[1]);
    let forged = [
        "nonsense".to_owned(),
        "a.b.c".to_owned(),
        none,
        format!("{}.{}.{}", parts[0], other_parts[1], parts[2]),
        format!("{}.{}.{}", parts[0], parts[1], other_parts[2]),
        format!("{}A", shop.token),
    ];
    for token in forged {
        let mut thief = shop.clone();
        thief.token = token;
        let answer = thief.get(&format!("/epayment/v1/payments/{}", fresh_reference())).await;
        assert_eq!(answer.status, 401, "{}: {}", thief.token, answer.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn p11_an_expired_token_answers_401() {
    let stack = Stack::own(StackPlan { token_life_seconds: Some(2), ..StackPlan::default() }).await;
    let mut shop = Shop::open(&stack, stack.keys("full")).await;
    let reference = shop.created(10_000).await;
    let path = format!("/epayment/v1/payments/{reference}");
    eventually!(shop.get(&path).await.status == 401);
    let create = shop.create(&shop.minimal(10_000)).await;
    assert_eq!(create.status, 401, "{}", create.text);
    shop.renew_token().await;
    shop.get(&path).await.is(200);
    stack.stop().await;
}

#[tokio::test]
async fn p13_a_foreign_merchant_serial_number_never_shows_that_units_data() {
    let shop = Shop::named("full").await;
    let second = Shop::named("second").await;
    let reference = second.authorized(10_000).await;
    let mut thief = shop.clone();
    thief.keys.msn.clone_from(&second.keys.msn);
    for (method, path, body) in operations(&thief, &reference) {
        let mut request = thief.request(method, &path).header("Idempotency-Key", fresh_key());
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = Answer::of(request).await;
        assert!(matches!(answer.status, 401 | 403), "{path}: {} {}", answer.status, answer.text);
        assert!(!answer.text.contains("aggregate"), "{}", answer.text);
    }
    assert_eq!(second.sums(&reference).await, [10_000, 0, 0, 0]);
    assert_eq!(second.event_names(&reference).await, ["CREATED", "AUTHORIZED"]);
}

#[tokio::test]
async fn a_subscription_key_must_be_there_and_belong_to_the_token() {
    let shop = Shop::named("full").await;
    let second = Shop::named("second").await.keys;
    let bearer = format!("Bearer {}", shop.token);
    let rest = [("Authorization", bearer.as_str()), ("Merchant-Serial-Number", &shop.keys.msn)];
    let unknown = "0".repeat(32);
    for key in [None, Some(""), Some("short"), Some(unknown.as_str()), Some(second.primary.as_str())] {
        let mut headers = rest.to_vec();
        headers.extend(key.map(|value| ("Ocp-Apim-Subscription-Key", value)));
        for answer in everywhere(&shop, &headers).await {
            assert!(matches!(answer.status, 401 | 403), "{key:?}: {} {}", answer.status, answer.text);
        }
    }
}

#[tokio::test]
async fn without_a_merchant_serial_number_the_keys_name_the_unit() {
    let shop = Shop::named("full").await;
    let reference = fresh_reference();
    let request = shop
        .bare(Method::POST, "/epayment/v1/payments")
        .header("Authorization", format!("Bearer {}", shop.token))
        .header("Ocp-Apim-Subscription-Key", &shop.keys.primary)
        .header("Idempotency-Key", fresh_key())
        .json(&kvitt_tests::requests::web_redirect(&reference, "NOK", 10_000));
    Answer::of(request).await.is(201);
    assert_eq!(shop.state(&reference).await, "CREATED");
}

#[tokio::test]
async fn a_merchant_serial_number_that_is_none_answers_a_clean_4xx() {
    let shop = Shop::named("full").await;
    for msn in ["abc", "123", "12345678901", "999999"] {
        let mut other = shop.clone();
        other.keys.msn = msn.to_owned();
        let answer = other.create(&other.minimal(10_000)).await;
        assert!(matches!(answer.status, 400 | 401 | 403), "{msn}: {} {}", answer.status, answer.text);
    }
}
