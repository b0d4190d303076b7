//! Between the messages of the contract and the domain. A message that breaks rules names every field at once.

pub(super) mod merchant;
pub(super) mod orders;
pub(super) mod partners;
pub(super) mod product;
pub(super) mod terms;
pub(super) mod unit;
pub(super) mod unit_requests;

use kvitt_primitives::{BankAccount, Invalid};
use kvitt_proto::{merchant::v1, refusal::FieldViolation};

use crate::domain::{Address, AddressParts};

pub(super) type Violations = Vec<FieldViolation>;

/// Keeps a valid value, and notes the rule a broken one breaks.
pub(super) fn check<T>(broken: &mut Violations, field: &str, value: Result<T, Invalid>) -> Option<T> {
    value.map_err(|invalid| broken.push(FieldViolation::new(field, invalid.rule))).ok()
}

/// A value that may be empty: none then, and nothing broken.
pub(super) fn check_given<T>(
    broken: &mut Violations,
    field: &str,
    text: &str,
    parse: impl FnOnce(&str) -> Result<T, Invalid>,
) -> Option<T> {
    if text.is_empty() { None } else { check(broken, field, parse(text)) }
}

pub(super) fn one<T>(field: &str, value: Result<T, Invalid>) -> Result<T, Violations> {
    value.map_err(|invalid| vec![FieldViolation::new(field, invalid.rule)])
}

pub(super) fn absent(field: &str) -> Violations {
    vec![FieldViolation::new(field, "is required")]
}

/// An address that may be absent, with every broken part of it.
pub(super) fn address(broken: &mut Violations, field: &str, message: Option<v1::Address>) -> Option<Address> {
    let v1::Address { lines, post_code, city, country_code } = message?;
    let address = Address::try_new(AddressParts { lines, post_code, city, country_code });
    let violation = |(part, Invalid { rule })| FieldViolation::new(format!("{field}.{part}"), rule);
    address.map_err(|parts| broken.extend(parts.into_iter().map(violation))).ok()
}

pub(super) fn address_to_proto(address: &Address) -> v1::Address {
    let AddressParts { lines, post_code, city, country_code } = address.parts();
    v1::Address {
        lines: lines.into_iter().map(str::to_owned).collect(),
        post_code: post_code.to_owned(),
        city: city.to_owned(),
        country_code: country_code.to_owned(),
    }
}

/// The number of an account, with the broken one of its two fields.
pub(super) fn bank_account(
    broken: &mut Violations,
    field: &str,
    message: &v1::SettlementAccount,
) -> Option<BankAccount> {
    let account = BankAccount::try_new(&message.scheme, &message.id);
    let violation = |error: kvitt_primitives::BankAccountError| {
        let (part, rule) = error.field_and_rule();
        broken.push(FieldViolation::new(format!("{field}.{part}"), rule));
    };
    account.map_err(violation).ok()
}
