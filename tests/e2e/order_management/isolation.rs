//! An order is its unit's alone.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use kvitt_tests::requests::fresh_reference;
use kvitt_tests::{Answer, Stack};
use reqwest::Method;
use serde_json::json;

use super::{Orders, PNG, category, image, operations, problem, shown};

#[tokio::test]
async fn another_units_orders_are_as_absent_as_nobodys() {
    let (orders, second) = (Orders::of("full").await, Orders::of("second").await);
    let (order_id, unknown) = (fresh_reference(), fresh_reference());
    orders.add_receipt(&order_id, "socks").await.is(201);
    let added = orders.post("/v3/categories", &category(&order_id, "TICKET")).await;
    let category_id = added.is(201)["categoryId"].as_str().expect("a text").to_owned();
    let (foreign, absent) = (second.order(&order_id).await, second.order(&unknown).await);
    let told = |answer: &Answer| {
        let body = problem(answer, 404);
        (body["type"].clone(), body["title"].clone(), body["detail"].clone())
    };
    assert_eq!(told(&foreign), told(&absent));
    problem(&second.get(&format!("/v3/categories/{category_id}")).await, 404);
    problem(&second.delete(&format!("/v3/categories/{category_id}")).await, 404);
    let listed = second.get(&format!("/v3/categories?orderId={order_id}")).await;
    assert_eq!(listed.is(200)["categories"], json!([]));
    second.add_receipt(&order_id, "shoes").await.is(201);
    assert_eq!(orders.order(&order_id).await.is(200)["receipt"], shown("socks"));
    assert_eq!(second.order(&order_id).await.is(200)["receipt"], shown("shoes"));
    orders.post("/v1/images", &image(&order_id, PNG)).await.is(200);
    second.post("/v1/images", &image(&order_id, PNG)).await.is(200);
}

#[tokio::test]
async fn a_foreign_merchant_serial_number_is_refused_everywhere() {
    let (mut thief, second) = (Orders::of("full").await, Orders::of("second").await);
    thief.shop.keys.msn.clone_from(&second.shop.keys.msn);
    for (method, path, body) in operations() {
        let path = path.trim_start_matches("/order-management");
        let answer = thief.send(method, path, body.as_ref()).await;
        assert_eq!(answer.status, 401, "{path}: {}", answer.text);
        assert_eq!(answer.body["statusCode"], 401, "{}", answer.text);
    }
}

#[tokio::test]
async fn keys_that_are_not_for_payments_are_refused_everywhere() {
    let orders = Orders::of("full").await;
    let keys = Stack::shared().keys("merchant_management");
    let credentials = STANDARD.encode(format!("{}:{}", keys.client_id, keys.client_secret));
    let request = orders.shop.bare(Method::POST, "/miami/v1/token");
    let request = request
        .header("Authorization", format!("Basic {credentials}"))
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body("grant_type=client_credentials");
    let token = Answer::of(request).await;
    let token = token.is(200)["access_token"].as_str().expect("a text").to_owned();
    for (method, path, body) in operations() {
        let request = orders.shop.bare(method, path).header("Authorization", format!("Bearer {token}"));
        let request = request.header("Merchant-Serial-Number", &orders.shop.keys.msn);
        let answer = Answer::of(match body {
            Some(body) => request.json(&body),
            None => request,
        })
        .await;
        assert!([401, 403].contains(&answer.status), "{path}: {}", answer.text);
    }
}
