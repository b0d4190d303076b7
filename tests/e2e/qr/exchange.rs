//! `/qr/v1/exchange`: who stands at the till.

use kvitt_tests::{Answer, Shop};
use reqwest::Method;
use serde_json::{Value, json};

use kvitt_tests::requests::{fresh_reference, push_message, with, without};

async fn payer(shop: &Shop, act: &str, body: &Value) -> Value {
    let path = format!("/kvitt/v1/payers/{}/{act}", shop.phone);
    Answer::of(shop.request(Method::POST, &path).json(body)).await.is(200).clone()
}

async fn exchange(shop: &Shop, path: &str, body: &Value) -> Answer {
    Answer::of(shop.request(Method::POST, path).json(body)).await
}

fn names(refused: &Answer, field: &str) {
    assert_eq!(refused.status, 400, "{}", refused.text);
    assert_eq!(refused.body["status"], 400, "{}", refused.text);
    assert!(refused.body["title"].is_string() && refused.body["detail"].is_string(), "{}", refused.text);
    let details = refused.body["extraDetails"].as_array().expect("an array");
    assert!(details.iter().any(|detail| detail["name"] == field), "{field}: {}", refused.text);
}

#[tokio::test]
async fn p69_the_text_of_a_payers_own_code_gives_the_number_and_the_version() {
    let shop = Shop::named("full").await;
    let code = payer(&shop, "personal-qr", &json!({})).await["personalQr"].clone();
    let told =
        exchange(&shop, "/qr/v1/exchange", &json!({"qrCode": code, "requestedData": ["MSISDN"]})).await;
    assert_eq!((&told.is(200)["msisdn"], &told.body["version"]), (&json!(shop.phone), &json!("2.0")));
    let made = told.body["timestamp"].as_i64().expect("seconds");
    assert!((kvitt_runtime::wall_now().timestamp() - made).abs() < 60, "{made}");

    let code = payer(&shop, "personal-qr", &json!({"version": "1.0"})).await["personalQr"].clone();
    let told = exchange(&shop, "/qr/v1/exchange", &json!({"qrCode": code})).await;
    assert_eq!(told.is(200), &json!({"msisdn": shop.phone, "version": "1.0"}));

    names(&exchange(&shop, "/qr/v1/exchange", &json!({})).await, "qrCode");
    let unknown = format!("https://qr.vipps.no/p/{}", "A".repeat(43));
    for wrong in ["https://example.com/", "4799900001", unknown.as_str()] {
        let refused = exchange(&shop, "/qr/v1/exchange", &json!({"qrCode": wrong})).await;
        assert_eq!(refused.status, 400, "{wrong}: {}", refused.text);
    }
    let nin = exchange(&shop, "/qr/v1/exchange", &json!({"qrCode": code, "requestedData": ["NIN"]})).await;
    assert_eq!(nin.status, 400, "{}", nin.text);
}

#[tokio::test]
async fn a_customer_token_gives_the_number_until_a_payment_has_used_it() {
    let shop = Shop::named("full").await;
    let token = payer(&shop, "customer-token", &json!({})).await["customerToken"].clone();
    let body = json!({"customer": {"customerToken": token}, "requestedData": ["MSISDN"]});
    for _ in 0..2 {
        let told = exchange(&shop, "/qr/v1/exchange/customer", &body).await;
        assert_eq!(told.is(200)["msisdn"], json!(shop.phone));
    }
    let order = without(&push_message(&fresh_reference(), "NOK", 1_000, ""), "/customer");
    shop.create(&with(&order, "/customer", json!({"customerToken": token}))).await.is(201);
    assert_eq!(exchange(&shop, "/qr/v1/exchange/customer", &body).await.status, 400);
    names(
        &exchange(&shop, "/qr/v1/exchange/customer", &json!({"customer": {}})).await,
        "customer.customerToken",
    );
}
