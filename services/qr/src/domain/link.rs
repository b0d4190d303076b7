//! Payment links: what a merchant may ask for by one, and how far it has come.

use std::{fmt, str::FromStr};

use chrono::{DateTime, Utc};
use kvitt_primitives::{Currency, Invalid, Money, Msn};
use uuid::Uuid;

use super::{
    Code,
    found::{Found, chars},
    screening::Screening,
};

/// The largest amount of one payment, minor units.
pub(crate) const LARGEST_AMOUNT: i64 = 65_000_000;
const LONGEST_TITLE: usize = 100;
const LONGEST_DESCRIPTION: usize = 1000;
/// A payment's description is no shorter.
const SHORTEST_PAYMENT_DESCRIPTION: usize = 3;
const MOST_VAT_RATE: i32 = 10_000;
const MOST_QUANTITY: i32 = 1_000_000;
/// So that a page of links is never more than an answer may hold.
const LARGEST_SHIPPING_BYTES: usize = 16 * 1024;
const SCOPES: [&str; 4] = ["name", "address", "email", "phoneNumber"];
/// The scope without which nothing can be sent.
const ADDRESS: &str = "address";

/// Names a link, for ever; chosen by whoever makes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct LinkId(pub(crate) Uuid);

impl fmt::Display for LinkId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

impl FromStr for LinkId {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Uuid::try_parse(text).map(Self).map_err(|_| Invalid { rule: "must be a UUID" })
    }
}

/// What a link asks for. It never changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Terms {
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) price: Price,
    /// Hundredths of a percent.
    pub(crate) vat_rate: Option<i32>,
    pub(crate) quantity: Option<i32>,
    pub(crate) automatic_capture: bool,
    pub(crate) expires_at: Option<DateTime<Utc>>,
    /// Words separated by spaces.
    pub(crate) profile_scope: String,
    pub(crate) shipping: Option<Shipping>,
}

/// What is to be paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Price {
    Fixed(Money),
    Open { least: Money, most: Money },
}

/// How the goods can be sent, in the wire's form as it was given: payment judges it, and shows it to payers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shipping {
    /// Whether it names options itself.
    pub(crate) names_options: bool,
    pub(crate) given: Vec<u8>,
}

/// A link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) msn: Msn,
    pub(crate) id: LinkId,
    /// What stands at the end of its URL.
    pub(crate) token: Code,
    pub(crate) terms: Terms,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) screening: Screening,
    /// Whether the merchant has ended it.
    pub(crate) deactivated: bool,
    pub(crate) statistics: Statistics,
}

/// What came of a link.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Statistics {
    pub(crate) pending: i64,
    pub(crate) successful: i64,
    pub(crate) failed: i64,
    pub(crate) captured_minor: i64,
    pub(crate) refunded_minor: i64,
}

/// How far a link has come, as it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Screening,
    Active,
    Rejected,
    Deactivated,
    Expired,
    SoldOut,
}

impl Price {
    /// The currency, which is that of the sales unit.
    pub(crate) fn currency(self) -> Currency {
        match self {
            Self::Fixed(amount) => amount.currency,
            Self::Open { least, .. } => least.currency,
        }
    }

    fn check(self, currency: Currency, found: &mut Found) {
        match self {
            Self::Fixed(amount) => check_amount(amount, currency, "amount", found),
            Self::Open { least, most } => {
                check_amount(least, currency, "openAmount.least", found);
                check_amount(most, currency, "openAmount.most", found);
                let rule = "must not be less than openAmount.least";
                found.check(least.minor <= most.minor, "openAmount.most", rule);
            }
        }
    }

    /// What this payer pays; `chosen` is what they said.
    pub(crate) fn of_payer(self, chosen: Option<Money>, found: &mut Found) -> Money {
        match (self, chosen) {
            (Self::Fixed(amount), given) => {
                found.check(given.is_none(), "amount", "must be absent where the link has a price");
                amount
            }
            (Self::Open { least, .. }, None) => {
                found.check(false, "amount", "is required");
                least
            }
            (Self::Open { least, most }, Some(amount)) => {
                let own = amount.currency == least.currency;
                found.check(own, "amount.currency", format!("must be {}", least.currency));
                let within = (least.minor..=most.minor).contains(&amount.minor);
                let rule = format!("must be between {} and {} minor units", least.minor, most.minor);
                found.check(within, "amount", rule);
                amount
            }
        }
    }
}

fn check_amount(amount: Money, currency: Currency, path: &str, found: &mut Found) {
    let own = amount.currency == currency;
    found.check(own, format!("{path}.currency"), format!("must be {currency}, the sales unit's"));
    let minimum = currency.minimum_minor();
    let within = (minimum..=LARGEST_AMOUNT).contains(&amount.minor);
    found.check(within, path, format!("must be between {minimum} and {LARGEST_AMOUNT} minor units"));
}

impl Terms {
    /// Notes every rule that is broken, for a link made `now` by a sales unit with this currency.
    pub(crate) fn check(&self, currency: Currency, now: DateTime<Utc>, found: &mut Found) {
        found.check(chars(&self.title, 1, LONGEST_TITLE), "title", "must be 1 to 100 characters");
        let described = chars(&self.description, 0, LONGEST_DESCRIPTION);
        found.check(described, "description", "must be at most 1000 characters");
        // What could not be read is not judged.
        if !found.names("amount") && !found.names("openAmount") {
            self.price.check(currency, found);
        }
        let taxed = self.vat_rate.is_none_or(|rate| (0..=MOST_VAT_RATE).contains(&rate));
        found.check(taxed, "vatRate", "must be between 0 and 10000");
        let counted = self.quantity.is_none_or(|quantity| (1..=MOST_QUANTITY).contains(&quantity));
        found.check(counted, "quantity", "must be between 1 and 1000000");
        found.check(self.expires_at.is_none_or(|at| at > now), "expiresAt", "must be later than now");
        let rule = "may hold name, address, email and phoneNumber, each once, separated by single spaces";
        found.check(self.shares_what_links_may(), "profileScope", rule);
        if let Some(shipping) = &self.shipping {
            self.check_shipping(shipping, found);
        }
    }

    fn check_shipping(&self, shipping: &Shipping, found: &mut Found) {
        found.check(shipping.names_options, "shipping.fixedOptions", "must name at least one option");
        let small = shipping.given.len() <= LARGEST_SHIPPING_BYTES;
        found.check(small, "shipping", "must be at most 16384 bytes together");
        let addressed = self.scopes().any(|word| word == ADDRESS);
        found.check(addressed, "profileScope", "must hold address where there is shipping");
        found.check(!self.automatic_capture, "automaticCapture", "must not be set where there is shipping");
    }

    fn scopes(&self) -> impl Iterator<Item = &str> {
        self.profile_scope.split(' ')
    }

    fn shares_what_links_may(&self) -> bool {
        let once = |word: &str| self.scopes().filter(|other| *other == word).count() == 1;
        self.profile_scope.is_empty() || self.scopes().all(|word| SCOPES.contains(&word) && once(word))
    }

    /// The title, where a payment may be described so; empty otherwise.
    pub(crate) fn payment_description(&self) -> &str {
        let long_enough = self.title.chars().count() >= SHORTEST_PAYMENT_DESCRIPTION;
        if long_enough { &self.title } else { "" }
    }
}

/// The tax that is in an amount, rounded to the nearest minor unit, halves up.
pub(crate) fn tax_in(amount_minor: i64, vat_rate: i32) -> i64 {
    let rate = i128::from(vat_rate.clamp(0, MOST_VAT_RATE));
    let (whole, amount) = (i128::from(MOST_VAT_RATE) + rate, i128::from(amount_minor));
    i64::try_from((2 * amount * rate + whole).div_euclid(2 * whole)).unwrap_or(0)
}

impl Link {
    /// How far it has come. What the platform and the merchant have said of it comes before what time and payers have.
    pub(crate) fn state(&self, now: DateTime<Utc>) -> State {
        let sold = |quantity: i32| self.statistics.successful >= i64::from(quantity);
        if matches!(self.screening, Screening::Rejected(_)) {
            State::Rejected
        } else if self.deactivated {
            State::Deactivated
        } else if self.terms.expires_at.is_some_and(|at| at <= now) {
            State::Expired
        } else if self.terms.quantity.is_some_and(sold) {
            State::SoldOut
        } else if self.screening == Screening::Waits {
            State::Screening
        } else {
            State::Active
        }
    }

    /// Whether payers may be told of it.
    pub(crate) fn is_shown_to_payers(&self) -> bool {
        self.screening == Screening::Passed
    }
}

#[cfg(test)]
pub(crate) mod tests;
