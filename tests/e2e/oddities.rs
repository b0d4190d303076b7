//! What real clients send, odd as it is: plugins, SDKs and Postman collections, each as it was seen.

use kvitt_tests::requests::{fresh_key, fresh_reference, modification, web_redirect, with};
use kvitt_tests::{Answer, Shop};
use reqwest::Method;
use serde_json::json;

#[tokio::test]
async fn the_create_request_of_woocommerce_is_taken() {
    let shop = Shop::named("full").await;
    let reference = fresh_reference();
    let body = json!({
        "reference": reference,
        "amount": {"currency": "NOK", "value": 10_000},
        "paymentMethod": {"type": "WALLET"},
        "customer": {"customerInteraction": "CUSTOMER_NOT_PRESENT"},
        "minimumUserAge": null,
        "expiresAt": null,
        "qrFormat": null,
        "receiptUrl": null,
        "userFlow": "WEB_REDIRECT",
        "returnUrl": "https://shop.example/wc-api/return?order=1",
        "paymentDescription": "Order 123",
        "metadata": {"orderid": 123, "paid": true, "rate": 1.5},
        "receipt": {
            "orderLines": [{
                "name": "Cap", "id": "17", "totalAmount": 10_000, "totalAmountExcludingTax": 8_000,
                "totalTaxAmount": 2_000, "taxPercentage": 25, "discount": 0, "isReturn": false, "isShipping": false,
                "productUrl": null, "unitInfo": {"unitPrice": 10_000, "quantity": "1", "quantityUnit": "PCS"},
            }],
            "bottomLine": {"currency": "NOK", "giftCardAmount": 0, "terminalId": "woocommerce", "tipAmount": null},
        },
    });
    let request = shop
        .request(Method::POST, "/epayment/v1/payments")
        .header("Idempotency-Key", fresh_key())
        .header("X-TimeStamp", "")
        .header("X-Source-Address", "")
        .header("Vipps-System-Name", "WooCommerce and a name far longer than thirty characters")
        .header("Connection", "close")
        .json(&body);
    Answer::of(request).await.is(201);
    let metadata = shop.payment(&reference).await.is(200)["metadata"].clone();
    assert_eq!(metadata, json!({"orderid": "123", "paid": "true", "rate": "1.5"}));
}

#[tokio::test]
async fn an_empty_php_array_for_a_body_is_a_type_error_where_a_body_is_needed() {
    let shop = Shop::named("full").await;
    let reference = shop.authorized(10_000).await;
    for verb in ["capture", "refund"] {
        let answer = shop.post_bytes(&format!("/epayment/v1/payments/{reference}/{verb}"), "[]").await;
        answer.problem(400);
    }
    shop.post_bytes("/epayment/v1/payments", "[]").await.problem(400);
    assert_eq!(shop.sums(&reference).await, [10_000, 0, 0, 0]);
}

#[tokio::test]
async fn amounts_may_be_integral_floats() {
    let shop = Shop::named("full").await;
    let reference = fresh_reference();
    let body = web_redirect(&reference, "NOK", 777_777).to_string().replace("777777", "10000.0");
    shop.post_bytes("/epayment/v1/payments", body).await.is(201);
    shop.approve(&reference, &shop.phone).await;
    let capture = r#"{"modificationAmount":{"currency":"NOK","value":1e2}}"#;
    shop.post_bytes(&format!("/epayment/v1/payments/{reference}/capture"), capture).await.is(200);
    assert_eq!(shop.sums(&reference).await, [10_000, 100, 0, 0]);
}

#[tokio::test]
async fn the_postman_collection_sends_reference_and_phone_number_as_numbers() {
    let shop = Shop::named("full").await;
    let digits = uuid::Uuid::new_v4().as_u128() % 10_u128.pow(15) + 10_u128.pow(15);
    let body =
        web_redirect("REFERENCE", "NOK", 10_000).to_string().replace("\"REFERENCE\"", &digits.to_string());
    let body = body.replacen('{', &format!("{{\"customer\":{{\"phoneNumber\":{}}},", shop.phone), 1);
    let answer = shop.post_bytes("/epayment/v1/payments", body).await;
    assert_eq!(answer.is(201)["reference"], digits.to_string());
    let path = format!("/epayment/v1/test/payments/{digits}/approve");
    let approve = format!("{{\"customer\":{{\"phoneNumber\":{}}}}}", shop.phone);
    let answer = shop.post_bytes(&path, approve).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(shop.state(&digits.to_string()).await, "AUTHORIZED");
}

#[tokio::test]
async fn content_types_are_not_read() {
    let shop = Shop::named("full").await;
    let kinds = [
        "application/json; charset=\"utf-8\"",
        "application/x-www-form-urlencoded",
        "text/plain",
        "nonsense",
    ];
    for kind in kinds {
        let request = shop
            .request(Method::POST, "/epayment/v1/payments")
            .header("Idempotency-Key", fresh_key())
            .header("Content-Type", kind)
            .body(shop.minimal(10_000).to_string());
        Answer::of(request).await.is(201);
    }
    let bare = shop
        .request(Method::POST, "/epayment/v1/payments")
        .header("Idempotency-Key", fresh_key())
        .body(shop.minimal(10_000).to_string());
    Answer::of(bare).await.is(201);
}

#[tokio::test]
async fn paths_are_matched_in_any_case_and_with_a_slash_at_the_end() {
    let shop = Shop::named("full").await;
    let body = shop.minimal(10_000);
    let reference = body["reference"].as_str().unwrap();
    shop.post("/ePayment/V1/Payments/", &fresh_key(), &body).await.is(201);
    assert_eq!(
        shop.get(&format!("/EPAYMENT/v1/payments/{reference}/")).await.is(200)["reference"],
        reference
    );
    assert_eq!(
        shop.get(&format!("/epayment/v1/payments/{reference}/Events/")).await.is(200)[0]["name"],
        "CREATED"
    );
}

#[tokio::test]
async fn the_sdk_sends_an_idempotency_key_and_empty_headers_everywhere() {
    let shop = Shop::named("full").await;
    let reference = shop.created(10_000).await;
    let request = shop
        .request(Method::GET, &format!("/epayment/v1/payments/{reference}"))
        .header("Idempotency-Key", fresh_key())
        .header("Content-Type", "application/json")
        .header("Vipps-System-Name", "")
        .header("Vipps-System-Plugin-Version", "");
    Answer::of(request).await.is(200);
    let token =
        shop.token_request().header("Idempotency-Key", fresh_key()).header("Vipps-System-Version", "");
    Answer::of(token).await.is(200);
}

#[tokio::test]
async fn shopware_sends_its_credentials_on_every_call() {
    let shop = Shop::named("full").await;
    let reference = shop.created(10_000).await;
    let request = shop
        .request(Method::POST, &format!("/epayment/v1/payments/{reference}/cancel"))
        .header("client_id", &shop.keys.client_id)
        .header("client_secret", &shop.keys.client_secret)
        .header("Vipps-System-Name", "https://shop.example/a/domain/as/a/name");
    Answer::of(request).await.is(200);
}

#[tokio::test]
async fn magento_sends_an_empty_key_on_cancel_and_it_counts_as_none() {
    let shop = Shop::named("full").await;
    for _ in 0..2 {
        let reference = shop.created(10_000).await;
        let request = shop
            .request(Method::POST, &format!("/epayment/v1/payments/{reference}/cancel"))
            .header("Idempotency-Key", "");
        Answer::of(request).await.is(200);
        assert!(shop.events(&reference).await[1]["idempotencyKey"].is_null());
    }
}

#[tokio::test]
async fn a_trailing_comma_stays_an_error_and_a_byte_order_mark_does_not_crash() {
    let shop = Shop::named("full").await;
    let body = shop.minimal(10_000).to_string();
    let comma = format!("{},}}", &body[..body.len() - 1]);
    shop.post_bytes("/epayment/v1/payments", comma).await.problem(400);
    let mark = shop.post_bytes("/epayment/v1/payments", format!("\u{feff}{body}")).await;
    assert!(matches!(mark.status, 201 | 400), "{}", mark.text);
}

#[tokio::test]
async fn unknown_fields_are_tolerated_everywhere() {
    let shop = Shop::named("full").await;
    let body = with(&shop.minimal(10_000), "/amount/formatted", json!("100,00 kr"));
    let body = with(&body, "/paymentMethod/nested/unknown", json!([1, {"a": null}]));
    let reference = shop.create(&body).await.is(201)["reference"].as_str().unwrap().to_owned();
    shop.approve(&reference, &shop.phone).await;
    let capture = with(&modification("NOK", 100), "/transactionText", json!("thanks"));
    shop.post(&format!("/epayment/v1/payments/{reference}/capture"), &fresh_key(), &capture).await.is(200);
}
