//! The four user flows and the customer they are for.

use kvitt_tests::Shop;
use kvitt_tests::requests::{fresh_reference, push_message, qr, with, without};
use serde_json::json;

#[tokio::test]
async fn p22_web_redirect_needs_a_return_url_that_is_https_or_a_custom_scheme() {
    let shop = Shop::named("full").await;
    shop.create(&without(&shop.minimal(10_000), "/returnUrl")).await.refused(400, "4140");
    for url in ["http://shop.example/return", "nonsense", "//shop.example", "https://", "javascript:alert(1)"]
    {
        let answer = shop.create(&with(&shop.minimal(10_000), "/returnUrl", json!(url))).await;
        answer.refused(400, "4090");
    }
    for url in ["https://shop.example/return?order=1#top", "myshop://orders/1", "https://blåbær.example/"] {
        shop.create(&with(&shop.minimal(10_000), "/returnUrl", json!(url))).await.is(201);
    }
    let long =
        |len: usize| format!("https://shop.example/{}", "x".repeat(len - "https://shop.example/".len()));
    shop.create(&with(&shop.minimal(10_000), "/returnUrl", json!(long(2_500)))).await.is(201);
    shop.create(&with(&shop.minimal(10_000), "/returnUrl", json!(long(2_501)))).await.refused(400, "4090");
}

#[tokio::test]
async fn p23_push_message_needs_a_customer_and_an_approved_unit_and_redirects_nobody() {
    let shop = Shop::named("full").await;
    let body = push_message(&fresh_reference(), "NOK", 10_000, &shop.phone);
    let answer = shop.create(&body).await;
    assert!(answer.is(201).get("redirectUrl").is_none(), "{}", answer.text);
    let read = shop.payment(body["reference"].as_str().unwrap()).await;
    assert!(read.is(200).get("redirectUrl").is_none(), "{}", read.text);

    let body = push_message(&fresh_reference(), "NOK", 10_000, &shop.phone);
    shop.create(&without(&body, "/customer")).await.refused(400, "4140");
    shop.create(&with(&body, "/customer", json!({}))).await.refused(400, "4140");
    let plain = Shop::named("plain").await;
    plain.create(&body).await.refused(403, "5080");
}

#[tokio::test]
async fn p24_a_qr_payment_answers_the_target_and_checks_the_size_of_a_png() {
    let shop = Shop::named("full").await;
    let target = shop.create(&qr(&fresh_reference(), "NOK", 10_000, "TEXT/TARGETURL")).await;
    let url = target.is(201)["redirectUrl"].as_str().unwrap();
    assert!(url.starts_with("https://") && !url.contains("image"), "{url}");
    for size in [99, 2001] {
        let body = qr(&fresh_reference(), "NOK", 10_000, "IMAGE/PNG");
        shop.create(&with(&body, "/qrFormat/size", json!(size))).await.names_field("qrFormat.size");
    }
    for size in [100, 2000] {
        let body = qr(&fresh_reference(), "NOK", 10_000, "IMAGE/PNG");
        shop.create(&with(&body, "/qrFormat/size", json!(size))).await.is(201);
    }
    shop.create(&qr(&fresh_reference(), "NOK", 10_000, "IMAGE/GIF")).await.names_field("qrFormat.format");
    shop.create(&without(&qr(&fresh_reference(), "NOK", 10_000, "IMAGE/PNG"), "/qrFormat")).await.is(201);
}

#[tokio::test]
async fn p25_a_customer_is_named_once_and_by_an_msisdn() {
    let shop = Shop::named("full").await;
    let two = json!({"phoneNumber": shop.phone, "customerToken": "some-token"});
    let answer = shop.create(&with(&shop.minimal(10_000), "/customer", two)).await;
    assert_eq!(answer.status, 400, "{}", answer.text);
    for phone in
        ["+4712345678", "47 123 45 678", "12345678", "1234567890123456", "47ABCDEFGH", "004712345678x"]
    {
        let body = with(&shop.minimal(10_000), "/customer", json!({"phoneNumber": phone}));
        shop.create(&body).await.refused(400, "4070");
    }
    shop.create(&with(&shop.minimal(10_000), "/customer", json!({"phoneNumber": shop.phone}))).await.is(201);
}

#[tokio::test]
async fn p26_a_web_redirect_customer_without_any_id_is_accepted() {
    let shop = Shop::named("full").await;
    for customer in [json!({"customerInteraction": "CUSTOMER_NOT_PRESENT"}), json!({}), json!(null)] {
        shop.create(&with(&shop.minimal(10_000), "/customer", customer)).await.is(201);
    }
}

#[tokio::test]
async fn native_redirect_answers_a_link_into_the_app() {
    let shop = Shop::named("full").await;
    let body = with(&shop.minimal(10_000), "/userFlow", json!("NATIVE_REDIRECT"));
    let body = with(&body, "/returnUrl", json!("myshop://orders/1"));
    let answer = shop.create(&body).await;
    let url = answer.is(201)["redirectUrl"].as_str().unwrap();
    assert!(url.starts_with("vippsMT://"), "{url}");
}

#[tokio::test]
async fn a_danish_and_a_finnish_payment_run_from_create_to_refund() {
    for unit in ["danish", "finnish"] {
        let shop = Shop::named(unit).await;
        let reference = shop.authorized(10_000).await;
        shop.capture(&reference, 4_000).await.is(200);
        shop.refund(&reference, 1_000).await.is(200);
        shop.cancel(&reference).await.is(200);
        assert_eq!(shop.sums(&reference).await, [10_000, 4_000, 6_000, 1_000], "{unit}");
    }
}
