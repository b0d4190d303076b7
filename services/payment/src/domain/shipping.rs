//! Express: how the goods can be sent, and what the payer chose of it (contract 5.5).

use std::collections::HashSet;

use kvitt_primitives::Money;
use serde::{Deserialize, Serialize};

use super::{
    callback::{CallbackToken, Callbacks, TOKEN_RULE},
    receipt::Violation,
    request::{LARGEST_AMOUNT, chars},
};

const MOST_GROUPS: usize = 20;
const MOST_OPTIONS: usize = 100;
const MOST_COUNTRIES: usize = 250;
const LONGEST_ID: usize = 200;
/// As eCom allows (contract 9.1).
const LONGEST_NAME: usize = 256;
const LONGEST_TOKEN: usize = 1000;
const TYPES: [&str; 5] = ["HOME_DELIVERY", "PICKUP_POINT", "MAILBOX", "IN_STORE", "OTHER"];
const BRANDS: [&str; 13] = [
    "POSTEN",
    "BRING",
    "POSTNORD",
    "HELTHJEM",
    "PORTERBUDDY",
    "DHL",
    "INSTABOX",
    "FEDEX",
    "MATKAHUOLTO",
    "GLS",
    "POSTI",
    "GORDON",
    "OTHER",
];

/// How the goods can be sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Shipping {
    pub(crate) options: ShippingOptions,
    /// Empty means the country of the payment's currency.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) allowed_countries: Vec<String>,
}

/// Who names the options.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum ShippingOptions {
    Fixed(Vec<ShippingGroup>),
    Dynamic(DynamicOptions),
}

/// The merchant's server names them when the address is known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct DynamicOptions {
    pub(crate) callback_url: String,
    pub(crate) token: Option<CallbackToken>,
    pub(crate) style: CallbackStyle,
}

/// How it is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum CallbackStyle {
    Epayment,
    Ecom,
}

/// Options of one carrier and kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ShippingGroup {
    pub(crate) kind: String,
    pub(crate) brand: String,
    pub(crate) options: Vec<ShippingOption>,
    pub(crate) is_default: bool,
    pub(crate) priority: Option<i32>,
}

/// One way to send the goods.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ShippingOption {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) amount: Money,
    pub(crate) is_default: bool,
    pub(crate) priority: Option<i32>,
    pub(crate) meta: Option<String>,
    pub(crate) estimated_delivery: Option<String>,
}

/// What the payer chose. Its cost is added to the amount.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Chosen {
    pub(crate) id: String,
    pub(crate) name: String,
    /// Minor units of the payment's currency.
    pub(crate) cost: i64,
}

impl Shipping {
    /// What the payer chose, if the payment offers it: one of the fixed options as it was named, or whatever the merchant's
    /// server can have said.
    pub(crate) fn choose(&self, option: &ShippingOption, amount: Money) -> Option<Chosen> {
        let offered = match &self.options {
            ShippingOptions::Fixed(groups) => {
                let mut options = groups.iter().flat_map(|group| &group.options);
                options.find(|fixed| fixed.id == option.id && fixed.amount == option.amount)?
            }
            ShippingOptions::Dynamic(_) => {
                let mut broken = Vec::new();
                option.violations("", amount, &mut broken);
                Some(option).filter(|_| broken.is_empty())?
            }
        };
        let Money { minor: cost, .. } = offered.amount;
        Some(Chosen { id: offered.id.clone(), name: offered.name.clone(), cost })
    }

    /// The server that names the options, where that is a rule of its own (ePayment).
    pub(super) fn callback_url(&self) -> Option<&str> {
        match &self.options {
            ShippingOptions::Dynamic(DynamicOptions {
                callback_url, style: CallbackStyle::Epayment, ..
            }) => Some(callback_url),
            ShippingOptions::Dynamic(_) | ShippingOptions::Fixed(_) => None,
        }
    }

    /// Every broken rule of form.
    pub(super) fn violations(&self, amount: Money, callbacks: Callbacks, found: &mut Vec<Violation>) {
        match &self.options {
            ShippingOptions::Fixed(groups) => fixed_violations(groups, amount, found),
            ShippingOptions::Dynamic(dynamic) => dynamic.violations(callbacks, found),
        }
        if self.allowed_countries.len() > MOST_COUNTRIES {
            found.push(("shipping.allowedCountries".to_owned(), "must have at most 250 countries"));
        }
        for (index, country) in self.allowed_countries.iter().enumerate() {
            if country.len() != 2 || !country.bytes().all(|byte| byte.is_ascii_uppercase()) {
                let path = format!("shipping.allowedCountries[{index}]");
                found.push((path, "must be two upper-case letters (ISO 3166-1)"));
            }
        }
    }
}

fn fixed_violations(groups: &[ShippingGroup], amount: Money, found: &mut Vec<Violation>) {
    if !(1..=MOST_GROUPS).contains(&groups.len()) {
        found.push(("shipping.fixedOptions".to_owned(), "must have 1 to 20 groups"));
    }
    let (mut kinds, mut ids) = (HashSet::new(), HashSet::new());
    for (index, group) in groups.iter().enumerate() {
        let path = format!("shipping.fixedOptions[{index}]");
        if !kinds.insert((&group.brand, &group.kind)) {
            found.push((path.clone(), "must not have the brand and type of another group"));
        }
        group.violations(&path, amount, found);
        for (index, option) in group.options.iter().enumerate() {
            if !ids.insert(&option.id) {
                let path = format!("{path}.options[{index}].id");
                found.push((path, "must not be the id of another option"));
            }
        }
    }
}

impl DynamicOptions {
    /// The URL of ePayment has a code of its own.
    fn violations(&self, callbacks: Callbacks, found: &mut Vec<Violation>) {
        if self.token.as_ref().is_some_and(|token| !token.fits(LONGEST_TOKEN)) {
            let path = match self.style {
                CallbackStyle::Epayment => "shipping.dynamicOptions.callbackAuthorizationToken",
                CallbackStyle::Ecom => "merchantInfo.authToken",
            };
            found.push((path.to_owned(), TOKEN_RULE));
        }
        if self.style == CallbackStyle::Ecom && !callbacks.permits_prefix(&self.callback_url) {
            let rule = "must be a URL with https, at most 255 characters";
            found.push(("merchantInfo.shippingDetailsPrefix".to_owned(), rule));
        }
    }
}

impl ShippingGroup {
    fn violations(&self, path: &str, amount: Money, found: &mut Vec<Violation>) {
        for (field, word, words) in [("type", &self.kind, &TYPES[..]), ("brand", &self.brand, &BRANDS[..])] {
            if !words.contains(&word.as_str()) {
                found.push((format!("{path}.{field}"), "must be one of the documented values"));
            }
        }
        if !(1..=MOST_OPTIONS).contains(&self.options.len()) {
            found.push((format!("{path}.options"), "must have 1 to 100 options"));
        }
        for (index, option) in self.options.iter().enumerate() {
            option.violations(&format!("{path}.options[{index}]"), amount, found);
        }
    }
}

impl ShippingOption {
    fn violations(&self, path: &str, amount: Money, found: &mut Vec<Violation>) {
        if !chars(&self.id, 1, LONGEST_ID) {
            found.push((format!("{path}.id"), "must be 1 to 200 characters"));
        }
        if !chars(&self.name, 1, LONGEST_NAME) {
            found.push((format!("{path}.name"), "must be 1 to 256 characters"));
        }
        let texts = [
            ("id", Some(&self.id)),
            ("name", Some(&self.name)),
            ("meta", self.meta.as_ref()),
            ("estimatedDelivery", self.estimated_delivery.as_ref()),
        ];
        for (field, text) in texts {
            if text.is_some_and(|text| text.contains('\0')) {
                found.push((format!("{path}.{field}"), "must not contain the character NUL"));
            }
        }
        if self.amount.currency != amount.currency {
            found.push((format!("{path}.amount.currency"), "must be the currency of the payment"));
        }
        if self.amount.minor < 0 {
            found.push((format!("{path}.amount.value"), "must not be negative"));
        } else if amount.minor.saturating_add(self.amount.minor) > LARGEST_AMOUNT {
            let rule = "must not make the payment more than 65000000 minor units";
            found.push((format!("{path}.amount.value"), rule));
        }
    }
}

#[cfg(test)]
mod tests;
