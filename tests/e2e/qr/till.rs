//! Journeys: a till with a one-time code, and a sticker whose target changes.

use kvitt_testing::eventually;
use kvitt_tests::requests::{fresh_reference, qr};
use kvitt_tests::{PayerPlan, Shop, Stack};
use serde_json::json;

use super::{fetch, fresh_id, redirect, scan, scanned};

#[tokio::test]
async fn a_till_shows_a_one_time_code_and_is_paid_by_whoever_scans_it() {
    let shop = Shop::named("full").await;
    let order = shop.create(&qr(&fresh_reference(), "NOK", 7_900, "IMAGE/PNG")).await;
    let reference = order.is(201)["reference"].as_str().expect("a text").to_owned();
    let screen = order.body["redirectUrl"].as_str().expect("a text").to_owned();
    let payer = Stack::shared().open_payer(PayerPlan::default()).await;
    let seen = scan(&shop, &payer.phone, &scanned(&shop, &screen).await).await;
    assert_eq!(
        (&seen.is(200)["kind"], &seen.body["payment"]["reference"]),
        (&json!("PAYMENT"), &json!(reference))
    );
    let body = json!({"phoneNumber": payer.phone});
    let path = format!("/kvitt/v1/payments/{reference}/payer/approve");
    kvitt_tests::Answer::of(shop.request(reqwest::Method::POST, &path).json(&body)).await.is(200);
    shop.capture(&reference, 7_900).await.is(200);
    assert_eq!(shop.sums(&reference).await, [7_900, 7_900, 0, 0]);
    assert_eq!(fetch(&shop, &screen).await.status(), 404);
}

#[tokio::test]
async fn a_sticker_leads_to_where_its_merchant_says_now() {
    let shop = Shop::named("full").await;
    let id = fresh_id("sticker");
    let made = redirect(&shop, &id, "https://example.com/menu-1").await;
    let printed = scanned(&shop, made.is(200)["url"].as_str().expect("a text")).await;
    for target in ["https://example.com/menu-2", "https://example.com/menu-3?table=4"] {
        let path = format!("/qr/v1/merchant-redirect/{id}");
        let put = shop.request(reqwest::Method::PUT, &path).header("Accept", "text/targetUrl");
        let changed = kvitt_tests::Answer::of(put.json(&json!({"redirectUrl": target}))).await;
        assert_eq!(changed.is(200)["url"], json!(printed));
        let seen = scan(&shop, &shop.phone, &printed).await;
        assert_eq!((&seen.is(200)["kind"], &seen.body["redirectUrl"]), (&json!("REDIRECT"), &json!(target)));
        // What a scan leads to may be a moment old at the edge.
        let led_to = async |target: &str| fetch(&shop, &printed).await.headers()["location"] == target;
        eventually!(led_to(target).await);
        let camera = fetch(&shop, &printed).await;
        assert_eq!(camera.status(), 302);
        assert_eq!(camera.headers()["cache-control"], "no-store");
    }
}
