//! Wire types of what a payer scans, and of what comes of it.

use kvitt_proto::{
    error::v1::Reason,
    money,
    qr::v1::{CheckInState, UnitFound},
    refusal,
    wallet::v1::{CheckedIn, PayVmNumberResponse, scan_qr_response::Found},
};
use serde::Serialize;
use tonic::Status;
use utoipa::ToSchema;

use super::payer_json::Terms;
use crate::qr::json::CATEGORIES;

/// Whether a merchant knows that a payer is there.
pub(crate) const CHECK_IN_STATES: [(&str, CheckInState); 3] = [
    ("WAITING", CheckInState::Waiting),
    ("REACHED", CheckInState::Reached),
    ("UNREACHED", CheckInState::Unreached),
];

/// What was scanned.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "SCREAMING_SNAKE_CASE")]
#[schema(as = kvitt::Scanned)]
pub(crate) enum Scanned {
    Payment(Box<ScannedPayment>),
    Redirect(ScannedRedirect),
    CheckIn(ScannedCallback),
    PaymentLink(ScannedLink),
    VmNumber(ScannedUnit),
    Person(ScannedPerson),
}

/// A payment to answer.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = kvitt::ScannedPayment)]
pub(crate) struct ScannedPayment {
    #[schema(value_type = crate::openapi::words::SalesUnitNumber)]
    merchant_serial_number: String,
    payment: Terms,
}

/// A page to open.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = kvitt::ScannedRedirect)]
pub(crate) struct ScannedRedirect {
    redirect_url: String,
}

/// The payer is checked in.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = kvitt::ScannedCallback)]
pub(crate) struct ScannedCallback {
    #[schema(value_type = crate::openapi::words::Id)]
    check_in_id: String,
    /// False when nobody listens: the shop cannot be reached.
    listening: bool,
    #[schema(value_type = crate::openapi::words::SalesUnitNumber)]
    merchant_serial_number: String,
    merchant_qr_id: String,
    location_description: String,
    #[schema(value_type = crate::openapi::qr::CategoryWord)]
    category: &'static str,
}

/// A link to open.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = kvitt::ScannedLink)]
pub(crate) struct ScannedLink {
    token: String,
}

/// A number to pay to.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = kvitt::ScannedUnit)]
pub(crate) struct ScannedUnit {
    #[schema(value_type = crate::openapi::words::SalesUnitNumber)]
    merchant_serial_number: String,
    name: String,
    #[schema(value_type = crate::openapi::words::CurrencyCode)]
    currency: &'static str,
}

/// Somebody else's own code.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = kvitt::ScannedPerson)]
pub(crate) struct ScannedPerson {
    name: String,
}

/// Paid, or to be confirmed.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = kvitt::PaidVmNumber)]
pub(crate) struct Paid {
    reference: String,
    /// The challenge to answer first.
    #[serde(skip_serializing_if = "String::is_empty")]
    challenge_id: String,
}

/// Whether the merchant was told.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = kvitt::CheckIn)]
pub(crate) struct CheckIn {
    #[schema(value_type = crate::openapi::words::Id)]
    check_in_id: String,
    #[schema(value_type = crate::openapi::sandbox::CheckInStateWord)]
    state: &'static str,
}

impl Scanned {
    pub(crate) fn from_proto(found: Option<Found>) -> Result<Self, Status> {
        Ok(match found.ok_or_else(incomplete)? {
            Found::Payment(terms) => Self::Payment(Box::new(ScannedPayment {
                merchant_serial_number: terms.msn.clone(),
                payment: Terms::from_proto(Some(terms))?,
            })),
            Found::RedirectUrl(redirect_url) => Self::Redirect(ScannedRedirect { redirect_url }),
            Found::CheckedIn(checked_in) => Self::CheckIn(ScannedCallback::from_proto(checked_in)?),
            Found::PaymentLinkToken(token) => Self::PaymentLink(ScannedLink { token }),
            Found::Unit(unit) => Self::VmNumber(ScannedUnit::from_proto(unit)?),
            Found::Person(name) => Self::Person(ScannedPerson { name }),
        })
    }
}

impl ScannedCallback {
    fn from_proto(checked_in: CheckedIn) -> Result<Self, Status> {
        let callback = checked_in.callback.ok_or_else(incomplete)?;
        Ok(Self {
            category: word(&CATEGORIES, callback.category()).unwrap_or(CATEGORIES[0].0),
            check_in_id: checked_in.check_in_id,
            listening: checked_in.listening,
            merchant_serial_number: callback.msn,
            merchant_qr_id: callback.merchant_qr_id,
            location_description: callback.location_description,
        })
    }
}

impl ScannedUnit {
    fn from_proto(unit: UnitFound) -> Result<Self, Status> {
        let currency = money::currency_from_proto(unit.currency, "currency").map_err(|_| incomplete())?;
        Ok(Self { merchant_serial_number: unit.msn, name: unit.name, currency: currency.code() })
    }
}

impl Paid {
    pub(crate) fn from_proto(answer: PayVmNumberResponse) -> Self {
        Self { reference: answer.reference, challenge_id: answer.challenge_id }
    }
}

impl CheckIn {
    pub(crate) fn from_proto(check_in_id: String, state: CheckInState) -> Result<Self, Status> {
        Ok(Self { check_in_id, state: word(&CHECK_IN_STATES, state).ok_or_else(incomplete)? })
    }
}

fn word<T: Copy + PartialEq>(words: &[(&'static str, T)], meaning: T) -> Option<&'static str> {
    words.iter().find(|(_, known)| *known == meaning).map(|(word, _)| *word)
}

fn incomplete() -> Status {
    refusal::status(Reason::Internal, "the answer about a scan is incomplete")
}

#[cfg(test)]
mod tests {
    use kvitt_proto::{
        money::v1::Currency,
        qr::v1::{CallbackCategory, CallbackFound},
    };
    use serde_json::{Value, json};

    use super::*;

    fn told(found: Found) -> Value {
        serde_json::to_value(Scanned::from_proto(Some(found)).unwrap()).unwrap()
    }

    #[test]
    fn every_kind_of_code_is_told_as_what_it_is() {
        let text = |text: &str| text.to_owned();
        let expected = json!({"kind": "REDIRECT", "redirectUrl": "https://shop.example"});
        assert_eq!(told(Found::RedirectUrl(text("https://shop.example"))), expected);
        let expected = json!({"kind": "PAYMENT_LINK", "token": "lx"});
        assert_eq!(told(Found::PaymentLinkToken(text("lx"))), expected);
        assert_eq!(told(Found::Person(text("Kari"))), json!({"kind": "PERSON", "name": "Kari"}));
        let unit = UnitFound { msn: text("400001"), name: text("Kiosk"), currency: Currency::Nok.into() };
        let expected = json!({
            "kind": "VM_NUMBER", "merchantSerialNumber": "400001", "name": "Kiosk", "currency": "NOK",
        });
        assert_eq!(told(Found::Unit(unit)), expected);
        let callback = CallbackFound {
            msn: text("300001"),
            merchant_qr_id: text("till-1"),
            location_description: text("Kasse 1"),
            category: CallbackCategory::Vending.into(),
        };
        let checked_in = CheckedIn { check_in_id: text("id"), callback: Some(callback), listening: true };
        let expected = json!({
            "kind": "CHECK_IN", "checkInId": "id", "listening": true, "merchantSerialNumber": "300001",
            "merchantQrId": "till-1", "locationDescription": "Kasse 1", "category": "VENDING",
        });
        assert_eq!(told(Found::CheckedIn(checked_in)), expected);
        assert!(Scanned::from_proto(None).is_err());
    }

    #[test]
    fn a_check_in_has_a_state() {
        let told = CheckIn::from_proto("id".to_owned(), CheckInState::Reached).unwrap();
        assert_eq!(serde_json::to_value(told).unwrap(), json!({"checkInId": "id", "state": "REACHED"}));
        assert!(CheckIn::from_proto("id".to_owned(), CheckInState::Unspecified).is_err());
    }
}
