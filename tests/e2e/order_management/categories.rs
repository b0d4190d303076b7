//! Links that payers find beside their payments.

use kvitt_tests::requests::fresh_reference;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Orders, PNG, category, id, image, invalid, problem};

async fn add(orders: &Orders, body: &Value) -> String {
    let answer = orders.post("/v3/categories", body).await;
    let category_id = answer.is(201)["categoryId"].as_str().expect("an id is text");
    assert!(category_id.parse::<Uuid>().is_ok(), "{category_id}");
    category_id.to_owned()
}

async fn list(orders: &Orders, order_id: &str) -> Vec<Value> {
    let answer = orders.get(&format!("/v3/categories?orderId={order_id}")).await;
    answer.is(200)["categories"].as_array().expect("categories are an array").clone()
}

#[tokio::test]
async fn an_order_has_several_categories_that_are_read_and_deleted_one_by_one() {
    let (orders, order_id) = (Orders::of("full").await, fresh_reference());
    assert_eq!(list(&orders, &order_id).await, Vec::<Value>::new());
    let first = add(&orders, &category(&order_id, "ORDER_CONFIRMATION")).await;
    let mut second_body = category(&order_id, "DELIVERY");
    second_body["paymentType"] = json!("recurring");
    let second = add(&orders, &second_body).await;
    let mut told = [category(&order_id, "ORDER_CONFIRMATION"), second_body];
    told[0]["categoryId"] = json!(first);
    told[1]["categoryId"] = json!(second);
    told[1]["paymentType"] = json!("RECURRING");
    assert_eq!(list(&orders, &order_id).await, told);
    let one = format!("/v3/categories/{second}");
    assert_eq!(*orders.get(&one).await.is(200), told[1]);
    orders.delete(&one).await.is(200);
    problem(&orders.delete(&one).await, 404);
    problem(&orders.get(&one).await, 404);
    assert_eq!(list(&orders, &order_id).await, told[..1]);
}

#[tokio::test]
async fn the_order_shows_the_category_that_it_was_given_last_by_either_version() {
    let (orders, order_id) = (Orders::of("full").await, fresh_reference());
    let shown = async || orders.order(&order_id).await.is(200)["category"]["category"].clone();
    let set = id(orders.set_category(&order_id, "TICKET").await.is(200));
    assert_eq!(shown().await, "TICKET");
    add(&orders, &category(&order_id, "DELIVERY")).await;
    assert_eq!(shown().await, "DELIVERY");
    let set_again = id(orders.set_category(&order_id, "RECEIPT").await.is(200));
    assert_eq!(shown().await, "RECEIPT");
    let ids: Vec<_> = list(&orders, &order_id).await.iter().map(|one| one["categoryId"].clone()).collect();
    assert!(ids.contains(&json!(set_again)) && !ids.contains(&json!(set)), "{ids:?}");
    assert_eq!(ids.len(), 2);
}

#[tokio::test]
async fn a_category_shows_an_image_that_was_sent_before() {
    let (orders, order_id) = (Orders::of("full").await, fresh_reference());
    let image_id = format!("{order_id}.png");
    let mut body = category(&order_id, "BOOKING");
    body["imageId"] = json!(image_id);
    let refused = orders.post("/v3/categories", &body).await;
    assert_eq!(invalid(&refused), ["imageId"]);
    orders.post("/v1/images", &image(&image_id, PNG)).await.is(200);
    add(&orders, &body).await;
    assert_eq!(orders.order(&order_id).await.is(200)["category"]["imageId"], image_id);
}

#[tokio::test]
async fn an_order_has_at_most_fifty_added_categories() {
    let (orders, order_id) = (Orders::of("full").await, fresh_reference());
    for _ in 0..50 {
        add(&orders, &category(&order_id, "GENERAL")).await;
    }
    let refused = orders.post("/v3/categories", &category(&order_id, "GENERAL")).await;
    assert_eq!(invalid(&refused), ["orderId"]);
    orders.set_category(&order_id, "GENERAL").await.is(200);
    assert_eq!(list(&orders, &order_id).await.len(), 51);
}
