//! What only a sandbox has.

#![expect(dead_code, reason = "types of requests are there for their schemas alone")]

use serde_json::json;
use utoipa::ToSchema;

use super::{
    SANDBOX,
    callers::Calls,
    epayment::NewAmount,
    operation::{Api, Operation},
    parameters::idempotency_key_if_any,
    refusals::Dialect,
    words::{Id, Instant, Msisdn, SalesUnitNumber, kinds, one_of, text},
};
use crate::kvitt::{
    faults::{CODES, FAULTS, OPERATIONS},
    json::{Clock, Deleted, Fault, Faults},
    payer_json::{Answered, Groups, Terms},
    person::{CustomerToken, Done, PersonalQr, STATUSES, VERSIONS},
    scan_json::{CHECK_IN_STATES, CheckIn, Paid, Scanned},
};

kinds! {
    /// A length of time, the largest unit first, as in `30s` or `1d12h`.
    Length as "kvitt.Length" = text().pattern(Some("^([0-9]+w)?([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?$"));
    /// What goes wrong.
    FaultName as "kvitt.FaultName" = one_of(FAULTS.map(|(word, _)| word));
    /// What the acquirer is asked for.
    FaultOperation as "kvitt.FaultOperation" = one_of(OPERATIONS.map(|(word, _)| word));
    /// Why the acquirer declines.
    DeclineCode as "kvitt.DeclineCode" = one_of(CODES.map(|(word, _)| word));
    /// How a personal code is written.
    CodeVersion as "kvitt.CodeVersion" = one_of(VERSIONS.map(|(word, _)| word));
    /// What is to become of a payer.
    StatusWord as "kvitt.PayerStatus" = one_of(STATUSES.map(|(word, _)| word));
    /// Whether a merchant knows that a payer is there.
    CheckInStateWord as "kvitt.CheckInState" = one_of(CHECK_IN_STATES.map(|(word, _)| word));
    /// Digits.
    Digits as "kvitt.Digits" = text().pattern(Some("^[0-9]+$")).max_length(Some(19));
}

/// A move of the clock: by a length of time, or to an instant.
#[derive(ToSchema)]
#[schema(as = kvitt::Advance, rename_all = "camelCase")]
struct Advance {
    advance: Option<Length>,
    advance_to: Option<Instant>,
}

/// A fault to make: for the next so many times, or for a share of all.
#[derive(ToSchema)]
#[schema(as = kvitt::NewFault, rename_all = "camelCase")]
struct NewFault {
    fault: FaultName,
    operations: Option<Vec<FaultOperation>>,
    msn: Option<SalesUnitNumber>,
    code: Option<DeclineCode>,
    delay: Option<Length>,
    #[schema(minimum = 1, maximum = 1_000_000)]
    next: Option<i32>,
    share: Option<NewShare>,
}

/// So many of a thousand.
#[derive(ToSchema)]
#[schema(as = kvitt::NewShare, rename_all = "camelCase")]
struct NewShare {
    #[schema(minimum = 1, maximum = 1000)]
    per_mille: i32,
    #[schema(minimum = 0)]
    seed: i64,
}

/// The payer, and where the goods go.
#[derive(ToSchema)]
#[schema(as = kvitt::AskOptions, rename_all = "camelCase")]
struct AskOptions {
    phone_number: Msisdn,
    address_id: Option<String>,
}

/// The payer's yes.
#[derive(ToSchema)]
#[schema(as = kvitt::Approve, rename_all = "camelCase")]
struct Approve {
    phone_number: Msisdn,
    card_id: Option<String>,
    consent: Option<bool>,
    shipping_option_id: Option<String>,
    address_id: Option<String>,
}

/// A card that is typed in.
#[derive(ToSchema)]
#[schema(as = kvitt::TypeCard, rename_all = "camelCase")]
struct TypeCard {
    card_number: Digits,
    /// Year and month, as in `2049-12`.
    expires_month: String,
    security_code: Digits,
}

/// What the payer says to their bank.
#[derive(ToSchema)]
#[schema(as = kvitt::AnswerChallenge, rename_all = "camelCase")]
struct AnswerChallenge {
    challenge_id: String,
    passed: bool,
}

/// The payer's no.
#[derive(ToSchema)]
#[schema(as = kvitt::Reject, rename_all = "camelCase")]
struct Reject {
    phone_number: Option<Msisdn>,
}

/// Which code to show.
#[derive(ToSchema)]
#[schema(as = kvitt::AskPersonalQr)]
struct AskPersonalQr {
    version: Option<CodeVersion>,
}

/// Whether requests reach the payer's phone.
#[derive(ToSchema)]
#[schema(as = kvitt::Push)]
struct Push {
    on: bool,
}

/// What is to become of the payer.
#[derive(ToSchema)]
#[schema(as = kvitt::NewStatus)]
struct NewStatus {
    status: StatusWord,
}

/// What the payer points the app at.
#[derive(ToSchema)]
#[schema(as = kvitt::Scan, rename_all = "camelCase")]
struct Scan {
    /// The full text of the code.
    #[schema(max_length = 2000)]
    qr_code: String,
    /// Names the scan, so that the same again is the same check-in.
    scan_id: Option<Id>,
}

/// What the payer pays to a VM number.
#[derive(ToSchema)]
#[schema(as = kvitt::PayVmNumber, rename_all = "camelCase")]
struct PayVmNumber {
    merchant_serial_number: SalesUnitNumber,
    amount: NewAmount,
    #[schema(max_length = 100)]
    message: Option<String>,
    card_id: Option<Id>,
}

/// Who is no longer told anything.
#[derive(ToSchema)]
#[schema(as = kvitt::RevokeConsent, rename_all = "camelCase")]
struct RevokeConsent {
    merchant_serial_number: SalesUnitNumber,
}

pub(super) fn operations() -> Vec<Operation> {
    let api = Api { name: SANDBOX, dialect: Dialect::Problem, calls: Calls::ForUnit };
    let mut operations = of_payments(api);
    operations.extend(of_payers(api));
    operations.extend(of_scans(api));
    operations.extend(of_time_and_faults(api));
    operations
}

fn of_payments(api: Api) -> Vec<Operation> {
    let payer = json!({"phoneNumber": "4799900001"});
    vec![
        api.get("/kvitt/v1/payments/{reference}/payer", "openPaymentRequest")
            .says("What the payer of a payment sees", "")
            .answers::<Terms>(200, "What is asked.")
            .refuses(&[400, 404]),
        api.post("/kvitt/v1/payments/{reference}/payer/shipping-options", "listShippingOptions")
            .says(
                "How the goods can be sent to the payer",
                "Asks the merchant's server where the options are its.",
            )
            .takes::<AskOptions>(payer.clone())
            .answers::<Groups>(200, "The options.")
            .refuses(&[404, 423, 502]),
        api.post("/kvitt/v1/payments/{reference}/payer/approve", "approvePaymentRequest")
            .says("Say yes as a payer", "The answer names a challenge where one has to be answered first.")
            .parameter(idempotency_key_if_any())
            .takes::<Approve>(payer.clone())
            .answers::<Answered>(200, "It is approved, or a challenge is to be answered.")
            .refuses(&[404, 409, 423, 502]),
        api.post("/kvitt/v1/payments/{reference}/payer/card", "payWithCard")
            .says("Type a card in", "For payments with the method CARD.")
            .parameter(idempotency_key_if_any())
            .takes::<TypeCard>(json!({
                "cardNumber": "4925560000000007", "expiresMonth": "2049-12", "securityCode": "123",
            }))
            .answers::<Answered>(200, "It is approved, or a challenge is to be answered.")
            .refuses(&[404, 409, 423]),
        api.post("/kvitt/v1/payments/{reference}/payer/challenge", "answerChallenge")
            .says("Answer a challenge of 3-D Secure", "")
            .takes::<AnswerChallenge>(json!({"challengeId": "challenge-1", "passed": true}))
            .answers::<Answered>(200, "It is answered.")
            .refuses(&[404, 409, 423]),
        api.post("/kvitt/v1/payments/{reference}/payer/reject", "rejectPaymentRequest")
            .says("Say no as a payer", "")
            .may_take::<Reject>(payer)
            .answers::<Answered>(200, "It is rejected.")
            .refuses(&[404, 409, 423]),
    ]
}

fn of_payers(api: Api) -> Vec<Operation> {
    vec![
        api.post("/kvitt/v1/payers/{phoneNumber}/customer-token", "issueCustomerToken")
            .says("Check in at a merchant as a payer", "")
            .answers::<CustomerToken>(200, "A token that names the payer once.")
            .refuses(&[400, 404]),
        api.post("/kvitt/v1/payers/{phoneNumber}/personal-qr", "showPersonalQr")
            .says("Show the payer's own code", "")
            .may_take::<AskPersonalQr>(json!({"version": "2.0"}))
            .answers::<PersonalQr>(200, "What a scanner reads from it.")
            .refuses(&[404]),
        api.post("/kvitt/v1/payers/{phoneNumber}/push", "setPush")
            .says("Switch on or off that requests reach the payer's phone", "")
            .takes::<Push>(json!({"on": true}))
            .answers::<Done>(200, "It is switched.")
            .refuses(&[404]),
        api.post("/kvitt/v1/payers/{phoneNumber}/status", "setPayerStatus")
            .says("Block, delete or readmit a payer", "")
            .takes::<NewStatus>(json!({"status": "ACTIVE"}))
            .answers::<Done>(200, "It is done.")
            .refuses(&[404, 409]),
        api.post("/kvitt/v1/payers/{phoneNumber}/revoke-consent", "revokeConsent")
            .says("Share nothing with a sales unit any more", "")
            .takes::<RevokeConsent>(json!({"merchantSerialNumber": "300001"}))
            .answers::<Done>(200, "Nothing is shared any more.")
            .refuses(&[404]),
    ]
}

fn of_scans(api: Api) -> Vec<Operation> {
    let payment = json!({"merchantSerialNumber": "400001", "amount": {"currency": "NOK", "value": 100}});
    vec![
        api.post("/kvitt/v1/payers/{phoneNumber}/scan", "scanQr")
            .says(
                "Point the payer's app at a code",
                "What the code is decides what happens: at a callback code the payer checks in.",
            )
            .takes::<Scan>(json!({"qrCode": "https://qr.example/q/cAbCdEfGhIjKlMnOpQrStUv"}))
            .answers::<Scanned>(200, "What it is.")
            .refuses(&[404]),
        api.post("/kvitt/v1/payers/{phoneNumber}/vm-number-payments", "payVmNumber")
            .says("Pay a VM number", "The payment is made, approved and captured.")
            .parameter(idempotency_key_if_any())
            .takes::<PayVmNumber>(payment)
            .answers::<Paid>(200, "It is paid, or a challenge is to be answered.")
            .refuses(&[404, 409, 423]),
        api.get("/kvitt/v1/check-ins/{checkInId}", "getCheckIn")
            .says("Whether the merchant was told that a payer is there", "")
            .answers::<CheckIn>(200, "How it stands.")
            .refuses(&[400, 404]),
    ]
}

fn of_time_and_faults(api: Api) -> Vec<Operation> {
    vec![
        api.get("/kvitt/v1/clock", "getClock").says("What time it is", "").answers::<Clock>(200, "The time."),
        api.post("/kvitt/v1/clock", "advanceClock")
            .says("Move time forward", "Answers when everything that became due on the way has been done.")
            .takes::<Advance>(json!({"advance": "11m"}))
            .answers::<Clock>(200, "It is later now.")
            .refuses(&[409]),
        api.get("/kvitt/v1/faults", "listFaults")
            .says("Faults that still apply", "")
            .answers::<Faults>(200, "The faults, oldest first."),
        api.post("/kvitt/v1/faults", "createFault")
            .says("Make something go wrong", "Which fields belong to which fault is said by the refusals.")
            .takes::<NewFault>(json!({"fault": "acquirer.decline", "code": "INSUFFICIENT_FUNDS", "next": 1}))
            .answers::<Fault>(201, "The fault.")
            .refuses(&[409]),
        api.delete("/kvitt/v1/faults", "endFaults")
            .says("End all faults", "")
            .answers::<Deleted>(200, "Ended."),
        api.delete("/kvitt/v1/faults/{faultId}", "endFault")
            .says("End one fault", "")
            .answers::<Deleted>(200, "How many were ended.")
            .refuses(&[400, 404]),
    ]
}
