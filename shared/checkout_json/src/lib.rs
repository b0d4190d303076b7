//! A session of Checkout as upstream's `SessionResponse`. The gateway answers it, and the service `checkout` sends it to
//! merchants when a session ends: both must say the same, so it is written once, here.
//!
//! The types derive their schemas too, for the document of the API. What a session has not got is left out. To add a field: in `checkout_service.proto`, and here in upstream's order.

mod shipping;

use kvitt_primitives::Money;
use kvitt_proto::checkout::v1::{PaymentDetails, PaymentMethod, Session, SessionState, UserInfo};
use kvitt_proto::{money, payment::v1::PaymentState};
use serde::Serialize;
use utoipa::ToSchema;

pub use shipping::{PersonJson, ShippingJson};

/// A session, as it stands.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = checkout::Session)]
pub struct SessionJson {
    session_id: String,
    merchant_serial_number: String,
    reference: String,
    session_state: StateJson,
    #[serde(skip_serializing_if = "Option::is_none")]
    payment_method: Option<MethodJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payment_details: Option<PaymentJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_info: Option<UserJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shipping_details: Option<ShippingJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    billing_details: Option<PersonJson>,
    /// Only where the merchant has a box to tick.
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_consent_provided: Option<bool>,
}

/// Where a session stands.
#[derive(Clone, Copy, Serialize, ToSchema)]
#[schema(as = checkout::SessionState)]
enum StateJson {
    SessionCreated,
    PaymentInitiated,
    SessionExpired,
    PaymentSuccessful,
    PaymentTerminated,
}

/// What the payer pays with.
#[derive(Clone, Copy, Serialize, ToSchema)]
#[schema(as = checkout::PaymentMethod)]
enum MethodJson {
    Wallet,
    Card,
}

/// Where a payment stands. Every end without an approval is TERMINATED.
#[derive(Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
#[schema(as = checkout::PaymentState)]
enum PaymentStateJson {
    Created,
    Authorized,
    Terminated,
}

/// An amount of minor units.
#[derive(Serialize, ToSchema)]
#[schema(as = checkout::Amount)]
pub struct AmountJson {
    value: i64,
    currency: &'static str,
}

/// The payment; `type` tells a payment by app from one by card.
#[derive(Serialize, ToSchema)]
#[schema(as = checkout::PaymentDetails)]
struct PaymentJson {
    #[serde(skip_serializing_if = "Option::is_none")]
    r#type: Option<MethodJson>,
    amount: AmountJson,
    state: PaymentStateJson,
    #[serde(skip_serializing_if = "Option::is_none")]
    aggregate: Option<AggregateJson>,
}

/// What became of a payment so far.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = checkout::Aggregate)]
struct AggregateJson {
    cancelled_amount: AmountJson,
    captured_amount: AmountJson,
    refunded_amount: AmountJson,
    authorized_amount: AmountJson,
}

/// What a payer shares.
#[derive(Serialize, ToSchema)]
#[schema(as = checkout::UserInfo)]
struct UserJson {
    sub: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
}

/// A message that lacks what every session has, so that nothing can be said of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Incomplete {
    /// What is missing.
    pub field: &'static str,
}

impl std::fmt::Display for Incomplete {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "a session without {}", self.field)
    }
}

impl std::error::Error for Incomplete {}

impl SessionJson {
    /// The session, as it goes out.
    ///
    /// # Errors
    ///
    /// When the message lacks its state, or an amount its currency.
    pub fn try_new(session: Session) -> Result<Self, Incomplete> {
        let method = method(session.payment_method());
        Ok(Self {
            session_state: state(session.state()).ok_or(Incomplete { field: "a state" })?,
            payment_method: method,
            payment_details: session.payment_details.map(|details| payment(&details, method)).transpose()?,
            user_info: session.user_info.map(user),
            shipping_details: session.shipping_details.map(ShippingJson::try_new).transpose()?,
            billing_details: session.billing_details.map(PersonJson::from),
            custom_consent_provided: session.custom_consent_provided,
            session_id: session.session_id,
            merchant_serial_number: session.msn,
            reference: session.reference,
        })
    }
}

impl AmountJson {
    /// An amount, which must be there.
    pub(crate) fn try_new(wire: Option<money::v1::Money>) -> Result<Self, Incomplete> {
        let money = money::from_proto(wire, "amount").map_err(|_| Incomplete { field: "an amount" })?;
        Ok(Self::from(money))
    }
}

impl From<Money> for AmountJson {
    fn from(money: Money) -> Self {
        Self { value: money.minor, currency: money.currency.code() }
    }
}

fn state(state: SessionState) -> Option<StateJson> {
    match state {
        SessionState::SessionCreated => Some(StateJson::SessionCreated),
        SessionState::PaymentInitiated => Some(StateJson::PaymentInitiated),
        SessionState::SessionExpired => Some(StateJson::SessionExpired),
        SessionState::PaymentSuccessful => Some(StateJson::PaymentSuccessful),
        SessionState::PaymentTerminated => Some(StateJson::PaymentTerminated),
        SessionState::Unspecified => None,
    }
}

fn method(method: PaymentMethod) -> Option<MethodJson> {
    match method {
        PaymentMethod::Wallet => Some(MethodJson::Wallet),
        PaymentMethod::Card => Some(MethodJson::Card),
        PaymentMethod::Unspecified => None,
    }
}

fn payment(details: &PaymentDetails, method: Option<MethodJson>) -> Result<PaymentJson, Incomplete> {
    let aggregate = |sums: &kvitt_proto::payment::v1::Aggregate| {
        Ok(AggregateJson {
            cancelled_amount: AmountJson::try_new(sums.cancelled)?,
            captured_amount: AmountJson::try_new(sums.captured)?,
            refunded_amount: AmountJson::try_new(sums.refunded)?,
            authorized_amount: AmountJson::try_new(sums.authorized)?,
        })
    };
    Ok(PaymentJson {
        r#type: method,
        amount: AmountJson::try_new(details.amount)?,
        state: match details.state() {
            PaymentState::Created => PaymentStateJson::Created,
            PaymentState::Authorized => PaymentStateJson::Authorized,
            PaymentState::Aborted | PaymentState::Expired | PaymentState::Terminated => {
                PaymentStateJson::Terminated
            }
            PaymentState::Unspecified => return Err(Incomplete { field: "the state of its payment" }),
        },
        aggregate: details.aggregate.as_ref().map(aggregate).transpose()?,
    })
}

fn user(info: UserInfo) -> UserJson {
    UserJson { sub: info.sub, email: given(info.email) }
}

/// What is empty is absent.
fn given(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests;
