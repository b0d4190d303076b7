use std::collections::BTreeSet;

use http_body_util::BodyExt;
use kvitt_proto::{
    reason,
    refusal::{FieldViolation, fields},
};
use serde_json::{Value, json};

use super::*;

const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

async fn told(status: &Status) -> (http::response::Parts, String) {
    let (parts, body) = response(status, TRACE).into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    (parts, String::from_utf8(body.to_vec()).unwrap())
}

async fn json_of(reason: Reason) -> (u16, Value) {
    let (parts, body) = told(&refusal::status(reason, "because")).await;
    (parts.status.as_u16(), serde_json::from_str(&body).unwrap())
}

#[tokio::test]
async fn an_error_is_an_array_in_upstreams_shape() {
    let (parts, body) = told(&refusal::status(Reason::ReferenceExists, "because")).await;
    assert_eq!(parts.status, 400);
    assert_eq!(parts.headers[header::CONTENT_TYPE], "application/json;charset=UTF-8");
    let expected = concat!(
        r#"[{"errorGroup":"Merchant","errorCode":"34","#,
        r#""errorMessage":"The sales unit has used this orderId before. It must be unique.","#,
        r#""contextId":"4bf92f3577b34da6a3ce929d0e0e4736"}]"#,
    );
    assert_eq!(body, expected);
}

#[tokio::test]
async fn every_code_has_its_group_and_its_status() {
    use Reason as R;
    let table = [
        (R::ApproveNoCards, 400, "Payment", "41"),
        (R::ApproveFailed, 400, "Payment", "42"),
        (R::ApproveLimitExceeded, 400, "Payment", "43"),
        (R::ApprovalIncomplete, 400, "Payment", "45"),
        (R::CannotCancelCaptured, 400, "Payment", "51"),
        (R::CannotCancel, 400, "Payment", "52"),
        (R::CaptureAmountTooHigh, 400, "Payment", "61"),
        (R::AlreadyCaptured, 400, "Payment", "61"),
        (R::CaptureBeforeReservation, 400, "Payment", "62"),
        (R::FundsUnavailable, 400, "Payment", "63"),
        (R::NotEnoughRefundable, 400, "Payment", "71"),
        (R::RefundBeforeReservation, 400, "Payment", "72"),
        (R::CannotRefund, 400, "Payment", "73"),
        (R::RefundNotPossible, 400, "Payment", "74"),
        (R::CaptureIdempotencyConflict, 400, "Payment", "93"),
        (R::RefundPeriodExpired, 400, "Payment", "95"),
        (R::CapturePeriodExpired, 400, "Payment", "98"),
        (R::ApproveIdentificationRequired, 400, "Payment", "1082"),
        (R::CannotCaptureCancelled, 400, "VippsError", "91"),
        (R::ExpressNotAllowed, 403, "VippsError", "91"),
        (R::AlreadyReserved, 400, "VippsError", "92"),
        (R::RefundIdempotencyConflict, 400, "VippsError", "93"),
        (R::IdempotencyConflict, 400, "VippsError", "93"),
        (R::PaymentLocked, 423, "VippsError", "94"),
        (R::CaptureTryAgain, 423, "VippsError", "94"),
        (R::Overloaded, 429, "VippsError", "98"),
        (R::Internal, 500, "VippsError", "99"),
        (R::Unavailable, 503, "VippsError", "99"),
        (R::DeadlineExceeded, 504, "VippsError", "99"),
        (R::CustomerNotFound, 400, "User", "81"),
        (R::InvalidPhoneNumber, 400, "User", "81"),
        (R::ReferenceExists, 400, "Merchant", "34"),
        (R::ReferenceNotFound, 404, "Merchant", "35"),
        (R::PaymentCannotBeCreated, 400, "Merchant", "37"),
        (R::PushMessageNotAllowed, 403, "Merchant", "38"),
        (R::LongLivingNotAllowed, 403, "Merchant", "39"),
        (R::ScopeNotAllowed, 403, "Merchant", "51"),
        (R::InvalidCurrency, 403, "Merchant", "97"),
        (R::AmountTooSmall, 400, "InvalidRequest", "transaction.amount"),
        (R::InvalidScope, 400, "InvalidRequest", "transaction.scope"),
        (R::BodyMalformed, 400, "InvalidRequest", "body"),
    ];
    for (reason, status, group, code) in table {
        let (http_status, body) = json_of(reason).await;
        assert_eq!(http_status, status, "{reason:?}");
        let error = &body[0];
        assert_eq!((&error["errorGroup"], &error["errorCode"]), (&json!(group), &json!(code)), "{reason:?}");
        assert!(!error["errorMessage"].as_str().unwrap().is_empty(), "{reason:?}");
    }
}

#[tokio::test]
async fn every_reason_is_told_in_one_of_the_two_shapes() {
    for info in reason::all() {
        let (parts, body) = told(&refusal::status(info.reason, "Because.")).await;
        let body: Value = serde_json::from_str(&body).unwrap();
        let is_at_the_gate = body.is_object();
        assert_eq!(is_at_the_gate, super::told(info) == Told::AtTheGate, "{}", info.name);
        if is_at_the_gate {
            assert_eq!(body, json!({"statusCode": info.http_status, "message": "Because."}), "{}", info.name);
        }
        let asked_to_wait = parts.headers.contains_key(header::RETRY_AFTER);
        assert_eq!(asked_to_wait, [429, 503].contains(&parts.status.as_u16()), "{}", info.name);
    }
}

#[tokio::test]
async fn every_broken_field_is_an_error_under_the_name_that_clients_know() {
    let table = [
        ("transaction.orderId", "transaction.orderId"),
        ("reference", "transaction.orderId"),
        ("amount.value", "transaction.amount"),
        ("paymentDescription", "transaction.transactionText"),
        ("text", "transaction.transactionText"),
        ("industryData.airlineData.airlineCode", "transaction.additionalData.airlineCode"),
        ("customer.phoneNumber", "customerInfo.mobileNumber"),
        ("returnUrl", "merchantInfo.fallBack"),
        ("merchantInfo.callbackPrefix", "merchantInfo.callbackPrefix"),
        ("shipping.fixedOptions[0].options", "merchantInfo.staticShippingDetails"),
        ("shipping.fixedOptions[0].options[1].name", "merchantInfo.staticShippingDetails[1].shippingMethod"),
        (
            "shipping.fixedOptions[0].options[2].amount.value",
            "merchantInfo.staticShippingDetails[2].shippingCost",
        ),
        ("shipping.fixedOptions[0].options[12]", "merchantInfo.staticShippingDetails[12]"),
        ("X-Request-Id", "X-Request-Id"),
        ("customerInfo.mobileNumber", "customerInfo.mobileNumber"),
        ("merchantInfo.merchantSerialNumber", "merchantInfo.merchantSerialNumber"),
    ];
    let broken = table.map(|(behind, _)| FieldViolation::new(behind, "is required"));
    let (parts, body) = told(&fields(broken.to_vec())).await;
    assert_eq!(parts.status, 400);
    let body: Value = serde_json::from_str(&body).unwrap();
    for (error, (behind, known)) in body.as_array().unwrap().iter().zip(table) {
        assert_eq!(
            (&error["errorGroup"], &error["errorCode"]),
            (&json!("InvalidRequest"), &json!(known)),
            "{behind}"
        );
    }
    assert_eq!(body[0]["errorMessage"], "The field OrderId is required.");
}

#[tokio::test]
async fn a_refusal_that_names_its_field_in_words_is_told_as_that_field() {
    for (detail, field) in [
        ("returnUrl must be a URL with https, at most 2500 characters", "merchantInfo.fallBack"),
        ("customer is required for such a payment", "customerInfo.mobileNumber"),
    ] {
        let (_, body) = told(&refusal::status(Reason::InvalidUrl, detail)).await;
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(body[0]["errorCode"], field);
    }
}

#[test]
fn a_default_is_left_to_reasons_that_cannot_occur() {
    let default = reason::all().iter().filter(|info| {
        matches!(super::told(info), Told::Code("VippsError", "99", ..)) && info.http_status < 500
    });
    let default: BTreeSet<_> = default.map(|info| info.code).filter(|code| !code.is_empty()).collect();
    let elsewhere = ["4050", "4060", "4100", "4110", "4120", "4130", "4160", "5010", "6110", "6120", "6130"];
    assert_eq!(default, elsewhere.into_iter().collect());
}
