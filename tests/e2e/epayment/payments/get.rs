//! `GET /epayment/v1/payments/{reference}`.

use kvitt_tests::Shop;
use kvitt_tests::requests::{fresh_reference, with};
use serde_json::json;

#[tokio::test]
async fn p33_a_fresh_payment_is_created_and_all_its_sums_are_zero() {
    let shop = Shop::named("full").await;
    let reference = shop.created(10_000).await;
    let answer = shop.payment(&reference).await;
    let body = answer.is(200);
    assert_eq!(body["reference"], reference);
    assert_eq!(body["state"], "CREATED");
    assert_eq!(body["amount"], json!({"currency": "NOK", "value": 10_000}));
    for sum in ["authorizedAmount", "capturedAmount", "cancelledAmount", "refundedAmount"] {
        assert_eq!(body["aggregate"][sum], json!({"currency": "NOK", "value": 0}), "{sum}");
    }
    assert_eq!(body["profile"], json!({}));
    assert_eq!(body["paymentMethod"], json!({"type": "WALLET"}));
    assert!(uuid::Uuid::parse_str(body["pspReference"].as_str().unwrap()).is_ok());
    assert!(body["redirectUrl"].as_str().unwrap().starts_with("https://"));
    assert!(body.get("metadata").is_none(), "metadata was not given: {body}");
}

#[tokio::test]
async fn p34_an_unknown_reference_and_one_of_another_unit_are_the_same_404() {
    let shop = Shop::named("full").await;
    let second = Shop::named("second").await;
    let unknown = fresh_reference();
    let foreign = second.authorized(10_000).await;
    assert_eq!(unknown.len(), foreign.len());
    for rest in ["", "/events"] {
        let absent = shop.get(&format!("/epayment/v1/payments/{unknown}{rest}")).await;
        absent.refused(404, "5090");
        let other = shop.get(&format!("/epayment/v1/payments/{foreign}{rest}")).await;
        other.refused(404, "5090");
        assert_eq!(absent.text_without_trace_id().replace(&unknown, &foreign), other.text_without_trace_id());
    }
}

#[tokio::test]
async fn another_units_reference_cannot_be_changed_and_answers_like_an_absent_one() {
    let shop = Shop::named("full").await;
    let second = Shop::named("second").await;
    let unknown = fresh_reference();
    let foreign = second.authorized(10_000).await;
    let absent = [
        shop.capture(&unknown, 100).await,
        shop.refund(&unknown, 100).await,
        shop.cancel(&unknown).await,
        shop.approve(&unknown, &shop.phone).await,
    ];
    let others = [
        shop.capture(&foreign, 100).await,
        shop.refund(&foreign, 100).await,
        shop.cancel(&foreign).await,
        shop.approve(&foreign, &shop.phone).await,
    ];
    for (absent, other) in absent.iter().zip(&others) {
        absent.refused(404, "5090");
        assert_eq!(absent.text_without_trace_id().replace(&unknown, &foreign), other.text_without_trace_id());
    }
    assert_eq!(second.sums(&foreign).await, [10_000, 0, 0, 0]);
}

#[tokio::test]
async fn a_reference_is_case_sensitive() {
    let shop = Shop::named("full").await;
    let reference = shop.created(10_000).await;
    shop.payment(&reference.to_uppercase()).await.refused(404, "5090");
}

#[tokio::test]
async fn a_malformed_reference_in_the_path_is_a_clean_4xx() {
    let shop = Shop::named("full").await;
    for reference in
        ["short", &"x".repeat(65), "with_underscore", "%00%01%02%03%04", "..%2f..%2f..%2fetc", "æøåæøåæøå"]
    {
        let answer = shop.payment(reference).await;
        assert!(matches!(answer.status, 400 | 404), "{reference}: {} {}", answer.status, answer.text);
    }
}

#[tokio::test]
async fn an_approved_payment_shows_the_card_and_no_redirect_url() {
    let shop = Shop::named("full").await;
    let reference = shop.authorized(10_000).await;
    let answer = shop.payment(&reference).await;
    let body = answer.is(200);
    assert_eq!(body["paymentMethod"]["type"], "WALLET");
    let bin = body["paymentMethod"]["cardBin"].as_str().unwrap();
    assert!(bin.len() == 6 && bin.bytes().all(|byte| byte.is_ascii_digit()), "{bin}");
    assert!(body.get("redirectUrl").is_none(), "{body}");
}

#[tokio::test]
async fn metadata_comes_back_as_it_was_given() {
    let shop = Shop::named("full").await;
    let body = with(&shop.minimal(10_000), "/metadata", json!({"order": "17", "till": "æøå"}));
    let reference = shop.create(&body).await.is(201)["reference"].as_str().unwrap().to_owned();
    assert_eq!(shop.payment(&reference).await.is(200)["metadata"], json!({"order": "17", "till": "æøå"}));
}
