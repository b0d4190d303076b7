//! What a unit must be allowed, and the fields that come with it.

use chrono::{Duration, SecondsFormat};
use kvitt_tests::requests::{fresh_reference, receipt, web_redirect, with};
use kvitt_tests::{Shop, Stack};
use serde_json::{Value, json};

/// A create request that expires this long from now, without a receipt.
fn expiring(shop: &Shop, after: Duration) -> Value {
    let at = Stack::shared().clock().now() + after;
    with(&shop.minimal(10_000), "/expiresAt", json!(at.to_rfc3339_opts(SecondsFormat::Millis, true)))
}

#[tokio::test]
async fn p27_a_long_life_has_bounds_needs_a_receipt_and_a_permission() {
    let shop = Shop::named("full").await;
    let with_receipt = |body: &Value| with(body, "/receipt", receipt("NOK"));
    shop.create(&with_receipt(&expiring(&shop, Duration::minutes(5)))).await.refused(400, "6120");
    shop.create(&with_receipt(&expiring(&shop, Duration::days(61)))).await.refused(400, "6110");
    shop.create(&expiring(&shop, Duration::days(2))).await.refused(400, "6130");
    shop.create(&with_receipt(&expiring(&shop, Duration::days(2)))).await.is(201);
    shop.create(&with_receipt(&expiring(&shop, Duration::days(59)))).await.is(201);
    let plain = Shop::named("plain").await;
    plain.create(&with_receipt(&expiring(&plain, Duration::days(2)))).await.refused(403, "5050");
}

#[tokio::test]
async fn p28_metadata_has_room_for_five_short_pairs() {
    let shop = Shop::named("full").await;
    let with_metadata = |metadata: Value| with(&shop.minimal(10_000), "/metadata", metadata);
    let six: serde_json::Map<String, Value> = (0..6).map(|n| (format!("k{n}"), json!("v"))).collect();
    shop.create(&with_metadata(Value::Object(six))).await.refused(400, "4100");
    shop.create(&with_metadata(json!({"k".repeat(101): "v"}))).await.refused(400, "4120");
    shop.create(&with_metadata(json!({"k": "v".repeat(501)}))).await.refused(400, "4130");
    shop.create(&with_metadata(json!({"k".repeat(100): "v".repeat(500)}))).await.is(201);

    let body = with_metadata(json!({"orderid": 123}));
    shop.create(&body).await.is(201);
    let read = shop.payment(body["reference"].as_str().unwrap()).await;
    assert_eq!(read.is(200)["metadata"], json!({"orderid": "123"}));
}

#[tokio::test]
async fn p29_blocked_sources_are_for_danish_and_finnish_units() {
    for (unit, allowed) in [("full", false), ("danish", true), ("finnish", true)] {
        let shop = Shop::named(unit).await;
        let body = with(&shop.minimal(10_000), "/paymentMethod/blockedSources", json!(["COMMERCIAL_CARDS"]));
        let answer = shop.create(&body).await;
        if allowed {
            answer.is(201);
        } else {
            answer.refused(400, "5010");
        }
    }
}

#[tokio::test]
async fn p30_a_scope_is_spelt_right_and_nin_needs_a_permission() {
    let full = Shop::named("full").await;
    let plain = Shop::named("plain").await;
    let asking =
        |scope: &str| with(&web_redirect(&fresh_reference(), "NOK", 10_000), "/profile/scope", json!(scope));
    full.create(&asking("nmae")).await.refused(400, "4080");
    full.create(&asking("name Email")).await.refused(400, "4080");
    full.create(&asking("name address email phoneNumber birthDate")).await.is(201);
    full.create(&asking("name nin")).await.is(201);
    plain.create(&asking("name email")).await.is(201);
    plain.create(&asking("nin")).await.refused(403, "5030");
}

#[tokio::test]
async fn p31_express_needs_a_permission() {
    let plain = Shop::named("plain").await;
    let shipping = json!({"fixedOptions": [{
        "type": "HOME_DELIVERY",
        "brand": "POSTEN",
        "options": [{"id": "home", "amount": {"currency": "NOK", "value": 4900}, "name": "Home"}],
    }]});
    let body =
        with(&with(&plain.minimal(10_000), "/shipping", shipping), "/profile/scope", json!("name address"));
    plain.create(&body).await.refused(403, "5020");
}

#[tokio::test]
async fn a_payment_method_must_go_with_the_flow_and_the_unit() {
    let shop = Shop::named("full").await;
    let body = with(&shop.minimal(10_000), "/paymentMethod/type", json!("CARD_PASSTHROUGH"));
    shop.create(&body).await.refused(400, "4160");
    let push = kvitt_tests::requests::push_message(&fresh_reference(), "NOK", 10_000, &shop.phone);
    shop.create(&with(&push, "/paymentMethod/type", json!("CARD"))).await.refused(400, "4160");
}
