//! Reference, amount and currency.

use kvitt_tests::requests::{amount, fresh_reference, web_redirect, with};
use kvitt_tests::{Answer, Shop};
use reqwest::Method;
use serde_json::json;

#[tokio::test]
async fn p14_a_minimal_create_answers_201_with_a_redirect_url_and_the_reference() {
    let shop = Shop::named("full").await;
    let body = shop.minimal(100);
    let answer = shop.create(&body).await;
    let created = answer.is(201).as_object().unwrap();
    assert_eq!(created["reference"], body["reference"]);
    assert!(created["redirectUrl"].as_str().unwrap().starts_with("https://"));
    assert_eq!(created.len(), 2, "{created:?}");
}

#[tokio::test]
async fn p15_a_reference_outside_the_pattern_is_a_field_error() {
    let shop = Shop::named("full").await;
    for reference in
        ["1234567", &"x".repeat(65), "with_underscore", "", "with space", "ordre-æøå", "12345678\n"]
    {
        let answer = shop.create(&web_redirect(reference, "NOK", 10_000)).await;
        answer.names_field("reference");
        let details = answer.body["extraDetails"].as_array().unwrap();
        let detail = details.iter().find(|detail| detail["name"] == "reference").unwrap();
        let pattern = "The field Reference must match the regular expression '^[a-zA-Z0-9-]{8,64}$'.";
        assert_eq!(detail["reason"], pattern, "{reference}");
    }
    for len in [8, 64] {
        let reference = &format!("{}{}", fresh_reference(), "x".repeat(64))[..len];
        let reference = if len == 8 { &fresh_reference()[6..14] } else { reference };
        shop.create(&web_redirect(reference, "NOK", 10_000)).await.is(201);
    }
}

#[tokio::test]
async fn p16_a_reference_is_used_once() {
    let shop = Shop::named("full").await;
    let body = shop.minimal(10_000);
    shop.create(&body).await.is(201);
    shop.create(&body).await.refused(409, "4150");
    shop.create(&with(&body, "/amount/value", json!(20_000))).await.refused(409, "4150");
    let reference = body["reference"].as_str().unwrap();
    assert_eq!(shop.event_names(reference).await, ["CREATED"]);
    let second = Shop::named("second").await;
    second.create(&body).await.is(201);
}

#[tokio::test]
async fn p19_the_minimum_is_that_of_the_currency() {
    let shop = Shop::named("full").await;
    let below = shop.minimal(99);
    shop.create(&below).await.refused(400, "6010");
    shop.payment(below["reference"].as_str().unwrap()).await.refused(404, "5090");
    shop.create(&shop.minimal(100)).await.is(201);
    for unit in ["danish", "finnish"] {
        let shop = Shop::named(unit).await;
        shop.create(&shop.minimal(1)).await.is(201);
        shop.create(&shop.minimal(0)).await.refused(400, "6010");
    }
}

#[tokio::test]
async fn p20_a_fraction_of_a_minor_unit_is_refused_with_4040() {
    let shop = Shop::named("full").await;
    for text in ["100.5", "1e-1", "10000.0000001", "-1", "65000001", "99999999999999999999", "1e30"] {
        let reference = fresh_reference();
        let body = web_redirect(&reference, "NOK", 777_777).to_string().replace("777777", text);
        let answer = shop.post_bytes("/epayment/v1/payments", body).await;
        answer.refused(400, "4040");
        shop.payment(&reference).await.refused(404, "5090");
    }
    shop.create(&shop.minimal(65_000_000)).await.is(201);
}

#[tokio::test]
async fn p21_a_currency_of_another_market_is_refused_with_5040() {
    let shop = Shop::named("full").await;
    for currency in ["DKK", "EUR", "SEK"] {
        let body = with(&shop.minimal(10_000), "/amount", amount(currency, 10_000));
        shop.create(&body).await.refused(400, "5040");
    }
    let danish = Shop::named("danish").await;
    danish
        .create(&with(&danish.minimal(10_000), "/amount", amount("NOK", 10_000)))
        .await
        .refused(400, "5040");
}

#[tokio::test]
async fn p32_a_create_without_an_idempotency_key_is_refused() {
    let shop = Shop::named("full").await;
    let body = shop.minimal(10_000);
    let request = || shop.request(Method::POST, "/epayment/v1/payments").json(&body);
    Answer::of(request()).await.problem(400);
    Answer::of(request().header("Idempotency-Key", "")).await.problem(400);
    Answer::of(request().header("Idempotency-Key", "k".repeat(51))).await.problem(400);
    shop.payment(body["reference"].as_str().unwrap()).await.refused(404, "5090");
}
