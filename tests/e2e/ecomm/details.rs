//! `GET /ecomm/v2/payments/{orderId}/details` and `/status`.

use std::time::Duration;

use kvitt_proto::merchant::v1::CaptureType;
use kvitt_tests::requests::{fresh_key, with};
use kvitt_tests::{Shop, Stack, StackPlan, UnitPlan};
use serde_json::{Value, json};

use super::orders::{Orders, is_refused, is_transaction_id, summary};

/// The word of the other endpoint.
async fn word(orders: &Orders, order_id: &str) -> String {
    let status = orders.status(order_id).await;
    let info = &status.is(200)["transactionInfo"];
    is_transaction_id(&info["transactionId"]);
    info["status"].as_str().expect("a text").to_owned()
}

#[tokio::test]
async fn p74_the_history_is_newest_first_and_a_summary_waits_for_the_payer() {
    let orders = Orders::named("full").await;
    let order_id = orders.initiated(10_000).await;
    let details = orders.details(&order_id).await;
    let told = details.is(200);
    assert_eq!(details.headers["content-type"], "application/json;charset=UTF-8");
    assert_eq!(told["orderId"], order_id);
    for absent in ["transactionSummary", "shippingDetails", "userDetails", "sub"] {
        assert!(told.get(absent).is_none(), "{absent} is there: {told}");
    }
    assert_eq!(word(&orders, &order_id).await, "INITIATE");

    orders.approve(&order_id, &orders.shop.phone).await.is(200);
    let key = fresh_key();
    orders.under(&key, &order_id, "capture", &orders.change(Some(4_000))).await.is(200);
    let details = orders.details(&order_id).await;
    let told = details.is(200);
    assert_eq!(summary(told), [4_000, 6_000, 0, 4_000]);
    assert!(told["transactionSummary"]["bankIdentificationNumber"].is_u64(), "{told}");
    let history = told["transactionLogHistory"].as_array().expect("it is there");
    let lines: Vec<(&Value, &Value, &Value, &Value)> = history
        .iter()
        .map(|entry| (&entry["operation"], &entry["amount"], &entry["transactionText"], &entry["requestId"]))
        .collect();
    let (socks, none) = (json!("One pair of socks"), json!(""));
    let expected = [
        (&json!("CAPTURE"), &json!(4_000), &json!("Socks on the way"), &json!(key)),
        (&json!("RESERVE"), &json!(10_000), &socks, &none),
        (&json!("INITIATE"), &json!(10_000), &socks, &none),
    ];
    assert_eq!(lines, expected);
    for entry in history {
        assert_eq!(entry["operationSuccess"], true, "{entry}");
        assert!(entry["timeStamp"].as_str().expect("a text").ends_with('Z'), "{entry}");
        is_transaction_id(&entry["transactionId"]);
    }
    let at = |index: usize| history[index]["timeStamp"].as_str().expect("a text");
    assert!(at(0) >= at(1) && at(1) >= at(2));
    assert_eq!(word(&orders, &order_id).await, "CAPTURE");
}

#[tokio::test]
async fn p74_a_merchant_cancels_before_approval_and_voids_after_it() {
    let orders = Orders::named("full").await;
    let before = orders.initiated(10_000).await;
    orders.cancel(&before).await.is(200);
    assert_eq!(orders.operations(&before).await, ["CANCEL", "INITIATE"]);
    assert!(orders.details(&before).await.body.get("transactionSummary").is_none());
    assert_eq!(word(&orders, &before).await, "CANCEL");

    let after = orders.reserved(10_000).await;
    orders.cancel(&after).await.is(200);
    assert_eq!(orders.operations(&after).await, ["VOID", "RESERVE", "INITIATE"]);
    assert_eq!(summary(orders.details(&after).await.is(200)), [0, 0, 0, 0]);
    assert_eq!(word(&orders, &after).await, "VOID");
    let told = orders.details(&after).await.body["transactionLogHistory"][0]["transactionText"].clone();
    assert_eq!(told, "Socks on the way");
}

#[tokio::test]
async fn an_attempt_that_failed_stands_in_the_history() {
    let orders = Orders::named("full").await;
    let order_id = orders.initiated(10_000).await;
    let refused = orders.approve(&order_id, Stack::shared().poor_phone()).await;
    assert_eq!(refused.status, 400, "{}", refused.text);
    let details = orders.details(&order_id).await;
    let last = &details.is(200)["transactionLogHistory"][0];
    assert_eq!((&last["operation"], &last["operationSuccess"]), (&json!("RESERVE"), &json!(false)));
    assert_eq!(word(&orders, &order_id).await, "FAILED");
    orders.approve(&order_id, &orders.shop.phone).await.is(200);
    assert_eq!(orders.operations(&order_id).await, ["RESERVE", "RESERVE", "INITIATE"]);
}

#[tokio::test]
async fn an_order_that_nobody_answers_is_cancelled_in_the_one_and_rejected_in_the_other() {
    let stack = Stack::own(StackPlan::default()).await;
    let orders = Orders { shop: Shop::open(&stack, stack.keys("full")).await };
    let order_id = orders.initiated(10_000).await;
    stack.advance(Duration::from_secs(10 * 60)).await;
    assert_eq!(orders.operations(&order_id).await, ["CANCEL", "INITIATE"]);
    assert_eq!(word(&orders, &order_id).await, "REJECTED");
    stack.stop().await;
}

#[tokio::test]
async fn a_unit_with_direct_capture_sells_on_approval() {
    let stack = Stack::shared();
    let plan = UnitPlan { capture_type: CaptureType::DirectCapture, ..UnitPlan::default() };
    let orders = Orders { shop: Shop::open(stack, &stack.open_unit(plan).await).await };
    let order_id = orders.reserved(10_000).await;
    assert_eq!(orders.operations(&order_id).await, ["SALE", "INITIATE"]);
    assert_eq!(word(&orders, &order_id).await, "SALE");
    assert_eq!(summary(orders.details(&order_id).await.is(200)), [10_000, 0, 0, 10_000]);
    is_refused(&orders.capture(&order_id, None).await, 400, "Payment", "61");
    orders.refund(&order_id, Some(1_000)).await.is(200);
    assert_eq!(orders.operations(&order_id).await, ["REFUND", "SALE", "INITIATE"]);
}

#[tokio::test]
async fn what_is_shared_is_told_once_the_payer_has_approved() {
    let orders = Orders::named("full").await;
    let body = with(&orders.minimal(10_000), "/transaction/scope", json!("name phoneNumber"));
    let order_id = orders.initiate(&body).await.is(200)["orderId"].as_str().expect("a text").to_owned();
    assert!(orders.details(&order_id).await.is(200).get("sub").is_none());
    orders.approve(&order_id, &orders.shop.phone).await.is(200);
    let details = orders.details(&order_id).await;
    let told = details.is(200);
    let sub = told["sub"].as_str().expect("the payer has a name here");
    let user = &told["userDetails"];
    assert_eq!(user["mobileNumber"], orders.shop.phone[2..], "8 digits: {user}");
    assert_eq!(user["userId"], sub.replace('-', ""));
    assert_eq!(user["bankIdVerified"], 1);
    assert!(user["firstName"].is_string() && user["lastName"].is_string(), "{user}");
    assert!(user.get("email").is_none(), "only what was asked for: {user}");
}
