//! `POST /ecomm/v2/payments`.

use kvitt_tests::requests::{with, without};
use kvitt_tests::{Answer, Shop, Stack, StackPlan, UnitPlan};
use reqwest::Method;
use serde_json::json;

use super::orders::{Orders, is_refused, names_field};

#[tokio::test]
async fn p70_an_initiate_answers_a_url_with_a_token_and_once_only() {
    let orders = Orders::named("full").await;
    let body = orders.minimal(49_900);
    let answer = orders.initiate(&body).await;
    let told = answer.is(200);
    assert_eq!(answer.headers["content-type"], "application/json;charset=UTF-8");
    assert_eq!(told["orderId"], body["transaction"]["orderId"]);
    assert_eq!(told.as_object().expect("it is there").len(), 2, "{told}");
    let url = told["url"].as_str().expect("a text");
    assert!(url.starts_with("https://"), "{url}");
    let (before, token) = url.split_once("?v=2&token=").expect("old scripts look for this");
    assert!(before.ends_with("/dwo-api-application/v1/deeplink/vippsgateway"), "{url}");
    // Scripts take the third piece between the equals signs.
    assert_eq!(url.split('=').nth(2), Some(token));
    assert!(!token.is_empty());

    is_refused(&orders.initiate(&body).await, 400, "Merchant", "34");
    let other = with(&body, "/transaction/amount", json!(100));
    is_refused(&orders.initiate(&other).await, 400, "Merchant", "34");
}

#[tokio::test]
async fn p71_the_path_is_taken_in_the_spellings_that_clients_use() {
    let orders = Orders::named("full").await;
    for path in ["/Ecomm/v2/payments/", "/ecomm/v2/payments/", "/ECOMM/V2/Payments"] {
        let request = orders.shop.request(Method::POST, path).json(&orders.minimal(10_000));
        Answer::of(request).await.is(200);
    }
    let order_id = orders.initiated(10_000).await;
    let request = orders.shop.request(Method::GET, &format!("/Ecomm/v2/Payments/{order_id}/Details/"));
    assert_eq!(Answer::of(request).await.is(200)["orderId"], order_id);
}

#[tokio::test]
async fn the_token_of_the_url_approves() {
    let orders = Orders::named("full").await;
    let answer = orders.initiate(&orders.minimal(10_000)).await;
    let order_id = answer.is(200)["orderId"].as_str().expect("a text").to_owned();
    let token = answer.body["url"].as_str().expect("a text").split('=').nth(2).expect("it is there");
    let path = format!("/ecomm/v2/integration-test/payments/{order_id}/approve");
    Answer::of(orders.shop.request(Method::POST, &path).json(&json!({"token": token}))).await.is(200);
    assert_eq!(orders.operations(&order_id).await, ["RESERVE", "INITIATE"]);
}

#[tokio::test]
async fn an_app_is_answered_the_apps_own_url_and_a_till_none() {
    let orders = Orders::named("full").await;
    let app = with(&orders.minimal(10_000), "/merchantInfo/isApp", json!(true));
    let answer = orders.initiate(&app).await;
    let url = answer.is(200)["url"].as_str().expect("a text");
    assert!(url.starts_with("vippsMT://?token="), "{url}");

    let till = with(&orders.minimal(10_000), "/transaction/skipLandingPage", json!(true));
    names_field(&orders.initiate(&till).await, "customerInfo.mobileNumber");
    let till = with(&till, "/customerInfo/mobileNumber", json!(orders.shop.phone));
    assert_eq!(orders.initiate(&till).await.is(200)["url"], "");

    let plain = Orders::named("plain").await;
    let till = with(&plain.minimal(10_000), "/transaction/skipLandingPage", json!(true));
    let till = with(&till, "/customerInfo/mobileNumber", json!(plain.shop.phone));
    is_refused(&plain.initiate(&till).await, 403, "Merchant", "38");
}

#[tokio::test]
async fn a_mobile_number_is_mended_where_it_can_be() {
    let orders = Orders::named("full").await;
    let national = &orders.shop.phone[2..];
    let mended = [
        national.to_owned(),
        format!("+47{national}"),
        format!("0047 {national}"),
        format!("{} {}", &national[..3], &national[3..]),
    ];
    for number in mended {
        let till = with(&orders.minimal(10_000), "/transaction/skipLandingPage", json!(true));
        let till = with(&till, "/customerInfo/mobileNumber", json!(number));
        orders.initiate(&till).await.is(200);
    }
    for number in ["123", "4512345678", "abcdefgh"] {
        let body = with(&orders.minimal(10_000), "/customerInfo/mobileNumber", json!(number));
        is_refused(&orders.initiate(&body).await, 400, "User", "81");
    }
    let nobody = with(&orders.minimal(10_000), "/transaction/skipLandingPage", json!(true));
    let nobody = with(&nobody, "/customerInfo/mobileNumber", json!("99999999"));
    is_refused(&orders.initiate(&nobody).await, 400, "User", "81");
}

#[tokio::test]
async fn an_order_id_may_be_short_and_a_text_too() {
    let stack = Stack::own(StackPlan::default()).await;
    let orders = Orders { shop: Shop::open(&stack, stack.keys("full")).await };
    for order_id in ["1", "a-1", &"o".repeat(50)] {
        let body = with(&orders.minimal(100), "/transaction/orderId", json!(order_id));
        let body = with(&body, "/transaction/transactionText", json!("x"));
        assert_eq!(orders.initiate(&body).await.is(200)["orderId"], order_id);
        orders.approve(order_id, &orders.shop.phone).await.is(200);
        orders.capture(order_id, None).await.is(200);
        assert_eq!(orders.operations(order_id).await, ["CAPTURE", "RESERVE", "INITIATE"]);
    }
    stack.stop().await;
}

#[tokio::test]
async fn every_broken_field_is_named() {
    let orders = Orders::named("full").await;
    let long = format!("https://shop.example/{}", "a".repeat(255));
    let table = [
        ("/transaction/amount", json!(99), "transaction.amount"),
        ("/transaction/amount", json!(100.5), "transaction.amount"),
        ("/transaction/amount", json!(-1), "transaction.amount"),
        ("/transaction/orderId", json!("a_b"), "transaction.orderId"),
        ("/transaction/orderId", json!("o".repeat(51)), "transaction.orderId"),
        ("/transaction/transactionText", json!("t".repeat(101)), "transaction.transactionText"),
        ("/transaction/scope", json!("nmae"), "transaction.scope"),
        ("/transaction/additionalData", json!({}), "transaction.additionalData.airlineCode"),
        ("/merchantInfo/callbackPrefix", json!("ftp://shop.example"), "merchantInfo.callbackPrefix"),
        ("/merchantInfo/callbackPrefix", json!(long), "merchantInfo.callbackPrefix"),
        ("/merchantInfo/fallBack", json!("http://shop.example"), "merchantInfo.fallBack"),
        ("/merchantInfo/fallBack", json!("javascript:alert(1)"), "merchantInfo.fallBack"),
        ("/merchantInfo/fallBack", json!(long), "merchantInfo.fallBack"),
        ("/merchantInfo/authToken", json!("t".repeat(256)), "merchantInfo.authToken"),
        ("/merchantInfo/paymentType", json!("Express"), "merchantInfo.paymentType"),
    ];
    for (pointer, value, field) in table {
        names_field(&orders.initiate(&with(&orders.minimal(10_000), pointer, value)).await, field);
    }
    for (pointer, field) in [
        ("/transaction/amount", "transaction.amount"),
        ("/transaction/orderId", "transaction.orderId"),
        ("/transaction/transactionText", "transaction.transactionText"),
        ("/merchantInfo/callbackPrefix", "merchantInfo.callbackPrefix"),
        ("/merchantInfo/fallBack", "merchantInfo.fallBack"),
        ("/merchantInfo", "merchantInfo"),
        ("/transaction", "transaction"),
    ] {
        names_field(&orders.initiate(&without(&orders.minimal(10_000), pointer)).await, field);
    }
    let several = with(&orders.minimal(10_000), "/transaction/orderId", json!(null));
    let several = orders.initiate(&with(&several, "/merchantInfo/fallBack", json!(null))).await;
    names_field(&several, "transaction.orderId");
    names_field(&several, "merchantInfo.fallBack");
    for body in ["{", "[]", "{\"transaction\":}"] {
        names_field(&orders.shop.post_bytes("/ecomm/v2/payments", body).await, "body");
    }
}

#[tokio::test]
async fn a_unit_that_may_not_hears_its_own_code() {
    let plain = Orders::named("plain").await;
    let scope = with(&plain.minimal(10_000), "/transaction/scope", json!("name nin"));
    is_refused(&plain.initiate(&scope).await, 403, "Merchant", "51");
    // This API is Norwegian alone.
    let danish = Orders::named("danish").await;
    is_refused(&danish.initiate(&danish.minimal(10_000)).await, 403, "Merchant", "97");
    let stack = Stack::shared();
    let inactive = stack.open_unit(UnitPlan { active: false, ..UnitPlan::default() }).await;
    let inactive = Orders { shop: Shop::open(stack, &inactive).await };
    is_refused(&inactive.initiate(&inactive.minimal(10_000)).await, 400, "Merchant", "37");
}

#[tokio::test]
async fn an_order_may_be_initiated_twice_a_minute() {
    let stack = Stack::own(StackPlan { rate_limits: true, ..StackPlan::default() }).await;
    let orders = Orders { shop: Shop::open(&stack, stack.keys("full")).await };
    let body = orders.minimal(10_000);
    orders.initiate(&body).await.is(200);
    is_refused(&orders.initiate(&body).await, 400, "Merchant", "34");
    let third = orders.initiate(&body).await;
    assert_eq!((third.status, &third.body["statusCode"]), (429, &json!(429)), "{}", third.text);
    assert!(third.headers.contains_key("retry-after"));
    let order_id = orders.reserved(10_000).await;
    for _ in 0..5 {
        orders.capture(&order_id, Some(100)).await.is(200);
    }
    assert_eq!(orders.capture(&order_id, Some(100)).await.status, 429);
    orders.refund(&order_id, Some(100)).await.is(200);
    stack.stop().await;
}
