//! Answers in upstream's shapes (contract-payments section 5.3); the order of the fields is theirs.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};
use kvitt_proto::{
    error::v1::Reason,
    money,
    payment::v1::{self, PaymentEventName, PaymentMethodType, PaymentState},
    refusal::{self, FieldViolation},
    time,
};
use serde::Serialize;
use tonic::Status;
use utoipa::ToSchema;

use super::shared::{ShippingDetails, UserDetails};

/// The answer to a create.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = epayment::Created)]
pub(crate) struct Created {
    #[serde(skip_serializing_if = "String::is_empty")]
    redirect_url: String,
    reference: String,
}

/// A payment as it stands.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = epayment::Payment)]
pub(crate) struct Payment {
    aggregate: Aggregate,
    amount: Amount,
    #[schema(value_type = crate::openapi::epayment::PaymentStateWord)]
    state: &'static str,
    payment_method: PaymentMethod,
    profile: Profile,
    psp_reference: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    redirect_url: String,
    reference: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    metadata: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shipping_details: Option<ShippingDetails>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_details: Option<UserDetails>,
    /// With an offset instead of a `Z`, unlike all other instants.
    #[serde(skip_serializing_if = "Option::is_none")]
    capture_guaranteed_until: Option<String>,
}

/// The answer to capture, refund and cancel.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = epayment::Modification)]
pub(crate) struct Modification {
    amount: Amount,
    #[schema(value_type = crate::openapi::epayment::PaymentStateWord)]
    state: &'static str,
    aggregate: Aggregate,
    psp_reference: String,
    reference: String,
}

/// One thing that happened.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = epayment::Event)]
pub(crate) struct Event {
    reference: String,
    psp_reference: String,
    #[schema(value_type = crate::openapi::epayment::EventNameWord)]
    name: &'static str,
    amount: Amount,
    #[schema(value_type = crate::openapi::words::Instant)]
    timestamp: String,
    /// `null` when no key of the merchant caused it.
    idempotency_key: Option<String>,
    success: bool,
}

/// An amount in minor units.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = epayment::Amount)]
pub(super) struct Amount {
    #[schema(value_type = crate::openapi::words::CurrencyCode)]
    currency: &'static str,
    pub(super) value: i64,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = epayment::Aggregate)]
struct Aggregate {
    authorized_amount: Amount,
    cancelled_amount: Amount,
    captured_amount: Amount,
    refunded_amount: Amount,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = epayment::PaymentMethod)]
struct PaymentMethod {
    #[schema(value_type = crate::openapi::epayment::MethodWord)]
    r#type: &'static str,
    #[serde(skip_serializing_if = "String::is_empty")]
    card_bin: String,
}

/// Empty as long as no profile data is shared.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = epayment::Profile)]
struct Profile {
    #[serde(skip_serializing_if = "String::is_empty")]
    sub: String,
}

impl From<v1::CreatePaymentResponse> for Created {
    fn from(created: v1::CreatePaymentResponse) -> Self {
        Self { redirect_url: created.redirect_url, reference: created.reference }
    }
}

impl Payment {
    pub(crate) fn from_proto(payment: Option<v1::Payment>) -> Result<Self, Status> {
        let payment = payment.ok_or_else(|| incomplete("payment"))?;
        let guaranteed_until = payment
            .capture_guaranteed_until
            .map(|until| instant(until, "capture_guaranteed_until"))
            .transpose()?;
        Ok(Self {
            state: state(payment.state())?,
            payment_method: PaymentMethod {
                r#type: method_type(payment.payment_method_type())?,
                card_bin: payment.card_bin,
            },
            aggregate: aggregate(payment.aggregate)?,
            amount: amount(payment.amount)?,
            profile: Profile { sub: payment.sub },
            psp_reference: payment.psp_reference,
            redirect_url: payment.redirect_url,
            reference: payment.reference,
            metadata: payment.metadata.into_iter().collect(),
            shipping_details: payment.shipping_details.map(ShippingDetails::from_proto).transpose()?,
            user_details: payment.user_details.and_then(UserDetails::from_proto),
            capture_guaranteed_until: guaranteed_until
                .map(|until| until.to_rfc3339_opts(SecondsFormat::Millis, false)),
        })
    }
}

impl Modification {
    pub(crate) fn from_proto(modification: Option<v1::Modification>) -> Result<Self, Status> {
        let modification = modification.ok_or_else(|| incomplete("modification"))?;
        Ok(Self {
            state: state(modification.state())?,
            amount: amount(modification.amount)?,
            aggregate: aggregate(modification.aggregate)?,
            psp_reference: modification.psp_reference,
            reference: modification.reference,
        })
    }
}

impl Event {
    pub(crate) fn from_proto(event: v1::PaymentEvent) -> Result<Self, Status> {
        let occurred_at = event.occurred_at.ok_or_else(|| incomplete("occurred_at"))?;
        let occurred_at = instant(occurred_at, "occurred_at")?;
        Ok(Self {
            name: event_name(event.name())?,
            reference: event.reference,
            psp_reference: event.psp_reference,
            amount: amount(event.amount)?,
            timestamp: occurred_at.to_rfc3339_opts(SecondsFormat::Millis, true),
            idempotency_key: Some(event.idempotency_key).filter(|key| !key.is_empty()),
            success: event.success,
        })
    }
}

fn aggregate(aggregate: Option<v1::Aggregate>) -> Result<Aggregate, Status> {
    let aggregate = aggregate.ok_or_else(|| incomplete("aggregate"))?;
    Ok(Aggregate {
        authorized_amount: amount(aggregate.authorized)?,
        cancelled_amount: amount(aggregate.cancelled)?,
        captured_amount: amount(aggregate.captured)?,
        refunded_amount: amount(aggregate.refunded)?,
    })
}

pub(super) fn amount(amount: Option<money::v1::Money>) -> Result<Amount, Status> {
    let amount = money::from_proto(amount, "amount").map_err(|violation| broken(&violation))?;
    Ok(Amount { currency: amount.currency.code(), value: amount.minor })
}

fn instant(at: prost_types::Timestamp, field: &str) -> Result<DateTime<Utc>, Status> {
    time::from_proto(at, field).map_err(|violation| broken(&violation))
}

fn state(state: PaymentState) -> Result<&'static str, Status> {
    match state {
        PaymentState::Unspecified => Err(incomplete("state")),
        PaymentState::Created => Ok("CREATED"),
        PaymentState::Aborted => Ok("ABORTED"),
        PaymentState::Expired => Ok("EXPIRED"),
        PaymentState::Authorized => Ok("AUTHORIZED"),
        PaymentState::Terminated => Ok("TERMINATED"),
    }
}

fn method_type(method: PaymentMethodType) -> Result<&'static str, Status> {
    match method {
        PaymentMethodType::Unspecified => Err(incomplete("payment_method_type")),
        PaymentMethodType::Wallet => Ok("WALLET"),
        PaymentMethodType::Card => Ok("CARD"),
        PaymentMethodType::CardPassthrough => Ok("CARD_PASSTHROUGH"),
    }
}

fn event_name(name: PaymentEventName) -> Result<&'static str, Status> {
    match name {
        PaymentEventName::Unspecified => Err(incomplete("name")),
        PaymentEventName::Created => Ok("CREATED"),
        PaymentEventName::Aborted => Ok("ABORTED"),
        PaymentEventName::Expired => Ok("EXPIRED"),
        PaymentEventName::Cancelled => Ok("CANCELLED"),
        PaymentEventName::Captured => Ok("CAPTURED"),
        PaymentEventName::Refunded => Ok("REFUNDED"),
        PaymentEventName::Authorized => Ok("AUTHORIZED"),
        PaymentEventName::Terminated => Ok("TERMINATED"),
    }
}

/// A service behind broke the contract.
fn incomplete(field: &str) -> Status {
    broken(&FieldViolation::new(field, "is missing"))
}

fn broken(violation: &FieldViolation) -> Status {
    let detail = format!("the answer of a service is broken: {} {}", violation.field, violation.description);
    refusal::status(Reason::Internal, detail)
}

#[cfg(test)]
mod tests {
    use kvitt_primitives::{Currency, Money};

    use super::*;

    fn nok(minor: i64) -> Option<money::v1::Money> {
        Some(money::to_proto(Money::new(Currency::Nok, minor)))
    }

    fn sums() -> Option<v1::Aggregate> {
        Some(v1::Aggregate { authorized: nok(100), captured: nok(40), cancelled: nok(0), refunded: nok(10) })
    }

    const SUMS: &str = concat!(
        r#""aggregate":{"authorizedAmount":{"currency":"NOK","value":100},"#,
        r#""cancelledAmount":{"currency":"NOK","value":0},"capturedAmount":{"currency":"NOK","value":40},"#,
        r#""refundedAmount":{"currency":"NOK","value":10}}"#,
    );

    #[test]
    fn a_created_payment_shows_its_url_only_when_there_is_one() {
        let told = |url: &str| {
            let response = v1::CreatePaymentResponse {
                reference: "order-1234".to_owned(),
                redirect_url: url.to_owned(),
            };
            serde_json::to_string(&Created::from(response)).unwrap()
        };
        assert_eq!(told("https://x"), r#"{"redirectUrl":"https://x","reference":"order-1234"}"#);
        assert_eq!(told(""), r#"{"reference":"order-1234"}"#);
    }

    #[test]
    fn a_payment_is_told_in_upstreams_shape() {
        let mut payment = v1::Payment {
            reference: "order-1234".to_owned(),
            psp_reference: "psp".to_owned(),
            state: PaymentState::Authorized.into(),
            amount: nok(100),
            aggregate: sums(),
            payment_method_type: PaymentMethodType::Wallet.into(),
            ..Default::default()
        };
        let told = serde_json::to_string(&Payment::from_proto(Some(payment.clone())).unwrap()).unwrap();
        let rest = concat!(
            r#","amount":{"currency":"NOK","value":100},"state":"AUTHORIZED","paymentMethod":{"type":"WALLET"},"#,
            r#""profile":{},"pspReference":"psp","reference":"order-1234"}"#,
        );
        assert_eq!(told, format!("{{{SUMS}{rest}"));

        payment.card_bin = "540185".to_owned();
        payment.redirect_url = "https://x".to_owned();
        payment.metadata.insert("k".to_owned(), "v".to_owned());
        let until = chrono::DateTime::from_timestamp(1_788_249_224, 812_999_000).unwrap();
        payment.capture_guaranteed_until = Some(time::to_proto(until));
        let told = serde_json::to_value(Payment::from_proto(Some(payment)).unwrap()).unwrap();
        assert_eq!(told["paymentMethod"]["cardBin"], "540185");
        assert_eq!(told["captureGuaranteedUntil"], "2026-09-01T07:53:44.812+00:00");
        assert_eq!((&told["redirectUrl"], &told["metadata"]["k"]), (&"https://x".into(), &"v".into()));
    }

    #[test]
    fn a_modification_is_told_in_upstreams_shape() {
        let modification = v1::Modification {
            reference: "order-1234".to_owned(),
            psp_reference: "psp".to_owned(),
            amount: nok(100),
            state: PaymentState::Authorized.into(),
            aggregate: sums(),
        };
        let told = serde_json::to_string(&Modification::from_proto(Some(modification)).unwrap()).unwrap();
        let start = r#"{"amount":{"currency":"NOK","value":100},"state":"AUTHORIZED","#;
        assert_eq!(told, format!(r#"{start}{SUMS},"pspReference":"psp","reference":"order-1234"}}"#));
    }

    #[test]
    fn an_event_is_told_to_the_millisecond() {
        let mut event = v1::PaymentEvent {
            reference: "order-1234".to_owned(),
            psp_reference: "psp".to_owned(),
            name: PaymentEventName::Captured.into(),
            amount: nok(40),
            occurred_at: chrono::DateTime::from_timestamp(1_780_000_000, 123_456_000).map(time::to_proto),
            idempotency_key: "key-1".to_owned(),
            success: true,
            ..Default::default()
        };
        let told = serde_json::to_string(&Event::from_proto(event.clone()).unwrap()).unwrap();
        let expected = concat!(
            r#"{"reference":"order-1234","pspReference":"psp","name":"CAPTURED","#,
            r#""amount":{"currency":"NOK","value":40},"timestamp":"2026-05-28T20:26:40.123Z","#,
            r#""idempotencyKey":"key-1","success":true}"#,
        );
        assert_eq!(told, expected);

        event.idempotency_key.clear();
        let told = serde_json::to_value(Event::from_proto(event).unwrap()).unwrap();
        assert!(told["idempotencyKey"].is_null());
    }

    #[test]
    fn an_incomplete_answer_is_a_fault_of_the_platform() {
        let refused = Payment::from_proto(Some(v1::Payment::default())).unwrap_err();
        assert_eq!(refusal::reason_of(&refused), Some(Reason::Internal));
    }
}
