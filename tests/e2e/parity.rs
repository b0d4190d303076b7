//! A gRPC client with the same token gets what a REST client gets, and a key used on one side is used on the other.

use kvitt_proto::error::v1::Reason;
use kvitt_proto::money::v1::{Currency, Money};
use kvitt_proto::payment::v1::{
    CancelPaymentRequest, CapturePaymentRequest, CreatePaymentRequest, GetPaymentRequest,
    ListPaymentEventsRequest, Modification, PaymentMethodType, RefundPaymentRequest, UserFlow,
};
use kvitt_proto::reason;
use kvitt_proto::refusal;
use kvitt_tests::requests::{RETURN_URL, fresh_key, fresh_reference, web_redirect, with};
use kvitt_tests::{Answer, Mesh, Shop, Stack};
use serde_json::{Value, json};
use tonic::Status;

fn nok(minor: i64) -> Option<Money> {
    Some(Money { currency: Currency::Nok.into(), amount_minor: minor })
}

/// What `Shop::minimal` says over REST.
fn minimal(shop: &Shop, key: &str, reference: &str, minor: i64) -> CreatePaymentRequest {
    CreatePaymentRequest {
        msn: shop.keys.msn.clone(),
        idempotency_key: key.to_owned(),
        reference: reference.to_owned(),
        amount: nok(minor),
        payment_method_type: PaymentMethodType::Wallet.into(),
        user_flow: UserFlow::WebRedirect.into(),
        return_url: RETURN_URL.to_owned(),
        ..Default::default()
    }
}

fn capture(shop: &Shop, key: &str, reference: &str, minor: i64) -> CapturePaymentRequest {
    CapturePaymentRequest {
        msn: shop.keys.msn.clone(),
        idempotency_key: key.to_owned(),
        reference: reference.to_owned(),
        amount: nok(minor),
        ..Default::default()
    }
}

fn refund(shop: &Shop, key: &str, reference: &str, minor: i64) -> RefundPaymentRequest {
    RefundPaymentRequest {
        msn: shop.keys.msn.clone(),
        idempotency_key: key.to_owned(),
        reference: reference.to_owned(),
        amount: nok(minor),
        ..Default::default()
    }
}

fn cancel(shop: &Shop, key: &str, reference: &str) -> CancelPaymentRequest {
    CancelPaymentRequest {
        msn: shop.keys.msn.clone(),
        idempotency_key: key.to_owned(),
        reference: reference.to_owned(),
        ..Default::default()
    }
}

/// A modification as REST would show it.
fn as_rest(modification: Option<Modification>) -> Value {
    let modification = modification.expect("a modification");
    let sums = modification.aggregate.expect("sums");
    let amount =
        |money: Option<Money>| json!({"currency": "NOK", "value": money.expect("a sum").amount_minor});
    json!({
        "amount": amount(modification.amount),
        "state": modification.state().as_str_name().trim_start_matches("PAYMENT_STATE_"),
        "aggregate": {
            "authorizedAmount": amount(sums.authorized),
            "cancelledAmount": amount(sums.cancelled),
            "capturedAmount": amount(sums.captured),
            "refundedAmount": amount(sums.refunded),
        },
        "pspReference": modification.psp_reference,
        "reference": modification.reference,
    })
}

/// The two refusals have one reason.
#[track_caller]
fn same_refusal(rest: &Answer, grpc: &Status, expected: Reason) {
    let info = reason::info(expected);
    assert_eq!(refusal::reason_of(grpc), Some(expected), "{grpc:?}");
    assert_eq!((rest.status, rest.code()), (info.http_status, Some(info.code)), "{}", rest.text);
    assert_eq!(rest.body["detail"], grpc.message());
}

#[tokio::test]
async fn a_create_over_rest_is_replayed_over_grpc_and_the_other_way_round() {
    let shop = Shop::named("full").await;
    let mesh = Mesh::with_token(Stack::shared(), &shop.token);
    let (key, body) = (fresh_key(), shop.minimal(10_000));
    let reference = body["reference"].as_str().unwrap();
    let rest = shop.create_keyed(&key, &body).await;
    let grpc =
        mesh.payments().create_payment(minimal(&shop, &key, reference, 10_000)).await.unwrap().into_inner();
    assert_eq!(rest.is(201), &json!({"redirectUrl": grpc.redirect_url, "reference": grpc.reference}));
    let other = mesh.payments().create_payment(minimal(&shop, &key, reference, 10_001)).await.unwrap_err();
    assert_eq!(refusal::reason_of(&other), Some(Reason::IdempotencyConflict));

    let (key, reference) = (fresh_key(), fresh_reference());
    let grpc =
        mesh.payments().create_payment(minimal(&shop, &key, &reference, 10_000)).await.unwrap().into_inner();
    let body = web_redirect(&reference, "NOK", 10_000);
    let rest = shop.create_keyed(&key, &body).await;
    assert_eq!(rest.is(201), &json!({"redirectUrl": grpc.redirect_url, "reference": grpc.reference}));
    assert_eq!(shop.event_names(&reference).await, ["CREATED"]);
}

#[tokio::test]
async fn modifications_are_replayed_across_the_two_wires() {
    let shop = Shop::named("full").await;
    let mesh = Mesh::with_token(Stack::shared(), &shop.token);
    let reference = shop.authorized(10_000).await;

    let key = fresh_key();
    let rest = shop.capture_keyed(&reference, &key, 4_000).await;
    let grpc =
        mesh.payments().capture_payment(capture(&shop, &key, &reference, 4_000)).await.unwrap().into_inner();
    assert_eq!(rest.is(200), &as_rest(grpc.modification));

    let key = fresh_key();
    let grpc =
        mesh.payments().refund_payment(refund(&shop, &key, &reference, 1_000)).await.unwrap().into_inner();
    let rest = shop.refund_keyed(&reference, &key, 1_000).await;
    assert_eq!(rest.is(200), &as_rest(grpc.modification));

    let key = fresh_key();
    let rest = shop.cancel_keyed(&reference, &key, &json!({})).await;
    let grpc = mesh.payments().cancel_payment(cancel(&shop, &key, &reference)).await.unwrap().into_inner();
    assert_eq!(rest.is(200), &as_rest(grpc.modification));
    assert_eq!(
        shop.event_names(&reference).await,
        ["CREATED", "AUTHORIZED", "CAPTURED", "REFUNDED", "CANCELLED"]
    );
    assert_eq!(shop.sums(&reference).await, [10_000, 4_000, 6_000, 1_000]);
}

#[tokio::test]
async fn a_read_over_grpc_shows_what_rest_shows() {
    let shop = Shop::named("full").await;
    let mesh = Mesh::with_token(Stack::shared(), &shop.token);
    let reference = shop.authorized(10_000).await;
    shop.capture(&reference, 4_000).await.is(200);
    let (msn, name) = (shop.keys.msn.clone(), reference.clone());
    let request = GetPaymentRequest { msn: msn.clone(), reference: name.clone(), ..Default::default() };
    let payment = mesh.payments().get_payment(request).await.unwrap().into_inner().payment.unwrap();
    let rest = shop.payment(&reference).await;
    let body = rest.is(200);
    assert_eq!(body["pspReference"], payment.psp_reference);
    assert_eq!(body["state"], "AUTHORIZED");
    assert_eq!(payment.state().as_str_name(), "PAYMENT_STATE_AUTHORIZED");
    assert_eq!(body["paymentMethod"]["cardBin"], payment.card_bin);
    assert_eq!(
        body["aggregate"]["capturedAmount"]["value"],
        payment.aggregate.unwrap().captured.unwrap().amount_minor
    );

    let request = ListPaymentEventsRequest { msn, reference: name, page_size: 2, page_token: String::new() };
    let first = mesh.payments().list_payment_events(request.clone()).await.unwrap().into_inner();
    let request = ListPaymentEventsRequest { page_token: first.next_page_token.clone(), ..request };
    let last = mesh.payments().list_payment_events(request).await.unwrap().into_inner();
    assert_eq!((first.events.len(), last.events.len(), last.next_page_token.as_str()), (2, 1, ""));
    let ids: Vec<String> =
        first.events.into_iter().chain(last.events).map(|event| event.psp_reference).collect();
    let shown = shop.events(&reference).await;
    assert_eq!(ids, shown.iter().map(|event| event["pspReference"].as_str().unwrap()).collect::<Vec<_>>());
}

#[tokio::test]
async fn refusals_are_the_same_on_both_wires_and_remembered_across_them() {
    let shop = Shop::named("full").await;
    let mesh = Mesh::with_token(Stack::shared(), &shop.token);
    let reference = shop.created(10_000).await;

    let key = fresh_key();
    let rest = shop.capture_keyed(&reference, &key, 100).await;
    let grpc = mesh.payments().capture_payment(capture(&shop, &key, &reference, 100)).await.unwrap_err();
    same_refusal(&rest, &grpc, Reason::CaptureBeforeReservation);

    let rest = shop.refund(&reference, 100).await;
    let grpc =
        mesh.payments().refund_payment(refund(&shop, &fresh_key(), &reference, 100)).await.unwrap_err();
    same_refusal(&rest, &grpc, Reason::RefundBeforeReservation);

    let (key, small) = (fresh_key(), shop.minimal(99));
    let name = small["reference"].as_str().unwrap();
    let grpc = mesh.payments().create_payment(minimal(&shop, &key, name, 99)).await.unwrap_err();
    let rest = shop.create_keyed(&key, &small).await;
    same_refusal(&rest, &grpc, Reason::AmountTooSmall);

    let unknown = fresh_reference();
    let rest = shop.payment(&unknown).await;
    let request = GetPaymentRequest { msn: shop.keys.msn.clone(), reference: unknown, ..Default::default() };
    let grpc = mesh.payments().get_payment(request).await.unwrap_err();
    same_refusal(&rest, &grpc, Reason::ReferenceNotFound);
}

#[tokio::test]
async fn broken_fields_have_the_same_names_on_both_wires() {
    let shop = Shop::named("full").await;
    let mesh = Mesh::with_token(Stack::shared(), &shop.token);
    let (key, reference) = (fresh_key(), fresh_reference());
    let mut request = minimal(&shop, &key, &reference, 10_000);
    request.payment_description = "ab".to_owned();
    request.minimum_user_age = Some(101);
    let status = mesh.payments().create_payment(request).await.unwrap_err();
    assert_eq!(refusal::reason_of(&status), Some(Reason::FieldInvalid));
    let violations = refusal::field_violations_of(&status);
    let over_grpc: Vec<&str> = violations.iter().map(|violation| violation.field.as_str()).collect();

    let body = web_redirect(&reference, "NOK", 10_000);
    let body = with(&with(&body, "/paymentDescription", json!("ab")), "/minimumUserAge", json!(101));
    let rest = shop.create_keyed(&key, &body).await;
    rest.names_field("minimumUserAge");
    assert_eq!(rest.fields(), over_grpc);
    assert_eq!(over_grpc.len(), 2);

    let status = mesh.payments().create_payment(minimal(&shop, &key, "short", 10_000)).await.unwrap_err();
    assert_eq!(refusal::field_violations_of(&status)[0].field, "reference");
}

#[tokio::test]
async fn a_grpc_client_gets_no_further_with_a_foreign_msn_than_a_rest_client() {
    let shop = Shop::named("full").await;
    let second = Shop::named("second").await;
    let reference = second.authorized(10_000).await;
    let mesh = Mesh::with_token(Stack::shared(), &shop.token);
    let statuses = [
        mesh.payments().capture_payment(capture(&second, &fresh_key(), &reference, 1)).await.unwrap_err(),
        mesh.payments().refund_payment(refund(&second, &fresh_key(), &reference, 1)).await.unwrap_err(),
        mesh.payments().cancel_payment(cancel(&second, &fresh_key(), &reference)).await.unwrap_err(),
        mesh.payments()
            .create_payment(minimal(&second, &fresh_key(), &fresh_reference(), 100))
            .await
            .unwrap_err(),
    ];
    for status in statuses {
        assert_eq!(refusal::reason_of(&status), Some(Reason::MsnNotCovered), "{status:?}");
    }
    assert_eq!(second.sums(&reference).await, [10_000, 0, 0, 0]);
}
