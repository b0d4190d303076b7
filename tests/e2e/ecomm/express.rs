//! Express, whose goods are sent for kroner.

use std::time::Duration;

use kvitt_tests::requests::with;
use kvitt_tests::{Answer, MerchantServer, Shop, Stack, StackPlan};
use reqwest::Method;
use serde_json::{Value, json};

use super::orders::{Orders, is_refused, names_field, summary};

/// An Express order of 500 kroner.
fn express(orders: &Orders) -> Value {
    let body = with(&orders.minimal(50_000), "/merchantInfo/paymentType", json!("eComm Express Payment"));
    let body =
        with(&body, "/merchantInfo/consentRemovalPrefix", json!("https://shop.example/vipps/consents"));
    with(&body, "/merchantInfo/authToken", json!("Secret of the shop"))
}

fn options() -> Value {
    json!([
        {"isDefault": "N", "priority": 2, "shippingCost": 0, "shippingMethod": "In the shop", "shippingMethodId": "shop"},
        {"isDefault": "Y", "priority": 1, "shippingCost": 49.9, "shippingMethod": "Posten Servicepakke", "shippingMethodId": "posten"},
    ])
}

async fn payer(orders: &Orders, order_id: &str, act: &str, body: &Value) -> Answer {
    let path = format!("/kvitt/v1/payments/{order_id}/payer/{act}");
    Answer::of(orders.shop.request(Method::POST, &path).json(body)).await
}

#[tokio::test]
async fn p76_the_payer_pays_kroner_for_the_option_and_the_history_tells_it_in_kroner() {
    let orders = Orders::named("full").await;
    let body = with(&express(&orders), "/merchantInfo/staticShippingDetails", options());
    let order_id = orders.initiate(&body).await.is(200)["orderId"].as_str().expect("a text").to_owned();
    is_refused(&orders.approve(&order_id, &orders.shop.phone).await, 400, "VippsError", "91");
    let choice = json!({"phoneNumber": orders.shop.phone, "consent": true});
    payer(&orders, &order_id, "approve", &choice).await.is(200);
    let details = orders.details(&order_id).await;
    let told = details.is(200);
    assert_eq!(summary(told), [0, 54_990, 0, 0]);
    let shipping = &told["shippingDetails"];
    assert_eq!(shipping["shippingCost"], json!(49.9));
    assert_eq!(
        (&shipping["shippingMethodId"], &shipping["shippingMethod"]),
        (&json!("posten"), &json!("Posten Servicepakke"))
    );
    assert!(shipping["address"]["postCode"].is_string(), "{shipping}");
    assert_eq!(shipping["address"]["country"], "Norway");
    let user = &told["userDetails"];
    assert_eq!(user["mobileNumber"], orders.shop.phone[2..]);
    assert!(user["email"].as_str().expect("a text").contains('@'), "{user}");
    let captured = orders.capture(&order_id, None).await;
    assert_eq!(captured.is(200)["transactionInfo"]["amount"], 54_990);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_week_every_value_that_was_shared_says_that_it_has_expired() {
    let stack = Stack::own(StackPlan::default()).await;
    let orders = Orders { shop: Shop::open(&stack, stack.keys("full")).await };
    let body = with(&express(&orders), "/merchantInfo/staticShippingDetails", options());
    let order_id = orders.initiate(&body).await.is(200)["orderId"].as_str().expect("a text").to_owned();
    let choice = json!({"phoneNumber": orders.shop.phone, "consent": true});
    payer(&orders, &order_id, "approve", &choice).await.is(200);
    stack.advance(Duration::from_secs(8 * 86_400)).await;
    let details = orders.details(&order_id).await;
    let told = details.is(200);
    for value in ["email", "firstName", "lastName", "mobileNumber", "userId"] {
        assert_eq!(told["userDetails"][value], "[Expired]", "{told}");
    }
    for value in ["addressLine1", "city", "country", "postCode"] {
        assert_eq!(told["shippingDetails"]["address"][value], "[Expired]", "{told}");
    }
    assert_eq!(told["shippingDetails"]["shippingMethodId"], "posten", "what was bought is nobody's secret");
    stack.stop().await;
}

#[tokio::test]
async fn p76_the_merchants_server_is_asked_with_a_post_code_and_answers_in_kroner() {
    let orders = Orders::named("full").await;
    let server = MerchantServer::start(200, "{}").await;
    let body = with(&express(&orders), "/merchantInfo/shippingDetailsPrefix", json!(server.url("/vipps/")));
    let order_id = orders.initiate(&body).await.is(200)["orderId"].as_str().expect("a text").to_owned();
    server.answer_with(200, &json!({"addressId": 100, "orderId": order_id, "shippingDetails": options()}));
    let choice = json!({"phoneNumber": orders.shop.phone, "consent": true, "shippingOptionId": "posten"});
    payer(&orders, &order_id, "approve", &choice).await.is(200);
    let asked = server.asked();
    assert_eq!(asked[0].line, format!("POST /vipps/v2/payments/{order_id}/shippingDetails"));
    assert_eq!(asked[0].header("authorization"), Some("Secret of the shop"));
    let question = &asked[0].body;
    for key in ["addressLine1", "city", "country", "postCode", "addressType"] {
        assert!(question[key].as_str().is_some_and(|value| !value.is_empty()), "{key} is not in {question}");
    }
    assert!(question["addressId"].as_i64().is_some_and(|id| id >= 100), "{question}");
    assert_eq!(summary(orders.details(&order_id).await.is(200)), [0, 54_990, 0, 0]);
}

#[tokio::test]
async fn every_broken_field_of_express_is_named() {
    let orders = Orders::named("full").await;
    let fixed = with(&express(&orders), "/merchantInfo/staticShippingDetails", options());
    let at = "/merchantInfo/staticShippingDetails/1";
    let path = |name: &str| format!("merchantInfo.staticShippingDetails[1].{name}");
    let table = [
        (format!("{at}/shippingCost"), json!(-1), path("shippingCost")),
        (format!("{at}/shippingCost"), json!(1.005), path("shippingCost")),
        (format!("{at}/shippingMethod"), json!(""), path("shippingMethod")),
        (format!("{at}/shippingMethodId"), json!("shop"), path("shippingMethodId")),
        (format!("{at}/isDefault"), json!("yes"), path("isDefault")),
        ("/transaction/scope".to_owned(), json!("name"), "transaction.scope".to_owned()),
        (
            "/merchantInfo/consentRemovalPrefix".to_owned(),
            json!(null),
            "merchantInfo.consentRemovalPrefix".to_owned(),
        ),
    ];
    for (pointer, value, field) in table {
        names_field(&orders.initiate(&with(&fixed, &pointer, value)).await, &field);
    }
    names_field(&orders.initiate(&express(&orders)).await, "merchantInfo.shippingDetailsPrefix");
    let plain = Orders::named("plain").await;
    let body = with(&express(&plain), "/merchantInfo/staticShippingDetails", options());
    is_refused(&plain.initiate(&body).await, 403, "VippsError", "91");
}
