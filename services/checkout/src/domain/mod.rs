//! The rules of a session: what a merchant may ask for, what a payer must say, and how a session ends. Plain functions;
//! the time is an argument.

mod customer;
mod id;
mod logistics;
mod payer;
mod session;
mod summary;
mod terms;

pub(crate) use customer::Person;
#[cfg(test)]
pub(crate) use customer::tests as customer_tests;
pub(crate) use id::{SessionId, Token};
pub(crate) use logistics::{Brand, Logistics, ShippingOption, read_answer};
pub(crate) use payer::{Choice, Details, Method, Payer, PickupPoint, Start};
pub(crate) use session::{Change, Key, LIFE, READABLE, Refusal, Session, Standing, State, Step};
pub(crate) use summary::{BottomLine, OrderLine, OrderSummary, UnitInfo};
pub(crate) use terms::{
    Configuration, Consent, Elements, External, Interaction, LARGEST_AMOUNT, MerchantInfo, REFERENCE_RULE,
    Terms, UserFlow, amount_violation, check_description,
};

/// A field's path, as a REST client knows it, and the rule it breaks.
pub(crate) type Violation = (String, String);

/// Collects broken rules.
#[derive(Debug, Default)]
pub(crate) struct Found(pub(crate) Vec<Violation>);

impl Found {
    /// Notes the rule when it does not hold.
    pub(crate) fn check(&mut self, holds: bool, path: impl Into<String>, rule: impl Into<String>) {
        if !holds {
            self.0.push((path.into(), rule.into()));
        }
    }
}

/// Whether the text has that many characters, none of which PostgreSQL or a header would not take.
fn chars(text: &str, least: usize, most: usize) -> bool {
    (least..=most).contains(&text.chars().count()) && !text.contains('\0')
}

/// A two-letter code of ISO 3166, by its form.
fn is_country(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase())
}
