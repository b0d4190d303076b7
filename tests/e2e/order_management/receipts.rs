//! Receipts, which are written once.

use kvitt_testing::eventually;
use kvitt_tests::requests::{fresh_reference, with};
use serde_json::{Value, json};

use super::{Orders, id, problem, receipt, shown};

#[tokio::test]
async fn m58_a_second_receipt_is_a_conflict_and_a_second_category_replaces_the_first() {
    let (orders, order_id) = (Orders::of("full").await, fresh_reference());
    id(orders.add_receipt(&order_id, "socks").await.is(201));
    for name in ["socks", "shoes"] {
        problem(&orders.add_receipt(&order_id, name).await, 409);
    }
    let first = id(orders.set_category(&order_id, "TICKET").await.is(200));
    let second = id(orders.set_category(&order_id, "DELIVERY").await.is(200));
    assert_ne!(first, second);
    let answer = orders.order(&order_id).await;
    let order = answer.is(200);
    assert_eq!(order["receipt"], shown("socks"));
    let category = json!({"category": "DELIVERY", "orderDetailsUrl": "https://shop.example/orders"});
    assert_eq!(order["category"], category);
}

#[tokio::test]
async fn m60_receipt_and_category_are_accepted_for_an_order_that_does_not_exist_yet() {
    let (orders, order_id) = (Orders::of("full").await, fresh_reference());
    problem(&orders.order(&order_id).await, 404);
    orders.set_category(&order_id, "BOOKING").await.is(200);
    orders.add_receipt(&order_id, "socks").await.is(201);
    let create = with(&orders.shop.minimal(10_000), "/reference", json!(order_id));
    orders.shop.create(&create).await.is(201);
    let answer = orders.order(&order_id).await;
    assert_eq!(answer.is(200)["receipt"], shown("socks"));
}

#[tokio::test]
async fn m61_ecom_and_its_capitals_address_the_same_order_and_recurring_another() {
    let (orders, order_id) = (Orders::of("full").await, fresh_reference());
    let body = receipt("socks");
    orders.post(&format!("/v2/eCom/receipts/{order_id}"), &body).await.is(201);
    problem(&orders.post(&format!("/v2/ECOM/receipts/{order_id}"), &body).await, 409);
    let written = ["ecom", "ECOM", "eCom"];
    for payment_type in written {
        let answer = orders.get(&format!("/v2/{payment_type}/{order_id}")).await;
        assert_eq!(answer.is(200)["receipt"], shown("socks"), "{payment_type}");
    }
    problem(&orders.get(&format!("/v2/recurring/{order_id}")).await, 404);
    orders.post(&format!("/v2/Recurring/receipts/{order_id}"), &receipt("shoes")).await.is(201);
    let answer = orders.get(&format!("/v2/RECURRING/{order_id}")).await;
    assert_eq!(answer.is(200)["receipt"], shown("shoes"));
}

/// An order id may be what no payment's reference is.
#[tokio::test]
async fn an_order_id_may_hold_what_a_reference_may_not() {
    let orders = Orders::of("full").await;
    let fresh = fresh_reference();
    for order_id in [format!("{fresh}_1.2"), "1".to_owned(), "a".repeat(64)] {
        let answer = orders.add_receipt(&order_id, "socks").await;
        assert!([201, 409].contains(&answer.status), "{order_id}: {}", answer.text);
        orders.order(&order_id).await.is(200);
    }
    orders.add_receipt(&fresh, "socks").await.is(201);
    problem(&orders.order(&fresh.to_uppercase()).await, 404);
}

fn with_receipt(create: &Value, name: &str) -> Value {
    with(create, "/receipt", receipt(name))
}

#[tokio::test]
async fn a_receipt_that_comes_with_a_payment_is_the_orders_from_then_on() {
    let orders = Orders::of("full").await;
    let create = with_receipt(&orders.shop.minimal(10_000), "socks");
    let order_id = create["reference"].as_str().expect("a text").to_owned();
    orders.shop.create(&create).await.is(201);
    eventually!(orders.order(&order_id).await.status == 200);
    assert_eq!(orders.order(&order_id).await.body["receipt"], shown("socks"));
    problem(&orders.add_receipt(&order_id, "shoes").await, 409);
    assert_eq!(orders.order(&order_id).await.body["receipt"], shown("socks"));
}

#[tokio::test]
async fn a_receipt_that_was_sent_before_the_payment_stays() {
    let orders = Orders::of("full").await;
    let create = with_receipt(&orders.shop.minimal(10_000), "shoes");
    let order_id = create["reference"].as_str().expect("a text").to_owned();
    orders.add_receipt(&order_id, "socks").await.is(201);
    orders.shop.create(&create).await.is(201);
    // What is created after it in the same unit is followed after it.
    let later = with_receipt(&orders.shop.minimal(10_000), "gloves");
    let later_id = later["reference"].as_str().expect("a text").to_owned();
    orders.shop.create(&later).await.is(201);
    eventually!(orders.order(&later_id).await.status == 200);
    assert_eq!(orders.order(&order_id).await.body["receipt"], shown("socks"));
}
