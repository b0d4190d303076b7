//! How the goods of an Express payment are sent, and what of a merchant's answer about it is believed.

use std::collections::HashSet;

use kvitt_primitives::{Currency, Money};
use serde::{Deserialize, Serialize};

/// Most options that a merchant's server may name at a time.
pub(crate) const MAX_OPTIONS: usize = 100;
/// Most that a payment may come to, shipping included, in minor units (contract-payments section 5.1).
const MAX_TOTAL_MINOR: i64 = 65_000_000;
/// Most characters in an option's id.
const MAX_ID: usize = 200;
/// Most characters in its name.
const MAX_NAME: usize = 256;
/// Most characters in what else is said about an option.
const MAX_REMARK: usize = 1000;

/// Kinds of delivery (contract-payments section 5.5).
const KINDS: [&str; 5] = ["HOME_DELIVERY", "PICKUP_POINT", "MAILBOX", "IN_STORE", "OTHER"];
/// Carriers.
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
/// The kind and the carrier of an option that names none.
pub(crate) const OTHER: &str = "OTHER";

/// How a payment's goods can be sent.
#[derive(Debug, Clone)]
pub(crate) struct Shipping {
    pub(crate) source: Source,
    /// Codes of ISO 3166; empty is the country of the payment's currency.
    pub(crate) allowed_countries: Vec<String>,
}

/// Who names the options.
#[derive(Debug, Clone)]
pub(crate) enum Source {
    /// The payment does.
    Fixed(Groups),
    /// The merchant's server does, when the address is known.
    Dynamic(Callback),
}

/// How the merchant's server is asked.
#[derive(Clone)]
pub(crate) struct Callback {
    pub(crate) url: String,
    /// Sent verbatim; empty is none.
    pub(crate) token: String,
    pub(crate) style: Style,
}

/// Whose wire the merchant's server speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    Epayment,
    Ecom,
}

/// Options of one carrier and kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Group {
    pub(crate) kind: String,
    pub(crate) brand: String,
    pub(crate) is_default: bool,
    pub(crate) priority: Option<i32>,
    pub(crate) options: Vec<ShippingOption>,
}

/// One way to send the goods.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ShippingOption {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) amount: Money,
    pub(crate) is_default: bool,
    pub(crate) priority: Option<i32>,
    pub(crate) meta: String,
    pub(crate) estimated_delivery: String,
}

/// Options to choose among, in the order in which they are shown: the default first, then by priority, then as named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Groups(Vec<Group>);

/// What is wrong with the options that a merchant's server named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unusable {
    #[error("it names no option")]
    NoOption,
    #[error("it names more than {MAX_OPTIONS} options")]
    TooMany,
    #[error("two options have the same id")]
    DuplicateId,
    #[error("an option's price is negative or too high")]
    Price,
    #[error("an option's price is in another currency than the payment")]
    Currency,
    #[error("a text is empty, too long or contains control characters")]
    Text,
    #[error("a kind of delivery or a carrier is unknown")]
    Unknown,
}

impl Shipping {
    /// Whether the goods may go to this country, for a payment in this currency.
    pub(crate) fn sends_to(&self, country: &str, currency: Currency) -> bool {
        match self.allowed_countries.as_slice() {
            [] => home(currency) == Some(country),
            allowed => allowed.iter().any(|allowed| allowed == country),
        }
    }
}

/// The country that a currency belongs to.
fn home(currency: Currency) -> Option<&'static str> {
    match currency {
        Currency::Nok => Some("NO"),
        Currency::Dkk => Some("DK"),
        Currency::Eur => Some("FI"),
        Currency::Sek | Currency::Usd | Currency::Gbp => None,
    }
}

impl Groups {
    /// Takes options that were judged when the payment was made.
    pub(crate) fn fixed(groups: Vec<Group>) -> Self {
        Self(in_order(groups))
    }

    /// Takes what a merchant's server named, if it is usable on top of a payment of this amount.
    pub(crate) fn try_offered(mut groups: Vec<Group>, payment: Money) -> Result<Self, Unusable> {
        groups.retain(|group| !group.options.is_empty());
        let known =
            |group: &Group| KINDS.contains(&group.kind.as_str()) && BRANDS.contains(&group.brand.as_str());
        if !groups.iter().all(known) {
            return Err(Unusable::Unknown);
        }
        let mut ids = HashSet::new();
        for option in groups.iter().flat_map(|group| &group.options) {
            option.check(payment)?;
            if !ids.insert(option.id.as_str()) {
                return Err(Unusable::DuplicateId);
            }
        }
        match ids.len() {
            0 => Err(Unusable::NoOption),
            count if count > MAX_OPTIONS => Err(Unusable::TooMany),
            _ => Ok(Self(in_order(groups))),
        }
    }

    #[cfg(test)]
    pub(crate) fn as_slice(&self) -> &[Group] {
        &self.0
    }

    /// The groups themselves, in that order.
    pub(crate) fn into_groups(self) -> Vec<Group> {
        self.0
    }

    /// The option with this id; without an id the first default one, or the first of all.
    pub(crate) fn choose(&self, id: Option<&str>) -> Option<&ShippingOption> {
        let mut options = self.0.iter().flat_map(|group| &group.options);
        match id {
            Some(id) => options.find(|option| option.id == id),
            None => options.clone().find(|option| option.is_default).or_else(|| options.next()),
        }
    }
}

impl ShippingOption {
    fn check(&self, payment: Money) -> Result<(), Unusable> {
        if self.amount.currency != payment.currency {
            return Err(Unusable::Currency);
        }
        let total = payment.minor.saturating_add(self.amount.minor);
        if self.amount.minor < 0 || total > MAX_TOTAL_MINOR {
            return Err(Unusable::Price);
        }
        let says = |text: &str, most| !text.trim().is_empty() && fits(text, most);
        let texts = says(&self.id, MAX_ID)
            && says(&self.name, MAX_NAME)
            && fits(&self.meta, MAX_REMARK)
            && fits(&self.estimated_delivery, MAX_REMARK);
        if texts { Ok(()) } else { Err(Unusable::Text) }
    }
}

fn fits(text: &str, most: usize) -> bool {
    text.chars().count() <= most && !text.chars().any(|c| c.is_control() && c != '\n' && c != '\t')
}

fn in_order(mut groups: Vec<Group>) -> Vec<Group> {
    // What has no priority comes last. The sort is stable, so equals stay as named.
    let rank = |is_default: bool, priority: Option<i32>| (!is_default, priority.is_none(), priority);
    groups.sort_by_key(|group| rank(group.is_default, group.priority));
    for group in &mut groups {
        group.options.sort_by_key(|option| rank(option.is_default, option.priority));
    }
    groups
}

impl std::fmt::Debug for Callback {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Callback").field("style", &self.style).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
