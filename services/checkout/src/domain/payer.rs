//! What a payer has said, and chosen.

use std::fmt;

use kvitt_primitives::Money;
use serde::{Deserialize, Serialize};

use super::{Found, Person, ShippingOption, chars};

/// What the payer has said so far.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Payer {
    pub(crate) details: Option<Details>,
    /// The options that were last listed for the payer's address.
    pub(crate) offered: Option<Vec<ShippingOption>>,
    pub(crate) start: Option<Start>,
}

/// Who the payer is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Details {
    pub(crate) person: Person,
    /// Where somebody else pays.
    pub(crate) billing: Option<Person>,
    pub(crate) custom_consent: bool,
}

/// What the payer pays with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Method {
    Wallet,
    Card,
}

/// What the payer wants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Choice {
    pub(crate) method: Method,
    /// Empty for the default.
    pub(crate) option_id: String,
    pub(crate) pickup_point: Option<PickupPoint>,
}

/// The payment that was begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Start {
    pub(crate) choice: Choice,
    pub(crate) option: Option<ShippingOption>,
    /// With shipping.
    pub(crate) total: Money,
}

/// Where goods are picked up.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PickupPoint {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) address: String,
    pub(crate) postal_code: String,
    pub(crate) city: String,
    pub(crate) country: String,
    pub(crate) opening_hours: Vec<String>,
}

impl fmt::Debug for PickupPoint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("PickupPoint(..)")
    }
}

impl PickupPoint {
    /// Every broken rule.
    pub(crate) fn check(&self, path: &str, found: &mut Found) {
        for (name, text) in [
            ("id", &self.id),
            ("name", &self.name),
            ("address", &self.address),
            ("postalCode", &self.postal_code),
            ("city", &self.city),
            ("country", &self.country),
        ] {
            found.check(chars(text, 1, 200), format!("{path}.{name}"), "must be 1 to 200 characters");
        }
        let few =
            self.opening_hours.len() <= 14 && self.opening_hours.iter().all(|hours| chars(hours, 0, 200));
        found.check(
            few,
            format!("{path}.openingHours"),
            "must be at most 14 texts of at most 200 characters",
        );
    }
}
