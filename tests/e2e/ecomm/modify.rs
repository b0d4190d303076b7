//! Capture, refund and cancel.

use std::time::Duration;

use kvitt_tests::requests::with;
use kvitt_tests::{Answer, Shop, Stack, StackPlan};
use serde_json::{Value, json};

use super::orders::{Orders, is_refused, is_transaction_id, names_field, summary};

#[tokio::test]
async fn p72_a_capture_without_an_amount_takes_all_and_a_refund_has_a_shape_of_its_own() {
    let orders = Orders::named("full").await;
    let order_id = orders.reserved(20_000).await;
    let captured = orders.capture(&order_id, None).await;
    let told = captured.is(200);
    assert_eq!(captured.headers["content-type"], "application/json;charset=UTF-8");
    assert_eq!(told["orderId"], order_id);
    let info = &told["transactionInfo"];
    assert_eq!((&info["status"], &info["amount"]), (&json!("Captured"), &json!(20_000)));
    assert_eq!(info["transactionText"], "Socks on the way");
    assert!(info["timeStamp"].as_str().expect("a text").ends_with('Z'), "{info}");
    is_transaction_id(&info["transactionId"]);
    assert_eq!(summary(told), [20_000, 0, 0, 20_000]);

    let refunded = orders.refund(&order_id, None).await;
    let told = refunded.is(200);
    assert!(told.get("transactionInfo").is_none(), "{told}");
    let transaction = &told["transaction"];
    assert_eq!((&transaction["status"], &transaction["amount"]), (&json!("Refund"), &json!(20_000)));
    assert!(!transaction["timeStamp"].as_str().expect("a text").ends_with('Z'), "{transaction}");
    is_transaction_id(&transaction["transactionId"]);
    assert_ne!(transaction["transactionId"], captured.body["transactionInfo"]["transactionId"]);
    assert_eq!(summary(told), [20_000, 0, 20_000, 0]);
}

#[tokio::test]
async fn null_and_nought_are_all_that_is_left_too() {
    let orders = Orders::named("full").await;
    for amount in [json!(null), json!(0)] {
        let order_id = orders.captured(20_000, 5_000).await;
        let body = with(&orders.change(None), "/transaction/amount", amount);
        let captured = Answer::of(orders.request(&order_id, "capture", &body)).await;
        assert_eq!(captured.is(200)["transactionInfo"]["amount"], 15_000);
        let refunded = Answer::of(orders.request(&order_id, "refund", &body)).await;
        assert_eq!(refunded.is(200)["transaction"]["amount"], 20_000);
    }
}

#[tokio::test]
async fn parts_add_up_and_are_told_one_by_one() {
    let orders = Orders::named("full").await;
    let order_id = orders.reserved(10_000).await;
    let mut seen = Vec::new();
    for (part, sums) in [(4_000, [4_000, 6_000, 0, 4_000]), (4_000, [8_000, 2_000, 0, 8_000])] {
        let answer = orders.capture(&order_id, Some(part)).await;
        assert_eq!(answer.is(200)["transactionInfo"]["amount"], part);
        assert_eq!(summary(&answer.body), sums);
        seen.push(answer.body["transactionInfo"]["transactionId"].clone());
    }
    assert_ne!(seen[0], seen[1]);
    let answer = orders.refund(&order_id, Some(1_000)).await;
    assert_eq!(summary(answer.is(200)), [8_000, 2_000, 1_000, 7_000]);
}

#[tokio::test]
async fn p73_after_a_capture_the_rest_is_released_only_when_asked_for() {
    let orders = Orders::named("full").await;
    let order_id = orders.captured(10_000, 4_000).await;
    is_refused(&orders.cancel(&order_id).await, 400, "Payment", "51");
    let release = with(&orders.change(None), "/shouldReleaseRemainingFunds", json!(true));
    let cancelled = Answer::of(orders.request(&order_id, "cancel", &release)).await;
    let told = cancelled.is(200);
    let info = &told["transactionInfo"];
    assert_eq!((&info["status"], &info["amount"]), (&json!("Cancelled"), &json!(10_000)));
    is_transaction_id(&info["transactionId"]);
    assert_eq!(summary(told), [4_000, 0, 0, 4_000]);
    assert_eq!(orders.operations(&order_id).await, ["VOID", "CAPTURE", "RESERVE", "INITIATE"]);
}

#[tokio::test]
async fn an_order_that_nobody_has_approved_can_be_cancelled() {
    let orders = Orders::named("full").await;
    let order_id = orders.initiated(10_000).await;
    let cancelled = orders.cancel(&order_id).await;
    assert_eq!(summary(cancelled.is(200)), [0, 0, 0, 0]);
    assert_eq!(cancelled.body["transactionInfo"]["amount"], 10_000);
    is_refused(&orders.approve(&order_id, &orders.shop.phone).await, 400, "VippsError", "91");
    is_refused(&orders.capture(&order_id, None).await, 400, "VippsError", "91");
}

#[tokio::test]
async fn a_request_id_makes_a_repetition_harmless_and_belongs_to_one_operation() {
    let orders = Orders::named("full").await;
    let order_id = orders.reserved(10_000).await;
    // Upstream's own scripts use the order's id for both.
    let first = orders.under(&order_id, &order_id, "capture", &orders.change(Some(4_000))).await;
    first.is(200);
    orders.capture(&order_id, Some(1_000)).await.is(200);
    let again = orders.under(&order_id, &order_id, "capture", &orders.change(Some(4_000))).await;
    assert_eq!(again.is(200), &first.body, "the first answer, whatever happened since");
    assert_eq!(summary(orders.details(&order_id).await.is(200)), [5_000, 5_000, 0, 5_000]);

    let other = orders.under(&order_id, &order_id, "capture", &orders.change(Some(4_001))).await;
    is_refused(&other, 400, "Payment", "93");
    let refund = orders.under(&order_id, &order_id, "refund", &orders.change(Some(4_000))).await;
    assert_eq!(refund.is(200)["transaction"]["amount"], 4_000);
    let other = orders.under(&order_id, &order_id, "refund", &orders.change(Some(1))).await;
    is_refused(&other, 400, "VippsError", "93");

    let cancel = with(&orders.change(None), "/shouldReleaseRemainingFunds", json!(true));
    let first = orders.under("0", &order_id, "cancel", &cancel).await;
    let again = orders.under("0", &order_id, "cancel", &cancel).await;
    assert_eq!(again.is(200), first.is(200));
}

#[tokio::test]
async fn an_empty_request_id_is_none_and_a_long_one_is_refused() {
    let orders = Orders::named("full").await;
    let order_id = orders.reserved(10_000).await;
    for _ in 0..2 {
        orders.under("", &order_id, "capture", &orders.change(Some(1_000))).await.is(200);
    }
    assert_eq!(summary(orders.details(&order_id).await.is(200)), [2_000, 8_000, 0, 2_000]);
    let long = "k".repeat(41);
    names_field(
        &orders.under(&long, &order_id, "capture", &orders.change(Some(1_000))).await,
        "X-Request-Id",
    );
    orders.under(&long[1..], &order_id, "capture", &orders.change(Some(1_000))).await.is(200);
}

#[tokio::test]
async fn a_change_whose_body_is_broken_changes_nothing() {
    let orders = Orders::named("full").await;
    let order_id = orders.captured(10_000, 4_000).await;
    let change = |pointer, value: Value| with(&orders.change(Some(100)), pointer, value);
    let table = [
        ("capture", change("/transaction/amount", json!(0.5)), "transaction.amount"),
        ("capture", change("/transaction/amount", json!(-1)), "transaction.amount"),
        ("capture", change("/transaction/transactionText", json!(null)), "transaction.transactionText"),
        ("refund", change("/transaction/amount", json!("much")), "transaction.amount"),
        (
            "refund",
            change("/transaction/transactionText", json!("t".repeat(101))),
            "transaction.transactionText",
        ),
        ("cancel", change("/transaction", json!(null)), "transaction"),
        ("cancel", change("/shouldReleaseRemainingFunds", json!("yes")), "shouldReleaseRemainingFunds"),
        ("cancel", change("/merchantInfo", json!([])), "merchantInfo"),
    ];
    for (verb, body, field) in table {
        names_field(&Answer::of(orders.request(&order_id, verb, &body)).await, field);
    }
    assert_eq!(summary(orders.details(&order_id).await.is(200)), [4_000, 6_000, 0, 4_000]);
}

#[tokio::test]
async fn p77_an_order_is_a_payment_of_epayment_and_not_the_other_way_round() {
    let orders = Orders::named("full").await;
    let shop = &orders.shop;
    let order_id = orders.reserved(10_000).await;
    assert_eq!(shop.payment(&order_id).await.is(200)["state"], "AUTHORIZED");
    shop.capture(&order_id, 4_000).await.is(200);
    assert_eq!(summary(orders.details(&order_id).await.is(200)), [4_000, 6_000, 0, 4_000]);
    orders.capture(&order_id, Some(1_000)).await.is(200);
    shop.refund(&order_id, 500).await.is(200);
    assert_eq!(shop.sums(&order_id).await, [10_000, 5_000, 0, 500]);
    shop.cancel(&order_id).await.is(200);
    assert_eq!(orders.operations(&order_id).await[0], "VOID");

    let reference = shop.authorized(10_000).await;
    for (verb, body) in
        [("capture", orders.change(None)), ("refund", orders.change(None)), ("cancel", orders.change(None))]
    {
        let answer = Answer::of(orders.request(&reference, verb, &body)).await;
        is_refused(&answer, 404, "Merchant", "35");
    }
    is_refused(&orders.details(&reference).await, 404, "Merchant", "35");
    is_refused(&orders.status(&reference).await, 404, "Merchant", "35");
    let open = shop.created(10_000).await;
    is_refused(&orders.approve(&open, &shop.phone).await, 404, "Merchant", "35");
    assert_eq!(shop.sums(&reference).await, [10_000, 0, 0, 0]);
    assert_eq!(shop.state(&open).await, "CREATED");
}

#[tokio::test]
async fn an_order_that_is_not_there_is_unknown_whatever_it_is_called() {
    let orders = Orders::named("full").await;
    let foreign = Orders::named("second").await.reserved(10_000).await;
    for order_id in ["nothing", "a_b", &"o".repeat(64), &foreign] {
        is_refused(&orders.details(order_id).await, 404, "Merchant", "35");
        is_refused(&orders.capture(order_id, None).await, 404, "Merchant", "35");
    }
}

#[tokio::test]
async fn old_orders_can_be_neither_captured_nor_refunded() {
    let stack = Stack::own(StackPlan::default()).await;
    let orders = Orders { shop: Shop::open(&stack, stack.keys("full")).await };
    let reserved = orders.reserved(10_000).await;
    let captured = orders.captured(10_000, 10_000).await;
    stack.advance(Duration::from_secs(181 * 86_400)).await;
    is_refused(&orders.capture(&reserved, None).await, 400, "Payment", "98");
    is_refused(&orders.cancel(&reserved).await, 400, "Payment", "52");
    orders.refund(&captured, Some(1_000)).await.is(200);
    stack.advance(Duration::from_secs(185 * 86_400)).await;
    is_refused(&orders.refund(&captured, Some(1_000)).await, 400, "Payment", "95");
    stack.stop().await;
}
