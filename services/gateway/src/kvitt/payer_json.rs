//! Wire types of the payer's side.

use chrono::SecondsFormat;
use kvitt_proto::{
    error::v1::Reason,
    payment::v1::{PayerTerms, PaymentMethodType, PaymentState, ShippingGroup, shipping::Options},
    refusal, time,
};
use serde::Serialize;
use tonic::Status;
use utoipa::ToSchema;

use crate::payment_links::json::{Amount, Group};

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

/// How the goods can be sent.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = kvitt::Groups)]
pub(crate) struct Groups {
    groups: Vec<Group>,
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
            amount: Amount::from_proto(terms.amount)?,
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
    use kvitt_proto::money;
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
