//! `POST /accesstoken/get`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kvitt_runtime::wall_now;
use kvitt_tests::{Answer, Shop};
use reqwest::Method;
use serde_json::Value;

const FIELDS: [&str; 7] =
    ["token_type", "expires_in", "ext_expires_in", "expires_on", "not_before", "resource", "access_token"];

#[tokio::test]
async fn p1_the_token_answer_has_seven_fields_and_all_are_strings() {
    let shop = Shop::named("full").await;
    let answer = Answer::of(shop.token_request()).await;
    let body = answer.is(200).as_object().unwrap();
    assert_eq!(body.len(), FIELDS.len(), "{body:?}");
    for field in FIELDS {
        assert!(body[field].is_string(), "{field} is not a string: {body:?}");
    }
    assert_eq!(body["token_type"], "Bearer");
    assert_eq!(body["resource"], "00000002-0000-0000-c000-000000000000");
    assert_eq!(
        answer.headers["content-type"].to_str().unwrap().to_lowercase(),
        "application/json;charset=utf-8"
    );
}

#[tokio::test]
async fn p2_the_path_is_matched_in_any_case() {
    let shop = Shop::named("full").await;
    for path in ["/accessToken/get", "/AccessToken/Get", "/accesstoken/get/"] {
        let request = shop
            .bare(Method::POST, path)
            .header("client_id", &shop.keys.client_id)
            .header("client_secret", &shop.keys.client_secret)
            .header("Ocp-Apim-Subscription-Key", &shop.keys.primary);
        let answer = Answer::of(request).await;
        assert_eq!(answer.is(200)["token_type"], "Bearer", "{path}");
    }
}

#[tokio::test]
async fn p3_the_token_is_a_jwt_whose_exp_is_expires_on() {
    let shop = Shop::named("full").await;
    let answer = Answer::of(shop.token_request()).await;
    let body = answer.is(200);
    let parts: Vec<&str> = body["access_token"].as_str().unwrap().split('.').collect();
    assert_eq!(parts.len(), 3);
    let decoded: Vec<Vec<u8>> = parts.iter().map(|part| URL_SAFE_NO_PAD.decode(part).unwrap()).collect();
    let header: Value = serde_json::from_slice(&decoded[0]).unwrap();
    assert_eq!(header["alg"], "EdDSA");
    assert!(header["kid"].is_string());
    let payload: Value = serde_json::from_slice(&decoded[1]).unwrap();
    assert_eq!(payload["exp"].as_i64().unwrap().to_string(), body["expires_on"].as_str().unwrap());
    assert_eq!(payload["nbf"].as_i64().unwrap().to_string(), body["not_before"].as_str().unwrap());
}

#[tokio::test]
async fn p4_a_token_lives_one_hour_and_a_second_one_leaves_the_first_usable() {
    let shop = Shop::named("full").await;
    let asked_at = wall_now().timestamp();
    let answer = Answer::of(shop.token_request()).await;
    let body = answer.is(200);
    let seconds: i64 = body["expires_in"].as_str().unwrap().parse().unwrap();
    assert!((3595..=3605).contains(&seconds), "{seconds}");
    let expires_on: i64 = body["expires_on"].as_str().unwrap().parse().unwrap();
    assert!((asked_at + 3595..=asked_at + 3610).contains(&expires_on), "{expires_on}");

    let mut other = shop.clone();
    other.token = body["access_token"].as_str().unwrap().to_owned();
    assert_ne!(other.token, shop.token);
    let reference = shop.created(10_000).await;
    assert_eq!(other.state(&reference).await, "CREATED");
    assert_eq!(shop.state(&reference).await, "CREATED");
}

#[tokio::test]
async fn p5_a_subscription_key_that_is_missing_or_unknown_is_named() {
    let shop = Shop::named("full").await;
    let keys = &shop.keys;
    for absent in [None, Some("")] {
        let answer = Answer::of(shop.token_request_with(&keys.client_id, &keys.client_secret, absent)).await;
        assert_eq!(answer.status, 401, "{}", answer.text);
        assert_eq!(answer.body["statusCode"], 401);
        assert_eq!(
            answer.body["message"],
            "Access denied due to missing subscription key. Make sure to include subscription key when making \
             requests to an API."
        );
    }
    let unknown = Some("00000000000000000000000000000000");
    let answer = Answer::of(shop.token_request_with(&keys.client_id, &keys.client_secret, unknown)).await;
    assert_eq!(answer.status, 401, "{}", answer.text);
    assert_eq!(answer.body["statusCode"], 401);
    assert_eq!(
        answer.body["message"],
        "Access denied due to invalid subscription key. Make sure to provide a valid key for an active subscription."
    );
}

#[tokio::test]
async fn p6_a_wrong_secret_is_refused_in_the_form_of_oauth() {
    let shop = Shop::named("full").await;
    let keys = &shop.keys;
    let second = Shop::named("second").await.keys;
    let pairs = [
        (keys.client_id.as_str(), "wrong-secret-of-some-length"),
        (keys.client_id.as_str(), second.client_secret.as_str()),
        ("00000000-0000-4000-8000-000000000000", keys.client_secret.as_str()),
        ("not-a-guid", keys.client_secret.as_str()),
        ("", ""),
    ];
    for (id, secret) in pairs {
        let answer = Answer::of(shop.token_request_with(id, secret, Some(&keys.primary))).await;
        assert!(matches!(answer.status, 400 | 401), "{id}: {} {}", answer.status, answer.text);
        assert!(matches!(answer.body["error"].as_str(), Some("unauthorized_client" | "invalid_client")));
        assert!(answer.body["error_description"].is_string(), "{}", answer.text);
        let codes = answer.body["error_codes"].as_array().unwrap();
        assert!(!codes.is_empty() && codes.iter().all(Value::is_i64), "{}", answer.text);
        for field in ["timestamp", "trace_id", "correlation_id", "error_uri"] {
            assert!(answer.body[field].is_string(), "{field}: {}", answer.text);
        }
        assert!(!answer.text.contains(secret) || secret.is_empty(), "a secret is never given back");
    }
}

#[tokio::test]
async fn p7_an_empty_bearer_and_any_content_type_do_not_matter() {
    let shop = Shop::named("full").await;
    let plain = Answer::of(shop.token_request().header("Authorization", "Bearer ")).await;
    plain.is(200);
    let kinds = ["application/json", "application/x-www-form-urlencoded", "text/plain; charset=\"utf-8\""];
    for kind in kinds {
        let request = shop
            .bare(Method::POST, "/accesstoken/get")
            .header("client_id", &shop.keys.client_id)
            .header("client_secret", &shop.keys.client_secret)
            .header("Ocp-Apim-Subscription-Key", &shop.keys.primary)
            .header("Content-Type", kind)
            .header("Authorization", "Bearer ");
        Answer::of(request).await.is(200);
    }
}

#[tokio::test]
async fn p9_the_secondary_subscription_key_works_wherever_the_primary_does() {
    let mut shop = Shop::named("full").await;
    shop.keys.primary.clone_from(&shop.keys.secondary);
    shop.renew_token().await;
    let reference = shop.authorized(10_000).await;
    shop.capture(&reference, 4_000).await.is(200);
    shop.refund(&reference, 1_000).await.is(200);
    shop.cancel(&reference).await.is(200);
    assert_eq!(shop.sums(&reference).await, [10_000, 4_000, 6_000, 1_000]);
    assert!(!shop.events(&reference).await.is_empty());
}

#[tokio::test]
async fn a_subscription_key_of_another_unit_does_not_go_with_the_secret() {
    let shop = Shop::named("full").await;
    let second = Shop::named("second").await.keys;
    let keys = &shop.keys;
    let request = shop.token_request_with(&keys.client_id, &keys.client_secret, Some(&second.primary));
    let answer = Answer::of(request).await;
    assert_eq!(answer.status, 401, "{}", answer.text);
    assert_eq!(answer.body["access_token"], Value::Null);
}

#[tokio::test]
async fn the_token_call_needs_no_merchant_serial_number_and_ignores_one() {
    let shop = Shop::named("full").await;
    Answer::of(shop.token_request().header("Merchant-Serial-Number", &shop.keys.msn)).await.is(200);
    Answer::of(shop.token_request().header("Vipps-System-Name", "")).await.is(200);
}
