//! `POST /miami/v1/token`, and what it has in common with `POST /accesstoken/get`.

use kvitt_tests::{Answer, Shop, Stack, StackPlan};
use reqwest::Method;
use serde_json::Value;

use super::Manager;

/// The form without and with its parts, and headers besides.
async fn ask(manager: &Manager, form: &'static str, headers: &[(&str, &str)]) -> Answer {
    let keys = Stack::shared().keys("accounting");
    let mut request = manager
        .bare(Method::POST, "/miami/v1/token")
        .basic_auth(&keys.client_id, Some(&keys.client_secret))
        .header("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
        .body(form);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    Answer::of(request).await
}

#[track_caller]
fn invalid_client(answer: &Answer) {
    assert!(matches!(answer.status, 400 | 401), "{} {}", answer.status, answer.text);
    assert_eq!(answer.body["error"], "invalid_client", "{}", answer.text);
    assert!(answer.body["error_description"].is_string(), "{}", answer.text);
    assert_eq!(answer.body["access_token"], Value::Null, "{}", answer.text);
}

#[tokio::test]
async fn p8_a_specialised_token_needs_basic_and_a_grant_and_no_subscription_key() {
    let stack = Stack::shared();
    let manager = Manager::nobody(stack);
    for name in ["accounting", "partner_management", "merchant_management"] {
        let keys = stack.keys(name);
        let answer = Answer::of(manager.token_request(&keys.client_id, &keys.client_secret)).await;
        let body = answer.is(200);
        assert_eq!((&body["token_type"], &body["expires_in"]), (&"Bearer".into(), &900.into()), "{name}");
        assert_eq!(body["access_token"].as_str().unwrap().split('.').count(), 3, "{name}");
        assert_eq!(body.as_object().unwrap().len(), 3, "{name}");
        assert_eq!(answer.headers["cache-control"], "no-store");
    }
    ask(&manager, "grant_type=client_credentials&scope=anything", &[]).await.is(200);
    for form in ["", "scope=anything", "grant_type=password", "{\"grant_type\":\"client_credentials\"}"] {
        invalid_client(&ask(&manager, form, &[]).await);
    }
    let key = ("Ocp-Apim-Subscription-Key", stack.keys("full").primary.as_str());
    invalid_client(&ask(&manager, "grant_type=client_credentials", &[key]).await);
}

#[tokio::test]
async fn m35_a_subscription_key_is_refused_whatever_it_is() {
    let manager = Manager::nobody(Stack::shared());
    for key in ["", "nonsense", Stack::shared().keys("partner").primary.as_str()] {
        let headers = [("Ocp-Apim-Subscription-Key", key)];
        invalid_client(&ask(&manager, "grant_type=client_credentials", &headers).await);
    }
}

#[tokio::test]
async fn wrong_credentials_and_keys_of_another_kind_are_refused_alike() {
    let stack = Stack::shared();
    let manager = Manager::nobody(stack);
    let (accounting, unit, partner) = (stack.keys("accounting"), stack.keys("full"), stack.keys("partner"));
    let pairs = [
        (accounting.client_id.as_str(), "wrong"),
        (accounting.client_id.as_str(), ""),
        ("", ""),
        ("00000000-0000-4000-8000-000000000000", accounting.client_secret.as_str()),
        ("not-a-guid", accounting.client_secret.as_str()),
        (unit.client_id.as_str(), unit.client_secret.as_str()),
        (partner.client_id.as_str(), partner.client_secret.as_str()),
    ];
    for (id, secret) in pairs {
        let answer = Answer::of(manager.token_request(id, secret)).await;
        assert_eq!(answer.status, 401, "{id}: {}", answer.text);
        invalid_client(&answer);
    }
    for authorization in ["Basic", "Basic ?", "Bearer aWQ6eA=="] {
        let request = manager
            .bare(Method::POST, "/miami/v1/token")
            .header("Authorization", authorization)
            .body("grant_type=client_credentials");
        let answer = Answer::of(request).await;
        assert_eq!(answer.status, 401, "{authorization}: {}", answer.text);
        invalid_client(&answer);
    }
}

#[tokio::test]
async fn a_form_is_small() {
    let manager = Manager::nobody(Stack::shared());
    let keys = Stack::shared().keys("accounting");
    let request = manager.token_request(&keys.client_id, &keys.client_secret).body("x".repeat(5_000));
    let answer = Answer::of(request).await;
    assert_eq!((answer.status, &answer.body["statusCode"]), (413, &413.into()), "{}", answer.text);
}

#[tokio::test]
async fn a_specialised_token_opens_no_payment() {
    let stack = Stack::shared();
    let shop = Shop::named("full").await;
    let reference = shop.created(10_000).await;
    for name in ["accounting", "partner_management", "merchant_management"] {
        let mut thief = shop.clone();
        thief.token = Manager::specialised(stack, name).await.token;
        for answer in [thief.payment(&reference).await, thief.create(&thief.minimal(10_000)).await] {
            assert!(matches!(answer.status, 401 | 403), "{name}: {} {}", answer.status, answer.text);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn m33_a_standard_token_tells_its_life_as_a_string_an_hour_in_test_and_a_day_in_production() {
    let answer = Answer::of(Shop::named("full").await.token_request()).await;
    assert_eq!(answer.is(200)["expires_in"], "3600");
    let plan = StackPlan { token_life_seconds: Some(86_400), ..StackPlan::default() };
    let stack = Stack::own(plan).await;
    let shop = Shop::open(&stack, stack.keys("full")).await;
    let answer = Answer::of(shop.token_request()).await;
    let seconds: i64 = answer.is(200)["expires_in"].as_str().unwrap().parse().unwrap();
    assert!((86_395..=86_400).contains(&seconds), "{seconds}");
    // The other kind lives as long in every environment.
    let keys = stack.keys("accounting");
    let answer =
        Answer::of(Manager::nobody(&stack).token_request(&keys.client_id, &keys.client_secret)).await;
    assert_eq!(answer.is(200)["expires_in"], 900);
    stack.stop().await;
}
