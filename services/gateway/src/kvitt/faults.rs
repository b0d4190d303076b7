//! `/kvitt/v1/faults`: things that go wrong on purpose. `POST` adds one, `GET` lists those that still apply, `DELETE` ends
//! all of them, and `DELETE /kvitt/v1/faults/{faultId}` one. Sandbox only.
//!
//! A fault's name begins with who is disturbed, and the fault goes to the service that plays that part. To add a part,
//! add its names to [`FAULTS`] and its client to [`parts`].

use axum::{
    Json,
    extract::{Path, Request, State, rejection::PathRejection},
};
use http::StatusCode;
use kvitt_proto::{
    acquirer::v1::DeclineReason,
    error::v1::Reason,
    refusal,
    sandbox::v1::{
        CreateFaultRequest, DeleteFaultsRequest, Fault as FaultMessage, FaultKind, FaultOperation,
        FaultShare, ListFaultsRequest, fault::Extent, fault_service_client::FaultServiceClient,
    },
};
use kvitt_runtime::PeerChannel;
use tonic::Status;

use super::{
    clock::span,
    json::{Deleted, Fault, Faults as AllFaults},
};
use crate::{
    body::{self, Faults, Field, Tree},
    gateway::Gateway,
    problem::Refused,
};

/// What can go wrong, by the names of this API.
pub(crate) const FAULTS: [(&str, FaultKind); 12] = [
    ("acquirer.decline", FaultKind::AcquirerDecline),
    ("acquirer.timeout-before", FaultKind::AcquirerTimeoutBefore),
    ("acquirer.timeout-after", FaultKind::AcquirerTimeoutAfter),
    ("acquirer.late", FaultKind::AcquirerLate),
    ("delivery.lost", FaultKind::DeliveryLost),
    ("delivery.duplicated", FaultKind::DeliveryDuplicated),
    ("delivery.late", FaultKind::DeliveryLate),
    ("delivery.reordered", FaultKind::DeliveryReordered),
    ("delivery.malformed", FaultKind::DeliveryMalformed),
    ("payout.refused", FaultKind::PayoutRefused),
    ("payout.timeout-before", FaultKind::PayoutTimeoutBefore),
    ("payout.timeout-after", FaultKind::PayoutTimeoutAfter),
];

/// What the acquirer can be asked for.
pub(crate) const OPERATIONS: [(&str, FaultOperation); 4] = [
    ("RESERVE", FaultOperation::Reserve),
    ("CAPTURE", FaultOperation::Capture),
    ("REFUND", FaultOperation::Refund),
    ("RELEASE", FaultOperation::Release),
];

/// Why the acquirer declines.
pub(crate) const CODES: [(&str, DeclineReason); 13] = [
    ("INSUFFICIENT_FUNDS", DeclineReason::InsufficientFunds),
    ("INVALID_CARD", DeclineReason::InvalidCard),
    ("EXPIRED_CARD", DeclineReason::ExpiredCard),
    ("UNKNOWN_RESERVATION", DeclineReason::UnknownReservation),
    ("AMOUNT_TOO_HIGH", DeclineReason::AmountTooHigh),
    ("CURRENCY_MISMATCH", DeclineReason::CurrencyMismatch),
    ("REFUSED_BY_ISSUER", DeclineReason::RefusedByIssuer),
    ("SUSPECTED_FRAUD", DeclineReason::SuspectedFraud),
    ("WITHDRAWAL_LIMIT", DeclineReason::WithdrawalLimit),
    ("THREE_DS_DENIED", DeclineReason::ThreeDsDenied),
    ("SCA_REQUIRED", DeclineReason::ScaRequired),
    ("NO_RECEIVING_ACCOUNT", DeclineReason::NoReceivingAccount),
    ("REFUND_PERIOD_EXPIRED", DeclineReason::RefundPeriodExpired),
];

/// Adds a fault.
pub(crate) async fn create(
    State(gateway): State<Gateway>,
    request: Request,
) -> Result<(StatusCode, Json<Fault>), Refused> {
    let fault = decode(&body::collect(request.into_body()).await?)?;
    let mut part = part_of(&gateway, fault.kind());
    let added = part.create_fault(CreateFaultRequest { fault: Some(fault) }).await?.into_inner();
    Ok((StatusCode::CREATED, Json(Fault::from_proto(added.fault.unwrap_or_default())?)))
}

/// Those that still apply.
pub(crate) async fn list(State(gateway): State<Gateway>) -> Result<Json<AllFaults>, Refused> {
    let mut faults = Vec::new();
    for mut part in parts(&gateway) {
        faults.extend(part.list_faults(ListFaultsRequest {}).await?.into_inner().faults);
    }
    // Their ids rise, whoever made them.
    faults.sort_by(|one, other| one.fault_id.cmp(&other.fault_id));
    Ok(Json(AllFaults::from_proto(faults)?))
}

/// Ends all of them.
pub(crate) async fn end_all(State(gateway): State<Gateway>) -> Result<Json<Deleted>, Refused> {
    let mut deleted = 0;
    for mut part in parts(&gateway) {
        deleted += part.delete_faults(DeleteFaultsRequest::default()).await?.into_inner().deleted;
    }
    Ok(Json(Deleted { deleted }))
}

/// Ends one.
pub(crate) async fn end_one(
    State(gateway): State<Gateway>,
    fault_id: Result<Path<String>, PathRejection>,
) -> Result<Json<Deleted>, Refused> {
    // What is no text is no id either.
    let fault_id = fault_id.map_or_else(|_| "?".to_owned(), |Path(fault_id)| fault_id);
    for mut part in parts(&gateway) {
        match part.delete_faults(DeleteFaultsRequest { fault_id: fault_id.clone() }).await {
            Ok(ended) => return Ok(Json(Deleted { deleted: ended.into_inner().deleted })),
            Err(refused) if refusal::reason_of(&refused) == Some(Reason::NotFound) => {}
            Err(refused) => return Err(refused.into()),
        }
    }
    Err(Refused::because(Reason::NotFound, "There is no such fault."))
}

/// Everybody who can be disturbed.
fn parts(gateway: &Gateway) -> [FaultServiceClient<PeerChannel>; 3] {
    [gateway.acquirer_faults(), gateway.delivery_faults(), gateway.payout_faults()]
}

/// Who plays the part that the fault is about; whoever it is refuses what is no fault.
fn part_of(gateway: &Gateway, kind: FaultKind) -> FaultServiceClient<PeerChannel> {
    match kind {
        FaultKind::Unspecified
        | FaultKind::AcquirerDecline
        | FaultKind::AcquirerTimeoutBefore
        | FaultKind::AcquirerTimeoutAfter
        | FaultKind::AcquirerLate => gateway.acquirer_faults(),
        FaultKind::DeliveryLost
        | FaultKind::DeliveryDuplicated
        | FaultKind::DeliveryLate
        | FaultKind::DeliveryReordered
        | FaultKind::DeliveryMalformed => gateway.delivery_faults(),
        FaultKind::PayoutRefused | FaultKind::PayoutTimeoutBefore | FaultKind::PayoutTimeoutAfter => {
            gateway.payout_faults()
        }
    }
}

/// Which fields belong to which fault is judged behind the edge.
fn decode(body: &[u8]) -> Result<FaultMessage, Status> {
    let (tree, faults) = (Tree::parse(body)?, Faults::default());
    let root = Field::root(&tree, &faults)?;
    let operations = root.field("operations").items().into_iter().map(Field::required);
    let delay = root.field("delay");
    let fault = FaultMessage {
        fault_id: String::new(),
        kind: root.field("fault").required().choice(&FAULTS).unwrap_or_default().into(),
        operations: operations.filter_map(|one| one.choice(&OPERATIONS)).map(i32::from).collect(),
        msn: root.field("msn").text().unwrap_or_default(),
        decline_reason: root.field("code").choice(&CODES).unwrap_or_default().into(),
        delay: if delay.is_given() { span(&delay) } else { None },
        extent: extent(&root.field("next"), &root.field("share")),
        hits: 0,
    };
    faults.finish().map(|()| fault)
}

fn extent(next: &Field<'_>, share: &Field<'_>) -> Option<Extent> {
    match (next.is_given(), share.is_given()) {
        (true, false) => next.small_integer().map(Extent::Next),
        (false, true) => {
            let per_mille = share.field("perMille").required().small_integer();
            let seed = share.field("seed").required();
            let not_negative =
                |number| u64::try_from(number).map_err(|_| seed.refuse("must not be negative"));
            let number = seed.integer().and_then(|number| not_negative(number).ok());
            Some(Extent::Share(FaultShare { per_mille: per_mille?, seed: number? }))
        }
        (true, true) => {
            next.refuse("must not stand beside share");
            None
        }
        (false, false) => {
            next.refuse("is required, unless share is given");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn a_fault_is_read_and_shown_in_the_same_words() {
        let bodies = [
            json!({"fault": "acquirer.decline", "code": "INSUFFICIENT_FUNDS", "operations": ["RESERVE"],
                   "msn": "123456", "next": 3}),
            json!({"fault": "acquirer.timeout-before", "operations": [], "next": 1}),
            json!({"fault": "acquirer.timeout-after", "operations": ["CAPTURE", "REFUND"],
                   "share": {"perMille": 100, "seed": 42}}),
            json!({"fault": "acquirer.late", "operations": ["RELEASE"], "delay": "20s", "next": 2}),
            json!({"fault": "delivery.late", "operations": [], "delay": "20s", "next": 2}),
            json!({"fault": "delivery.lost", "operations": [], "msn": "123456", "next": 1}),
        ];
        for body in bodies {
            let decoded = decode(body.to_string().as_bytes()).unwrap();
            let mut shown = serde_json::to_value(Fault::from_proto(decoded).unwrap()).unwrap();
            let members = shown.as_object_mut().unwrap();
            assert_eq!(members.remove("faultId"), Some(Value::from("")));
            assert_eq!(members.remove("hits"), Some(Value::from(0)));
            assert_eq!(shown, body);
        }
    }

    #[test]
    fn every_word_of_the_contract_has_a_name() {
        let named = |number: i32| CODES.iter().any(|(_, code)| i32::from(*code) == number);
        for number in 1..100 {
            assert_eq!(named(number), DeclineReason::try_from(number).is_ok(), "{number}");
            let fault = FAULTS.iter().any(|(_, kind)| i32::from(*kind) == number);
            assert_eq!(fault, FaultKind::try_from(number).is_ok(), "{number}");
            let operation = OPERATIONS.iter().any(|(_, kind)| i32::from(*kind) == number);
            assert_eq!(operation, FaultOperation::try_from(number).is_ok(), "{number}");
        }
    }

    #[test]
    fn what_is_no_fault_is_refused_with_the_field_named() {
        let table = [
            ("", &["fault", "next"] as &[&str]),
            ("{}", &["fault", "next"]),
            (r#"{"fault":"decline","next":1}"#, &["fault"]),
            (r#"{"fault":"acquirer.decline","code":"insufficient_funds","next":1}"#, &["code"]),
            (r#"{"fault":"acquirer.decline","code":7,"next":1}"#, &["code"]),
            (r#"{"fault":"acquirer.late","delay":20,"next":1}"#, &["delay"]),
            (r#"{"fault":"acquirer.late","delay":"soon","next":1}"#, &["delay"]),
            (r#"{"fault":"acquirer.late","next":1,"share":{"perMille":1,"seed":1}}"#, &["next"]),
            (r#"{"fault":"acquirer.late","next":"all"}"#, &["next"]),
            (r#"{"fault":"acquirer.late","next":1.5}"#, &["next"]),
            (r#"{"fault":"acquirer.late","next":4294967296}"#, &["next"]),
            (r#"{"fault":"acquirer.late","share":7}"#, &["share"]),
            (r#"{"fault":"acquirer.late","share":{}}"#, &["share.perMille", "share.seed"]),
            (r#"{"fault":"acquirer.late","share":{"perMille":1,"seed":-1}}"#, &["share.seed"]),
            (r#"{"fault":"acquirer.late","next":1,"operations":"RESERVE"}"#, &["operations"]),
            (
                r#"{"fault":"acquirer.late","next":1,"operations":["RESERVE",null,"x"]}"#,
                &["operations[1]", "operations[2]"],
            ),
            (r#"{"fault":"acquirer.late","next":1,"msn":123456}"#, &["msn"]),
        ];
        for (body, expected) in table {
            let violations = refusal::field_violations_of(&decode(body.as_bytes()).unwrap_err());
            let named: Vec<_> = violations.into_iter().map(|violation| violation.field).collect();
            assert_eq!(named, expected, "{body}");
        }
        for body in ["[]", "7", "{"] {
            let refused = decode(body.as_bytes()).unwrap_err();
            assert_eq!(refusal::reason_of(&refused), Some(Reason::BodyMalformed), "{body}");
        }
    }
}
