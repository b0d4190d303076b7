//! What a payer does with the app's camera: `POST /kvitt/v1/payers/{phoneNumber}/scan`, what comes of a check-in, and paying
//! a VM number. Sandbox only.

use axum::{
    Extension, Json,
    extract::{Path, Request, State, rejection::PathRejection},
};
use kvitt_primitives::Msn;
use kvitt_proto::{
    qr::v1::GetCheckInRequest,
    wallet::v1::{PayVmNumberRequest, ScanQrRequest},
};
use tonic::Status;
use uuid::Uuid;

use super::{
    person::{Number, payer_id},
    scan_json::{CheckIn, Paid, Scanned},
};
use crate::{
    body,
    epayment::{call::Call, json::read},
    gateway::Gateway,
    problem::Refused,
};

/// `POST …/scan`: points the app at a code. `scanId` names the scan, so that the same again is the same check-in.
pub(crate) async fn scan(
    State(gateway): State<Gateway>,
    number: Number,
    request: Request,
) -> Result<Json<Scanned>, Refused> {
    let mut request = decode_scan(&body::collect(request.into_body()).await?, Uuid::new_v4())?;
    request.payer_id = payer_id(&gateway, number).await?;
    let answer = gateway.payers().scan_qr(request).await?.into_inner();
    Ok(Json(Scanned::from_proto(answer.found)?))
}

fn decode_scan(body: &[u8], minted: Uuid) -> Result<ScanQrRequest, Status> {
    body::decode_bytes(body, |root, _| ScanQrRequest {
        payer_id: String::new(),
        text: root.field("qrCode").required().text().unwrap_or_default(),
        scan_id: root.field("scanId").text().unwrap_or_else(|| minted.to_string()),
    })
}

/// `POST …/vm-number-payments`: pays a VM number. Every call without a key is an attempt of its own.
pub(crate) async fn pay_vm_number(
    State(gateway): State<Gateway>,
    number: Number,
    call: Call,
) -> Result<Json<Paid>, Refused> {
    let mut request = decode_payment(&call, Uuid::new_v4())?;
    request.payer_id = payer_id(&gateway, number).await?;
    let answer = gateway.payers().pay_vm_number(request).await?.into_inner();
    Ok(Json(Paid::from_proto(answer)))
}

fn decode_payment(call: &Call, minted: Uuid) -> Result<PayVmNumberRequest, Status> {
    call.decode(|input| PayVmNumberRequest {
        payer_id: String::new(),
        msn: input.field("merchantSerialNumber").required().text_or_integer().unwrap_or_default(),
        amount: read::amount(&input.field("amount").required()),
        message: input.field("message").text().unwrap_or_default(),
        card_id: input.field("cardId").text().unwrap_or_default(),
        idempotency_key: input.key_if_given().unwrap_or_else(|| minted.to_string()),
    })
}

/// `GET /kvitt/v1/check-ins/{checkInId}`: whether the merchant was told that the payer is there.
pub(crate) async fn check_in(
    State(gateway): State<Gateway>,
    Extension(msn): Extension<Msn>,
    check_in_id: Result<Path<String>, PathRejection>,
) -> Result<Json<CheckIn>, Refused> {
    // What is no text is no id either.
    let check_in_id = check_in_id.map_or_else(|_| "?".to_owned(), |Path(id)| id);
    let request = GetCheckInRequest { msn: msn.to_string(), check_in_id: check_in_id.clone() };
    let answer = gateway.scans().get_check_in(request).await?.into_inner();
    Ok(Json(CheckIn::from_proto(check_in_id, answer.state())?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::epayment::call::tests::{call, call_without_key, named};

    #[test]
    fn a_scan_is_named_or_gets_a_name() {
        let request =
            decode_scan(br#"{"qrCode":"https://qr.example/q/c","scanId":"s"}"#, Uuid::nil()).unwrap();
        assert_eq!((request.text.as_str(), request.scan_id.as_str()), ("https://qr.example/q/c", "s"));
        let request = decode_scan(br#"{"qrCode":"x"}"#, Uuid::nil()).unwrap();
        assert_eq!(request.scan_id, Uuid::nil().to_string());
        assert_eq!(named(&decode_scan(b"{}", Uuid::nil()).unwrap_err()), ["qrCode"]);
    }

    #[test]
    fn a_payment_to_a_number_says_how_much() {
        let body =
            r#"{"merchantSerialNumber":400001,"amount":{"currency":"NOK","value":100},"message":"Thanks"}"#;
        let request = decode_payment(&call(body), Uuid::nil()).unwrap();
        assert_eq!((request.msn.as_str(), request.message.as_str()), ("400001", "Thanks"));
        assert_eq!((request.amount.unwrap().amount_minor, request.idempotency_key.as_str()), (100, "key-1"));
        let request = decode_payment(&call_without_key(body), Uuid::nil()).unwrap();
        assert_eq!(request.idempotency_key, Uuid::nil().to_string());
        let refused = decode_payment(&call("{}"), Uuid::nil()).unwrap_err();
        assert_eq!(named(&refused), ["merchantSerialNumber", "amount"]);
    }
}
