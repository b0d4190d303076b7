//! Capture, refund and cancel by portal users.

use kvitt_proto::error::v1::Reason;
use kvitt_proto::money::v1::{Currency, Money};
use kvitt_proto::payment::v1::{
    CancelPaymentRequest, CapturePaymentRequest, Modification, RefundPaymentRequest, SearchPaymentsRequest,
    TransactionFilter, TransactionStatus,
};
use kvitt_proto::refusal;
use kvitt_testing::eventually;
use kvitt_tests::requests::{fresh_key, fresh_reference, push_message};
use kvitt_tests::{Answer, Mesh, Shop, Stack, StackPlan};
use reqwest::Method;
use serde_json::json;
use tonic::Status;

fn nok(amount_minor: i64) -> Option<Money> {
    Some(Money { currency: Currency::Nok.into(), amount_minor })
}

async fn capture(
    mesh: &Mesh,
    shop: &Shop,
    reference: &str,
    amount: Option<Money>,
) -> Result<Modification, Status> {
    let request = CapturePaymentRequest {
        msn: shop.keys.msn.clone(),
        reference: reference.to_owned(),
        idempotency_key: fresh_key(),
        amount,
        ..CapturePaymentRequest::default()
    };
    Ok(mesh.payments().capture_payment(request).await?.into_inner().modification.expect("it is there"))
}

async fn refund(
    mesh: &Mesh,
    shop: &Shop,
    reference: &str,
    amount: Option<Money>,
) -> Result<Modification, Status> {
    let request = RefundPaymentRequest {
        msn: shop.keys.msn.clone(),
        reference: reference.to_owned(),
        idempotency_key: fresh_key(),
        amount,
        ..RefundPaymentRequest::default()
    };
    Ok(mesh.payments().refund_payment(request).await?.into_inner().modification.expect("it is there"))
}

fn reason<T: std::fmt::Debug>(answer: Result<T, Status>) -> Option<Reason> {
    refusal::reason_of(&answer.expect_err("a refusal was asked for"))
}

#[tokio::test]
async fn an_assistant_without_transaction_management_handles_no_payment() {
    let (stack, shop) = (Stack::shared(), Shop::named("full").await);
    let assistant = stack.user("assistant").await.mesh;
    let reference = shop.authorized(10_000).await;
    assert_eq!(reason(capture(&assistant, &shop, &reference, None).await), Some(Reason::PermissionDenied));
    let cancel = CancelPaymentRequest {
        msn: shop.keys.msn.clone(),
        reference: reference.clone(),
        idempotency_key: fresh_key(),
        ..CancelPaymentRequest::default()
    };
    assert_eq!(reason(assistant.payments().cancel_payment(cancel).await), Some(Reason::PermissionDenied));
    shop.capture(&reference, 10_000).await.is(200);
    assert_eq!(reason(refund(&assistant, &shop, &reference, None).await), Some(Reason::PermissionDenied));
    assert_eq!(shop.sums(&reference).await, [10_000, 10_000, 0, 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn m46_a_refund_beyond_what_is_left_or_after_a_year_is_refused() {
    let stack = Stack::own(StackPlan::default()).await;
    let shop = Shop::open(&stack, stack.keys("full")).await;
    let reference = shop.authorized(10_000).await;
    let administrator = stack.user("administrator").await.mesh;
    capture(&administrator, &shop, &reference, nok(6_000)).await.expect("it is answered");
    let beyond = refund(&administrator, &shop, &reference, nok(6_001)).await;
    assert_eq!(reason(beyond), Some(Reason::NotEnoughRefundable));
    refund(&administrator, &shop, &reference, nok(1_000)).await.expect("it is answered");
    for _ in 0..3 {
        let body = json!({"advance": "122d"});
        Answer::of(shop.request(Method::POST, "/kvitt/v1/clock").json(&body)).await.is(200);
    }
    let late = refund(&stack.user("administrator").await.mesh, &shop, &reference, nok(1)).await;
    assert_eq!(reason(late), Some(Reason::RefundPeriodExpired));
    stack.stop().await;
}

#[tokio::test]
async fn m47_an_empty_amount_is_all_that_is_left() {
    let (stack, shop) = (Stack::shared(), Shop::named("full").await);
    let cashier = stack.user("cashier").await.mesh;
    let reference = shop.authorized(10_000).await;
    capture(&cashier, &shop, &reference, nok(4_000)).await.expect("it is answered");
    capture(&cashier, &shop, &reference, None).await.expect("it is answered");
    assert_eq!(shop.sums(&reference).await, [10_000, 10_000, 0, 0]);
    refund(&cashier, &shop, &reference, nok(1_000)).await.expect("it is answered");
    refund(&cashier, &shop, &reference, None).await.expect("it is answered");
    assert_eq!(shop.sums(&reference).await, [10_000, 10_000, 0, 10_000]);
    assert_eq!(reason(refund(&cashier, &shop, &reference, None).await), Some(Reason::AlreadyRefunded));
}

#[tokio::test]
async fn m51_an_unpaid_request_is_requested_and_a_refused_one_rejected() {
    let (stack, shop) = (Stack::shared(), Shop::named("full").await);
    let manager = stack.user("administrator").await.mesh;
    let reference = fresh_reference();
    shop.create(&push_message(&reference, "NOK", 10_000, &shop.phone)).await.is(201);
    let status = async || {
        let filter = TransactionFilter {
            msns: vec![shop.keys.msn.clone()],
            query: reference.clone(),
            ..TransactionFilter::default()
        };
        let request = SearchPaymentsRequest { filter: Some(filter), ..SearchPaymentsRequest::default() };
        let found =
            manager.transactions().search_payments(request).await.expect("it is answered").into_inner();
        found.transactions.first().map(|found| found.status())
    };
    eventually!(status().await == Some(TransactionStatus::Requested));
    let path = format!("/kvitt/v1/payments/{reference}/payer/reject");
    let body = json!({"phoneNumber": shop.phone});
    Answer::of(shop.request(Method::POST, &path).json(&body)).await.is(200);
    eventually!(status().await == Some(TransactionStatus::Rejected));
    // No money has moved, so no ledger will hear of it.
    assert_eq!(shop.sums(&reference).await, [0, 0, 0, 0]);
}
