//! Wire types of the payer's side of Checkout.

use kvitt_checkout_json::{AmountJson, PersonJson, SessionJson};
use kvitt_proto::{
    checkout::v1::{Elements, OpenSessionResponse, ShippingOption, StartPaymentResponse},
    error::v1::Reason,
    money::{self, v1::Money},
    refusal,
};
use serde::Serialize;
use tonic::Status;
use utoipa::ToSchema;

/// What the payer sees.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = kvitt::CheckoutPage)]
pub(crate) struct Page {
    session: SessionJson,
    /// Without shipping.
    amount: AmountJson,
    payment_description: String,
    return_url: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    terms_and_conditions_url: String,
    /// What is known of the payer.
    person: PersonJson,
    #[schema(value_type = crate::openapi::checkout::ElementsWord)]
    elements: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_consent: Option<Consent>,
    has_logistics: bool,
}

#[derive(Serialize, ToSchema)]
#[schema(as = kvitt::CustomConsent)]
struct Consent {
    text: String,
    required: bool,
}

/// How the goods can be sent.
#[derive(Serialize, ToSchema)]
#[schema(as = kvitt::CheckoutOptions)]
pub(crate) struct Options {
    options: Vec<OptionJson>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = kvitt::CheckoutOption)]
struct OptionJson {
    id: String,
    brand: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    r#type: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    custom_type: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    title: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    description: String,
    amount: AmountJson,
    priority: i32,
    is_default: bool,
}

/// The payment waits for the payer.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = kvitt::StartedPayment)]
pub(crate) struct Started {
    reference: String,
    redirect_url: String,
}

/// There is nothing to tell.
#[derive(Serialize, ToSchema)]
#[schema(as = kvitt::Noted)]
pub(crate) struct Noted {}

impl Page {
    pub(crate) fn from_proto(shown: OpenSessionResponse) -> Result<Self, Status> {
        let configuration = shown.configuration.unwrap_or_default();
        let elements = match configuration.elements() {
            Elements::Unspecified | Elements::Full => "Full",
            Elements::PaymentAndContactInfo => "PaymentAndContactInfo",
            Elements::PaymentOnly => "PaymentOnly",
        };
        let session = SessionJson::try_new(shown.session.unwrap_or_default());
        Ok(Self {
            session: session.map_err(|incomplete| broken(&incomplete.to_string()))?,
            amount: amount(shown.amount)?,
            payment_description: shown.payment_description,
            return_url: shown.return_url,
            terms_and_conditions_url: shown.terms_and_conditions_url,
            person: shown.person.map(PersonJson::from).unwrap_or_default(),
            elements,
            custom_consent: configuration
                .custom_consent
                .map(|consent| Consent { text: consent.text, required: consent.required }),
            has_logistics: shown.has_logistics,
        })
    }
}

impl Options {
    pub(crate) fn from_proto(options: Vec<ShippingOption>) -> Result<Self, Status> {
        let option = |option: ShippingOption| {
            Ok(OptionJson {
                amount: amount(option.amount)?,
                id: option.id,
                brand: option.brand,
                r#type: option.r#type,
                custom_type: option.custom_type,
                title: option.title,
                description: option.description,
                priority: option.priority,
                is_default: option.is_default,
            })
        };
        Ok(Self { options: options.into_iter().map(option).collect::<Result<_, Status>>()? })
    }
}

impl Started {
    pub(crate) fn from_proto(started: StartPaymentResponse) -> Self {
        Self { reference: started.reference, redirect_url: started.redirect_url }
    }
}

fn amount(wire: Option<Money>) -> Result<AmountJson, Status> {
    money::from_proto(wire, "amount").map(AmountJson::from).map_err(|_| broken("an amount is missing"))
}

fn broken(what: &str) -> Status {
    refusal::status(Reason::Internal, what)
}

#[cfg(test)]
mod tests {
    use kvitt_primitives::Currency;
    use kvitt_proto::checkout::v1::{Session, SessionState};
    use serde_json::{Value, json};

    use super::*;

    fn nok(minor: i64) -> Option<Money> {
        Some(money::to_proto(kvitt_primitives::Money::new(Currency::Nok, minor)))
    }

    fn value(answer: &impl Serialize) -> Value {
        serde_json::to_value(answer).unwrap()
    }

    #[test]
    fn a_page_shows_what_is_to_be_paid_and_what_is_asked_for() {
        let session = Session { state: SessionState::SessionCreated.into(), ..Default::default() };
        let shown = OpenSessionResponse {
            session: Some(session),
            amount: nok(100),
            payment_description: "Socks".to_owned(),
            return_url: "https://shop.example".to_owned(),
            ..Default::default()
        };
        let expected = json!({
            "session": {"sessionId": "", "merchantSerialNumber": "", "reference": "",
                "sessionState": "SessionCreated"},
            "amount": {"value": 100, "currency": "NOK"}, "paymentDescription": "Socks",
            "returnUrl": "https://shop.example", "person": {}, "elements": "Full", "hasLogistics": false,
        });
        assert_eq!(value(&Page::from_proto(shown).unwrap()), expected);
        assert!(Page::from_proto(OpenSessionResponse::default()).is_err());
    }

    #[test]
    fn an_option_has_a_price() {
        let option =
            ShippingOption { id: "post".to_owned(), brand: "POSTEN".to_owned(), ..Default::default() };
        assert!(Options::from_proto(vec![option.clone()]).is_err());
        let priced = Options::from_proto(vec![ShippingOption { amount: nok(3), ..option }]).unwrap();
        let expected = json!({"options": [{"id": "post", "brand": "POSTEN",
            "amount": {"value": 3, "currency": "NOK"}, "priority": 0, "isDefault": false}]});
        assert_eq!(value(&priced), expected);
    }
}
