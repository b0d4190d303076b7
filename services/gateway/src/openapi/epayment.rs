//! The ePayment API v1. What is asked for when a payment is created is in `create.rs`.

#![expect(dead_code, reason = "types of requests are there for their schemas alone")]

mod create;

use serde_json::json;
use utoipa::ToSchema;

pub(super) use self::create::{AirlineData, Shipping};
use self::create::{CreatePayment, example};
use super::{
    callers::Calls,
    operation::{Api, Operation},
    parameters::{idempotency_key, idempotency_key_if_any},
    refusals::Dialect,
    words::{CurrencyCode, kinds, one_of},
};
use crate::epayment::json::{Created, Event, Modification, Payment};

pub(super) const NAME: &str = "ePayment";

kinds! {
    /// Where a payment stands.
    PaymentStateWord as "epayment.State" =
        one_of(["CREATED", "ABORTED", "EXPIRED", "AUTHORIZED", "TERMINATED"]);
    /// What happened.
    EventNameWord as "epayment.EventName" = one_of([
        "CREATED", "ABORTED", "EXPIRED", "CANCELLED", "CAPTURED", "REFUNDED", "AUTHORIZED", "TERMINATED",
    ]);
    /// What is paid with.
    MethodWord as "epayment.PaymentMethodType" = one_of(["WALLET", "CARD", "CARD_PASSTHROUGH"]);
}

/// A sum of money, in minor units.
#[derive(ToSchema)]
#[schema(as = epayment::NewAmount)]
pub(super) struct NewAmount {
    currency: CurrencyCode,
    #[schema(minimum = 0, maximum = 65000000)]
    value: i64,
}

/// How much to capture or to pay back.
#[derive(ToSchema)]
#[schema(as = epayment::Change, rename_all = "camelCase")]
struct Change {
    modification_amount: ChangedAmount,
}

/// At least one minor unit.
#[derive(ToSchema)]
#[schema(as = epayment::ChangedAmount)]
struct ChangedAmount {
    currency: CurrencyCode,
    #[schema(minimum = 1, maximum = 65000000)]
    value: i64,
}

/// What to end.
#[derive(ToSchema)]
#[schema(as = epayment::Cancel, rename_all = "camelCase")]
struct Cancel {
    /// Refuse where the payer has approved.
    cancel_transaction_only: Option<bool>,
}

/// Who approves: the payer with a phone number, or whoever opened the redirect URL with a token.
#[derive(ToSchema)]
#[schema(as = epayment::ForceApprove)]
struct ForceApprove {
    customer: Option<ForcedCustomer>,
    token: Option<String>,
}

/// A payer of the sandbox.
#[derive(ToSchema)]
#[schema(as = epayment::ForcedCustomer, rename_all = "camelCase")]
struct ForcedCustomer {
    phone_number: super::words::Msisdn,
}

/// Nothing to tell.
#[derive(ToSchema)]
#[schema(as = epayment::Approved)]
struct Approved {}

fn api() -> Api {
    Api { name: NAME, dialect: Dialect::Problem, calls: Calls::ForUnit }
}

pub(super) fn operations() -> Vec<Operation> {
    let api = api();
    let amount = json!({"modificationAmount": {"currency": "NOK", "value": 1000}});
    vec![
        api.post("/epayment/v1/payments", "createPayment")
            .says(
                "Ask a payer for money",
                "The payer has ten minutes to approve, unless `expiresAt` says otherwise. A reference can be used once.",
            )
            .parameter(idempotency_key())
            .takes::<CreatePayment>(example())
            .answers::<Created>(201, "The payment waits for the payer.")
            .refuses(&[409, 423]),
        api.get("/epayment/v1/payments/{reference}", "getPayment")
            .says("A payment as it stands", "")
            .answers::<Payment>(200, "The payment.")
            .refuses(&[400, 404]),
        api.get("/epayment/v1/payments/{reference}/events", "listPaymentEvents")
            .says("All that happened to a payment", "Oldest first.")
            .answers_list::<Event>(200, "The events.")
            .refuses(&[400, 404]),
        api.post("/epayment/v1/payments/{reference}/capture", "capturePayment")
            .says("Take reserved money", "In parts if the sales unit may.")
            .parameter(idempotency_key())
            .takes::<Change>(amount.clone())
            .answers::<Modification>(200, "It is taken.")
            .refuses(&[404, 409, 423]),
        api.post("/epayment/v1/payments/{reference}/refund", "refundPayment")
            .says("Pay captured money back", "In parts if wanted.")
            .parameter(idempotency_key())
            .takes::<Change>(amount)
            .answers::<Modification>(200, "It is paid back.")
            .refuses(&[404, 409, 423]),
        api.post("/epayment/v1/payments/{reference}/cancel", "cancelPayment")
            .says("End a payment", "Releases what is reserved and not captured.")
            .parameter(idempotency_key_if_any())
            .may_take::<Cancel>(json!({"cancelTransactionOnly": false}))
            .answers::<Modification>(200, "It is ended.")
            .refuses(&[404, 409, 423]),
    ]
}

#[cfg(feature = "sandbox")]
pub(super) fn of_sandbox() -> Vec<Operation> {
    vec![
        api()
            .post("/epayment/v1/test/payments/{reference}/approve", "forceApprovePayment")
            .says("Approve as the payer would", "Only in a sandbox.")
            .takes::<ForceApprove>(json!({"customer": {"phoneNumber": "4799900001"}}))
            .answers::<Approved>(200, "It is approved.")
            .refuses(&[404, 409, 423]),
    ]
}
