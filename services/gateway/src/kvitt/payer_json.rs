//! Wire types of the payer's side.

use chrono::SecondsFormat;
use kvitt_proto::{
    error::v1::Reason,
    money,
    payment::v1::{PayerTerms, PaymentMethodType, PaymentState, ShippingGroup, shipping::Options},
    refusal, time,
};
use serde::Serialize;
use tonic::Status;
use utoipa::ToSchema;

/// What a payer is asked.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = kvitt::Terms)]
pub(crate) struct Terms {
    reference: String,
    #[schema(value_type = crate::openapi::epayment::PaymentStateWord)]
    state: &'static str,
    amount: Amount,
    #[schema(value_type = crate::openapi::epayment::MethodWord)]
    payment_method: &'static str,
    #[serde(skip_serializing_if = "String::is_empty")]
    description: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    return_url: String,
    #[schema(value_type = crate::openapi::words::Instant)]
    expires_at: String,
    /// The payer in mind.
    #[serde(skip_serializing_if = "String::is_empty")]
    phone_number: String,
    #[serde(skip_serializing_if = "is_zero")]
    minimum_user_age: i32,
    /// What is to be shared.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    scope: Vec<String>,
    /// `fixed` or `dynamic`; only for Express.
    #[serde(skip_serializing_if = "Option::is_none")]
    shipping: Option<&'static str>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = kvitt::Amount)]
struct Amount {
    #[schema(value_type = crate::openapi::words::CurrencyCode)]
    currency: &'static str,
    value: i64,
}

/// How the goods can be sent.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = kvitt::Groups)]
pub(crate) struct Groups {
    groups: Vec<Group>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = kvitt::Group)]
struct Group {
    r#type: String,
    brand: String,
    is_default: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    priority: Option<i32>,
    options: Vec<ShippingOption>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = kvitt::ShippingOption)]
struct ShippingOption {
    id: String,
    name: String,
    amount: Amount,
    is_default: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    priority: Option<i32>,
    #[serde(skip_serializing_if = "String::is_empty")]
    meta: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    estimated_delivery: String,
}

/// What became of an answer.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = kvitt::Answered)]
pub(crate) struct Answered {
    /// The challenge to answer first.
    #[serde(skip_serializing_if = "String::is_empty")]
    challenge_id: String,
}

impl Answered {
    pub(crate) fn new(challenge_id: String) -> Self {
        Self { challenge_id }
    }
}

impl Terms {
    pub(crate) fn from_proto(terms: Option<PayerTerms>) -> Result<Self, Status> {
        let terms = terms.ok_or_else(incomplete)?;
        let expires_at = terms.expires_at.ok_or_else(incomplete)?;
        let expires_at = time::from_proto(expires_at, "expires_at").map_err(|_| incomplete())?;
        let shipping = terms.shipping.as_ref().and_then(|shipping| shipping.options.as_ref());
        Ok(Self {
            state: state(terms.state()),
            payment_method: method(terms.payment_method_type()),
            amount: amount(terms.amount)?,
            expires_at: expires_at.to_rfc3339_opts(SecondsFormat::Millis, true),
            scope: terms.profile_scope.split_whitespace().map(str::to_owned).collect(),
            shipping: shipping.map(|options| match options {
                Options::Fixed(_) => "fixed",
                Options::Dynamic(_) => "dynamic",
            }),
            reference: terms.reference,
            description: terms.description,
            return_url: terms.return_url,
            phone_number: terms.customer_phone,
            minimum_user_age: terms.minimum_user_age,
        })
    }
}

impl Groups {
    pub(crate) fn from_proto(groups: Vec<ShippingGroup>) -> Result<Self, Status> {
        groups.into_iter().map(Group::from_proto).collect::<Result<_, _>>().map(|groups| Self { groups })
    }
}

impl Group {
    fn from_proto(group: ShippingGroup) -> Result<Self, Status> {
        let option = |option: kvitt_proto::payment::v1::ShippingOption| {
            Ok(ShippingOption {
                amount: amount(option.amount)?,
                id: option.id,
                name: option.name,
                is_default: option.is_default,
                priority: option.priority,
                meta: option.meta,
                estimated_delivery: option.estimated_delivery,
            })
        };
        Ok(Self {
            options: group.options.into_iter().map(option).collect::<Result<_, Status>>()?,
            r#type: group.r#type,
            brand: group.brand,
            is_default: group.is_default,
            priority: group.priority,
        })
    }
}

fn amount(amount: Option<money::v1::Money>) -> Result<Amount, Status> {
    let amount = money::from_proto(amount, "amount").map_err(|_| incomplete())?;
    Ok(Amount { currency: amount.currency.code(), value: amount.minor })
}

fn state(state: PaymentState) -> &'static str {
    state.as_str_name().trim_start_matches("PAYMENT_STATE_")
}

fn method(method: PaymentMethodType) -> &'static str {
    method.as_str_name().trim_start_matches("PAYMENT_METHOD_TYPE_")
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it on so")]
fn is_zero(number: &i32) -> bool {
    *number == 0
}

fn incomplete() -> Status {
    refusal::status(Reason::Internal, "the wallet's answer is incomplete")
}

#[cfg(test)]
mod tests {
    use kvitt_primitives::{Currency, Money};
    use serde_json::json;

    use super::*;

    #[test]
    fn the_payer_is_told_what_is_asked() {
        let terms = PayerTerms {
            reference: "order-1234".to_owned(),
            state: PaymentState::Created.into(),
            amount: Some(money::to_proto(Money::new(Currency::Nok, 100))),
            payment_method_type: PaymentMethodType::Wallet.into(),
            expires_at: Some(prost_types::Timestamp { seconds: 0, nanos: 0 }),
            profile_scope: "name  email".to_owned(),
            ..PayerTerms::default()
        };
        let told = serde_json::to_value(Terms::from_proto(Some(terms)).unwrap()).unwrap();
        let expected = json!({
            "reference": "order-1234",
            "state": "CREATED",
            "amount": {"currency": "NOK", "value": 100},
            "paymentMethod": "WALLET",
            "expiresAt": "1970-01-01T00:00:00.000Z",
            "scope": ["name", "email"],
        });
        assert_eq!(told, expected);
        assert!(Terms::from_proto(None).is_err());
    }
}
