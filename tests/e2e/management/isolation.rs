//! Nobody finds out by managing whether a thing of others exists.

use kvitt_tests::requests::fresh_key;
use kvitt_tests::{Answer, Stack};
use reqwest::Method;
use serde_json::json;

use super::{Manager, order};

#[tokio::test]
async fn every_route_of_management_answers_foreign_and_absent_alike() {
    let stack = Stack::shared();
    let partner = Manager::specialised(stack, "partner_management").await;
    let mut abroad = order();
    abroad["businessIdentifier"] = json!({"scheme": "business:DK:CVR", "id": "12345674"});
    abroad["settlementBankAccount"] = json!({"scheme": "BBAN:DK", "id": "12345678901234"});
    let prefilled = partner.prefill(&fresh_key(), &abroad).await;
    let order_id = prefilled.is(201)["prefilledOrderId"].as_str().expect("an id is text").to_owned();
    let merchant = Manager::specialised(stack, "merchant_management").await;
    let unit = Manager::standard(stack, stack.keys("full")).await;
    let partners = Manager::standard(stack, stack.keys("partner")).await;
    // What is somebody else's for each of them: another unit, another merchant, the partner's other unit, an order.
    let callers = [
        (&merchant, vec!["400001", "500001"], true),
        (&unit, vec!["300002", "400001", "500001"], true),
        (&partner, vec!["300002", "500001"], false),
        (&partners, vec!["300002", "500001"], false),
    ];
    let nobodys_order = "00000000-0000-4000-8000-00000000dead";
    let mut calls = 0;
    for (manager, units, orders_too) in callers {
        let mut pairs: Vec<(Method, String, String)> = Vec::new();
        let mut get = |foreign: String, absent: String| pairs.push((Method::GET, foreign, absent));
        for msn in units {
            let of = |msn: &str| format!("/management/v1/sales-units/{msn}");
            get(of(msn), of("599999"));
        }
        for rest in ["", "/sales-units"] {
            let of = |id: &str| format!("/management/v1/merchants/business:DK:CVR/{id}{rest}");
            get(of("12345674"), of("37000000"));
        }
        if orders_too {
            let details = |id: &str| format!("/management/v2/product-orders/{id}/details");
            get(details(&order_id), details(nobodys_order));
            let one = |id: &str| format!("/management/v1/product-orders/{id}");
            pairs.push((Method::DELETE, one(&order_id), one(nobodys_order)));
        }
        for (method, foreign, absent) in pairs {
            let of_others = seen(manager, &method, &foreign).await;
            let of_nobody = seen(manager, &method, &absent).await;
            assert_eq!(of_others, of_nobody, "{method} {foreign}");
            assert!([403, 404].contains(&of_others.0), "{method} {foreign}: {of_others:?}");
            calls += 2;
        }
    }
    println!("isolation: {calls} calls of management's routes, 0 leaks");
    // Nobody has deleted it.
    let details = format!("/management/v2/product-orders/{order_id}/details");
    assert_eq!(partner.read(&details).await["status"], "RECEIVED");
}

/// The status and the body, but for the trace that is each request's own.
async fn seen(manager: &Manager, method: &Method, path: &str) -> (u16, serde_json::Value) {
    let answer = Answer::of(manager.request(method.clone(), path)).await;
    let mut body = answer.body;
    if let Some(fields) = body.as_object_mut() {
        fields.remove("instance");
    }
    (answer.status, body)
}
