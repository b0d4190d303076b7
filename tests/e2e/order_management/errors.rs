//! How calls that are not in order are refused.

use kvitt_tests::requests::{fresh_reference, with, without};
use serde_json::{Value, json};

use super::{Orders, category, invalid, problem, receipt};

#[tokio::test]
async fn m62_every_broken_field_stands_in_invalid_params() {
    let orders = Orders::of("full").await;
    let broken = json!({"category": "general", "imageId": "a/b"});
    let refused = orders.put("/v2/card/categories/order%201", &broken).await;
    assert_eq!(invalid(&refused), ["paymentType", "category", "orderDetailsUrl"]);
    let broken = json!({"category": "GENERAL", "orderDetailsUrl": "javascript:alert(1)", "imageId": "a/b"});
    let refused = orders.put("/v2/ecom/categories/order%201", &broken).await;
    assert_eq!(invalid(&refused), ["orderId", "orderDetailsUrl", "imageId"]);
    assert_eq!(refused.body["title"], "One or more validation errors occurred.");
    let told: Vec<_> = refused.body["invalidParams"].as_array().expect("it is there").iter().collect();
    let sentence = "The field OrderDetailsUrl must be a URL with http or https of at most 2048 characters.";
    assert_eq!(told[1]["reason"], sentence);
    let refused = orders.post("/v3/categories", &json!({})).await;
    assert_eq!(invalid(&refused), ["paymentType", "orderId", "type", "url"]);
    let refused =
        orders.post("/v3/categories", &with(&category("", "TICKET"), "/url", json!("/orders"))).await;
    assert_eq!(invalid(&refused), ["orderId", "url"]);
}

#[tokio::test]
async fn every_rule_of_a_receipt_names_its_field() {
    let orders = Orders::of("full").await;
    let path = format!("/v2/ecom/receipts/{}", fresh_reference());
    let line = "orderLines[0]";
    let table: [(&str, Option<Value>, String); 16] = [
        ("/orderLines", None, "orderLines".to_owned()),
        ("/orderLines", Some(json!([])), "orderLines".to_owned()),
        ("/orderLines/0/name", None, format!("{line}.name")),
        ("/orderLines/0/id", Some(json!("")), format!("{line}.id")),
        ("/orderLines/0/totalAmount", Some(json!(10.5)), format!("{line}.totalAmount")),
        ("/orderLines/0/totalTaxAmount", None, format!("{line}.totalTaxAmount")),
        ("/orderLines/0/taxPercentage", Some(json!(101)), format!("{line}.taxPercentage")),
        ("/orderLines/0/discount", Some(json!(-1)), format!("{line}.discount")),
        ("/orderLines/0/unitInfo/unitPrice", None, format!("{line}.unitInfo.unitPrice")),
        ("/orderLines/0/unitInfo/quantity", Some(json!("1,5")), format!("{line}.unitInfo.quantity")),
        ("/orderLines/0/unitInfo/quantityUnit", Some(json!("YARD")), format!("{line}.unitInfo.quantityUnit")),
        ("/bottomLine", None, "bottomLine".to_owned()),
        ("/bottomLine/currency", Some(json!("SEK")), "bottomLine.currency".to_owned()),
        ("/bottomLine/tipAmount", Some(json!(-1)), "bottomLine.tipAmount".to_owned()),
        ("/bottomLine/barcode/format", Some(json!("QR")), "bottomLine.barcode.format".to_owned()),
        ("/bottomLine/barcode/data", None, "bottomLine.barcode.data".to_owned()),
    ];
    for (pointer, value, field) in table {
        let body = match value {
            Some(value) => with(&receipt("socks"), pointer, value),
            None => without(&receipt("socks"), pointer),
        };
        let refused = orders.post(&path, &body).await;
        assert_eq!(invalid(&refused), [field], "{pointer}");
    }
    orders.post(&path, &receipt("socks")).await.is(201);
}

#[tokio::test]
async fn what_names_nothing_is_refused_in_the_same_shape() {
    let orders = Orders::of("full").await;
    assert_eq!(invalid(&orders.get("/v3/categories").await), ["orderId"]);
    assert_eq!(invalid(&orders.get("/v3/categories?orderId=a%20b").await), ["orderId"]);
    assert_eq!(invalid(&orders.get("/v3/categories?orderId=%ff").await), ["orderId"]);
    assert_eq!(invalid(&orders.get("/v3/categories/1").await), ["categoryId"]);
    assert_eq!(invalid(&orders.delete("/v3/categories/%ff").await), ["categoryId"]);
    assert_eq!(invalid(&orders.get("/v2/ecom/%ff").await), ["paymentType"]);
    assert_eq!(invalid(&orders.get("/v2/card/order-1").await), ["paymentType"]);
    assert_eq!(invalid(&orders.get(&format!("/v2/ecom/{}", "a".repeat(65))).await), ["orderId"]);
    problem(&orders.get("/v3/categories/01234567-8901-2345-6789-012345678901").await, 404);
    // Closed by upstream.
    problem(&orders.get("/v1/receipts/12345").await, 404);
    problem(&orders.get("/v1/images").await, 405);
    let text = orders.shop.post_bytes("/order-management/v3/categories", "{").await;
    assert_eq!(problem(&text, 400)["invalidParams"], Value::Null);
}
