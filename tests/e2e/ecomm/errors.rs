//! The table of error codes (contract-payments section 9.5): those that a shop can provoke by what it asks.

use kvitt_tests::requests::with;
use kvitt_tests::{Answer, Stack};
use reqwest::Method;
use serde_json::json;

use super::orders::{Orders, is_refused};

#[tokio::test]
async fn a_cancellation_says_why_not() {
    let orders = Orders::named("full").await;
    let captured = orders.captured(10_000, 10_000).await;
    is_refused(&orders.cancel(&captured).await, 400, "Payment", "51");
    let release = with(&orders.change(None), "/shouldReleaseRemainingFunds", json!(true));
    let nothing_left = Answer::of(orders.request(&captured, "cancel", &release)).await;
    is_refused(&nothing_left, 400, "Payment", "51");
    for order_id in [orders.initiated(10_000).await, orders.reserved(10_000).await] {
        orders.cancel(&order_id).await.is(200);
        is_refused(&orders.cancel(&order_id).await, 400, "Payment", "52");
    }
}

#[tokio::test]
async fn a_capture_says_why_not() {
    let orders = Orders::named("full").await;
    let order_id = orders.reserved(10_000).await;
    is_refused(&orders.capture(&order_id, Some(10_001)).await, 400, "Payment", "61");
    orders.capture(&order_id, None).await.is(200);
    is_refused(&orders.capture(&order_id, Some(1)).await, 400, "Payment", "61");
    is_refused(&orders.capture(&order_id, None).await, 400, "Payment", "61");
    let open = orders.initiated(10_000).await;
    is_refused(&orders.capture(&open, None).await, 400, "Payment", "62");
    let cancelled = orders.reserved(10_000).await;
    orders.cancel(&cancelled).await.is(200);
    is_refused(&orders.capture(&cancelled, None).await, 400, "VippsError", "91");
    let whole = Orders::named("full_capture").await;
    let order_id = whole.reserved(10_000).await;
    is_refused(&whole.capture(&order_id, Some(1)).await, 400, "VippsError", "91");
}

#[tokio::test]
async fn a_refund_says_why_not() {
    let orders = Orders::named("full").await;
    let captured = orders.captured(10_000, 4_000).await;
    is_refused(&orders.refund(&captured, Some(4_001)).await, 400, "Payment", "71");
    // Test amounts: nobody is there to take the one, and the time for the other is over.
    is_refused(&orders.refund(&captured, Some(123)).await, 400, "Payment", "74");
    is_refused(&orders.refund(&captured, Some(124)).await, 400, "Payment", "95");
    orders.refund(&captured, None).await.is(200);
    is_refused(&orders.refund(&captured, Some(1)).await, 400, "Payment", "71");
    is_refused(&orders.refund(&captured, None).await, 400, "Payment", "71");
    for minor in [None, Some(100)] {
        let reserved = orders.reserved(10_000).await;
        is_refused(&orders.refund(&reserved, minor).await, 400, "Payment", "72");
        orders.cancel(&reserved).await.is(200);
        is_refused(&orders.refund(&reserved, minor).await, 400, "Payment", "73");
        let open = orders.initiated(10_000).await;
        is_refused(&orders.refund(&open, minor).await, 400, "Payment", "72");
        orders.cancel(&open).await.is(200);
        is_refused(&orders.refund(&open, minor).await, 400, "Payment", "73");
    }
}

#[tokio::test]
async fn an_approval_by_force_says_why_not() {
    let orders = Orders::named("full").await;
    let stack = Stack::shared();
    let order_id = orders.initiated(10_000).await;
    is_refused(&orders.approve(&order_id, stack.cardless_phone()).await, 400, "Payment", "41");
    is_refused(&orders.approve(&order_id, stack.poor_phone()).await, 400, "Payment", "42");
    is_refused(&orders.approve(&order_id, "4799999999").await, 400, "User", "81");
    is_refused(&orders.approve(&order_id, "123").await, 400, "User", "81");
    orders.approve(&order_id, &orders.shop.phone).await.is(200);
    is_refused(&orders.approve(&order_id, &orders.shop.phone).await, 400, "VippsError", "92");
}

#[tokio::test]
async fn an_order_whose_approval_is_unknown_is_locked() {
    let orders = Orders::named("full").await;
    // The outcome of this amount is unknown for an hour.
    let order_id = orders.initiated(201).await;
    let path = format!("/ecomm/v2/integration-test/payments/{order_id}/approve");
    let body = json!({"customerPhoneNumber": orders.shop.phone});
    let approval = Answer::try_of(orders.shop.request(Method::POST, &path).json(&body)).await;
    let approval = approval.expect("the gateway answers");
    assert!(approval.status >= 500, "{}", approval.text);
    assert_eq!(
        (&approval.body[0]["errorGroup"], &approval.body[0]["errorCode"]),
        (&json!("VippsError"), &json!("99"))
    );
    is_refused(&orders.capture(&order_id, None).await, 423, "VippsError", "94");
    is_refused(&orders.cancel(&order_id).await, 400, "Payment", "52");
}
