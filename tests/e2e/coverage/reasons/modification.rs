//! Refusals of approve, capture, refund and cancel.

use kvitt_proto::error::v1::Reason;
use kvitt_tests::requests::fresh_key;
use kvitt_tests::{Answer, Shop, Stack};
use reqwest::Method;
use serde_json::json;

use super::Provoked;

pub(crate) async fn provoke() -> Vec<Provoked> {
    let mut provoked = approvals().await;
    provoked.extend(captures().await);
    provoked.extend(refunds().await);
    provoked.extend(cancels().await);
    provoked.extend(unknown().await);
    provoked
}

async fn approvals() -> Vec<Provoked> {
    let shop = Shop::named("full").await;
    let stack = Stack::shared();
    let open = shop.created(10_000).await;
    let approved = shop.authorized(10_000).await;
    let ended = shop.created(10_000).await;
    shop.cancel(&ended).await.is(200);
    vec![
        Provoked::rest(Reason::ApproveFailed, shop.approve(&open, stack.poor_phone()).await),
        Provoked::rest(Reason::ApproveNotAllowed, shop.approve(&open, "4799999999").await),
        Provoked::rest(Reason::ApproveNoCards, shop.approve(&open, stack.cardless_phone()).await),
        Provoked::rest(Reason::AlreadyReserved, shop.approve(&approved, &shop.phone).await),
        Provoked::rest(Reason::CannotApprove, shop.approve(&ended, &shop.phone).await),
    ]
}

async fn captures() -> Vec<Provoked> {
    let shop = Shop::named("full").await;
    let whole = Shop::named("full_capture").await;
    let created = shop.created(10_000).await;
    let taken = shop.authorized(10_000).await;
    let key = fresh_key();
    shop.capture_keyed(&taken, &key, 10_000).await.is(200);
    let released = shop.authorized(10_000).await;
    shop.cancel(&released).await.is(200);
    let ended = shop.created(10_000).await;
    shop.cancel(&ended).await.is(200);
    let open = shop.authorized(10_000).await;
    let all_at_once = whole.authorized(10_000).await;
    vec![
        Provoked::rest(Reason::CaptureBeforeReservation, shop.capture(&created, 100).await),
        Provoked::rest(Reason::CaptureIdempotencyConflict, shop.capture_keyed(&taken, &key, 1).await),
        Provoked::rest(Reason::AlreadyCaptured, shop.capture(&taken, 1).await),
        Provoked::rest(Reason::CannotCaptureCancelled, shop.capture(&released, 1).await),
        Provoked::rest(Reason::CannotCapture, shop.capture(&ended, 1).await),
        Provoked::rest(Reason::CaptureAmountTooHigh, shop.capture(&open, 10_001).await),
        Provoked::rest(Reason::MustCaptureFullAmount, whole.capture(&all_at_once, 1).await),
    ]
}

async fn refunds() -> Vec<Provoked> {
    let shop = Shop::named("full").await;
    let created = shop.created(10_000).await;
    let ended = shop.created(10_000).await;
    shop.cancel(&ended).await.is(200);
    let taken = shop.authorized(10_000).await;
    shop.capture(&taken, 5_000).await.is(200);
    let key = fresh_key();
    shop.refund_keyed(&taken, &key, 1_000).await.is(200);
    let paid_back = shop.authorized(10_000).await;
    shop.capture(&paid_back, 5_000).await.is(200);
    shop.refund(&paid_back, 5_000).await.is(200);
    vec![
        Provoked::rest(Reason::RefundBeforeReservation, shop.refund(&created, 100).await),
        Provoked::rest(Reason::CannotRefund, shop.refund(&ended, 100).await),
        Provoked::rest(Reason::RefundIdempotencyConflict, shop.refund_keyed(&taken, &key, 1).await),
        Provoked::rest(Reason::NotEnoughRefundable, shop.refund(&taken, 4_001).await),
        Provoked::rest(Reason::AlreadyRefunded, shop.refund(&paid_back, 1).await),
        // Test amounts: nobody is there to take the one, and the time for the other is over.
        Provoked::rest(Reason::RefundNotPossible, shop.refund(&taken, 123).await),
        Provoked::rest(Reason::RefundPeriodExpired, shop.refund(&taken, 124).await),
    ]
}

/// The outcome of this amount is unknown for an hour.
async fn unknown() -> Vec<Provoked> {
    let shop = Shop::named("full").await;
    let reference = shop.created(201).await;
    let path = format!("/epayment/v1/test/payments/{reference}/approve");
    let body = json!({"customer": {"phoneNumber": shop.phone}});
    let approval = Answer::try_of(shop.request(Method::POST, &path).json(&body)).await;
    assert!(approval.is_some_and(|answer| answer.status >= 500));
    vec![
        Provoked::rest(Reason::PaymentLocked, shop.capture(&reference, 201).await),
        Provoked::rest(Reason::CannotCancelProcessing, shop.cancel(&reference).await),
    ]
}

async fn cancels() -> Vec<Provoked> {
    let shop = Shop::named("full").await;
    let taken = shop.authorized(10_000).await;
    shop.capture(&taken, 10_000).await.is(200);
    let ended = shop.created(10_000).await;
    shop.cancel(&ended).await.is(200);
    let open = shop.authorized(10_000).await;
    let only = json!({"cancelTransactionOnly": true});
    let released = shop.authorized(10_000).await;
    shop.cancel(&released).await.is(200);
    vec![
        Provoked::rest(Reason::CannotCancelCaptured, shop.cancel(&taken).await),
        Provoked::rest(Reason::CannotCancelNotReserved, shop.cancel(&ended).await),
        Provoked::rest(Reason::CannotCancelAuthorized, shop.cancel_keyed(&open, &fresh_key(), &only).await),
        Provoked::rest(Reason::CannotCancel, shop.cancel(&released).await),
    ]
}
