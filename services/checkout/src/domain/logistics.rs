//! How goods can be sent: what the merchant names when the session is opened, and what their server answers later, which
//! is hostile until it has been judged.

use kvitt_primitives::{Currency, Money};
use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};

use super::{Found, LARGEST_AMOUNT, chars};

/// Options of one session at most.
const MOST_OPTIONS: usize = 100;

/// How the goods can be sent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Logistics {
    pub(crate) callback_url: String,
    pub(crate) fixed: Vec<ShippingOption>,
}

/// One way to send them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ShippingOption {
    pub(crate) id: String,
    pub(crate) brand: Brand,
    /// One of the brand's, or empty.
    pub(crate) kind: String,
    pub(crate) custom_type: String,
    pub(crate) title: String,
    pub(crate) description: String,
    /// Absent where the carrier's own service would know it.
    pub(crate) amount: Option<Money>,
    pub(crate) priority: i32,
    pub(crate) is_default: bool,
    pub(crate) tax_rate: Option<i32>,
}

/// Who sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Brand {
    Posten,
    Postnord,
    Porterbuddy,
    Helthjem,
    Posti,
    Gls,
    Dao,
    Other,
}

impl Brand {
    const ALL: [Self; 8] = [
        Self::Posten,
        Self::Postnord,
        Self::Porterbuddy,
        Self::Helthjem,
        Self::Posti,
        Self::Gls,
        Self::Dao,
        Self::Other,
    ];

    /// What the wire calls it.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Posten => "POSTEN",
            Self::Postnord => "POSTNORD",
            Self::Porterbuddy => "PORTERBUDDY",
            Self::Helthjem => "HELTHJEM",
            Self::Posti => "POSTI",
            Self::Gls => "GLS",
            Self::Dao => "DAO",
            Self::Other => "OTHER",
        }
    }

    /// The brand with this code.
    pub(crate) fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|brand| brand.code() == code)
    }

    /// What a client is told who names another one.
    pub(crate) const RULE: &'static str =
        "must be one of POSTEN, POSTNORD, PORTERBUDDY, HELTHJEM, POSTI, GLS, DAO, OTHER";

    fn kinds(self) -> &'static [&'static str] {
        match self {
            Self::Posten | Self::Other => &["MAILBOX", "PICKUP_POINT", "HOME_DELIVERY"],
            Self::Postnord | Self::Helthjem | Self::Dao => &["PICKUP_POINT", "HOME_DELIVERY"],
            Self::Porterbuddy => &["HOME_DELIVERY"],
            Self::Posti => &["MAILBOX", "PICKUP_POINT"],
            Self::Gls => &["PICKUP_POINT"],
        }
    }
}

impl Logistics {
    /// Whether there is anything to choose, or may be.
    pub(crate) fn offers(&self) -> bool {
        !self.callback_url.is_empty() || !self.fixed.is_empty()
    }

    /// The fixed options in the order in which they are shown.
    pub(crate) fn offered(&self) -> Vec<ShippingOption> {
        offered(self.fixed.clone())
    }

    /// Every broken rule of the fixed options.
    pub(crate) fn check(&self, currency: Currency, found: &mut Found) {
        check_options("logistics.fixedOptions", &self.fixed, currency, found);
    }
}

/// The options that have a price, as they are shown: lower priorities first.
fn offered(options: Vec<ShippingOption>) -> Vec<ShippingOption> {
    let mut offered: Vec<_> = options.into_iter().filter(|option| option.amount.is_some()).collect();
    offered.sort_by_key(|option| option.priority);
    offered
}

fn check_options(path: &str, options: &[ShippingOption], currency: Currency, found: &mut Found) {
    found.check(options.len() <= MOST_OPTIONS, path, format!("must be at most {MOST_OPTIONS} options"));
    for (index, option) in options.iter().enumerate().take(MOST_OPTIONS) {
        let path = format!("{path}[{index}]");
        option.check(&path, currency, found);
        let first = options.iter().position(|other| other.id == option.id) == Some(index);
        found.check(first, format!("{path}.id"), "must be unique among the options");
    }
}

impl ShippingOption {
    fn check(&self, path: &str, currency: Currency, found: &mut Found) {
        let at = |name: &str| format!("{path}.{name}");
        found.check(chars(&self.id, 1, 200), at("id"), "must be 1 to 200 characters");
        found.check(self.priority >= 0, at("priority"), "must not be negative");
        let kinds = self.brand.kinds();
        let known = self.kind.is_empty() || kinds.contains(&self.kind.as_str());
        found.check(known, at("type"), format!("must be one of {}", kinds.join(", ")));
        found.check(chars(&self.custom_type, 0, 200), at("customType"), "must be at most 200 characters");
        let least = usize::from(self.brand == Brand::Other);
        found.check(
            chars(&self.title, least, 200),
            at("title"),
            format!("must be {least} to 200 characters"),
        );
        found.check(chars(&self.description, 0, 1000), at("description"), "must be at most 1000 characters");
        let rated = self.tax_rate.is_none_or(|rate| (0..=10_000).contains(&rate));
        found.check(rated, at("taxRate"), "must be between 0 and 10000");
        match self.amount {
            None => found.check(self.brand == Brand::Porterbuddy, at("amount"), "is required"),
            Some(amount) => {
                let same = amount.currency == currency;
                found.check(same, at("amount.currency"), format!("must be {}", currency.code()));
                let within = (0..=LARGEST_AMOUNT).contains(&amount.minor);
                found.check(within, at("amount.value"), format!("must be between 0 and {LARGEST_AMOUNT}"));
            }
        }
    }
}

/// A merchant's answer that is no list of options.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the merchant's server named no usable shipping options")]
pub(crate) struct Unusable;

/// An option as a merchant's server writes it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answered {
    id: String,
    brand: String,
    r#type: Option<String>,
    custom_type: Option<String>,
    title: Option<String>,
    description: Option<String>,
    amount: Option<AnsweredAmount>,
    priority: Number,
    is_default: bool,
    tax_rate: Option<Number>,
}

#[derive(Deserialize)]
struct AnsweredAmount {
    value: Number,
    currency: String,
}

/// The options in a merchant's answer, in the order in which they are shown; none for `null` and an empty list, which are
/// no fault. One broken option makes the whole answer unusable: what else it says cannot be trusted either.
pub(crate) fn read_answer(body: &[u8], currency: Currency) -> Result<Vec<ShippingOption>, Unusable> {
    let items = match serde_json::from_slice(body) {
        Ok(Value::Null) => Vec::new(),
        Ok(Value::Array(items)) if items.len() <= MOST_OPTIONS => items,
        Ok(_) | Err(_) => return Err(Unusable),
    };
    let read = |item| serde_json::from_value(item).map_err(|_| Unusable).and_then(Answered::option);
    let options = items.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let mut found = Found::default();
    check_options("", &options, currency, &mut found);
    if found.0.is_empty() { Ok(offered(options)) } else { Err(Unusable) }
}

impl Answered {
    fn option(self) -> Result<ShippingOption, Unusable> {
        let small =
            |number: &Number| whole(number).and_then(|whole| i32::try_from(whole).ok()).ok_or(Unusable);
        Ok(ShippingOption {
            brand: Brand::from_code(&self.brand).ok_or(Unusable)?,
            priority: small(&self.priority)?,
            tax_rate: self.tax_rate.as_ref().map(small).transpose()?,
            amount: self.amount.map(AnsweredAmount::money).transpose()?,
            id: self.id,
            kind: self.r#type.unwrap_or_default(),
            custom_type: self.custom_type.unwrap_or_default(),
            title: self.title.unwrap_or_default(),
            description: self.description.unwrap_or_default(),
            is_default: self.is_default,
        })
    }
}

impl AnsweredAmount {
    fn money(self) -> Result<Money, Unusable> {
        let currency = self.currency.parse().map_err(|_| Unusable)?;
        Ok(Money::new(currency, whole(&self.value).ok_or(Unusable)?))
    }
}

/// Plugins write `100.0` too.
fn whole(number: &Number) -> Option<i64> {
    const MOST_EXACT: f64 = 9_007_199_254_740_992.0;
    let exact = |float: &f64| float.fract() == 0.0 && float.abs() <= MOST_EXACT;
    number.as_i64().or_else(|| number.as_f64().filter(exact).map(|float| float as i64))
}

#[cfg(test)]
pub(crate) mod tests;
