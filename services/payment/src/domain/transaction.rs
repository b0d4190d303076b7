//! A payment in the words of the merchants' staff (contract-merchant section 11), and how they look for one.

use kvitt_primitives::{PaymentId, TransactionNumber};
use uuid::Uuid;

use super::payment::{State, Sums};

/// Least of a reference that is looked for by its beginning.
const SHORTEST_BEGINNING: usize = 3;
/// Longest text that is looked for.
pub(crate) const LONGEST_QUERY: usize = 64;
/// Digits before the comma of an amount that is looked for.
const LONGEST_AMOUNT: usize = 12;

/// The portal's word for where a payment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Status {
    Requested,
    Rejected,
    Expired,
    Reserved,
    Cancelled,
    Captured,
    Refunded,
}

impl Status {
    pub(crate) const ALL: [Self; 7] = [
        Self::Requested,
        Self::Rejected,
        Self::Expired,
        Self::Reserved,
        Self::Cancelled,
        Self::Captured,
        Self::Refunded,
    ];

    /// The word for a payment that stands so. What was taken or paid back counts more than what was released after it.
    pub(crate) fn of(state: State, sums: Sums) -> Self {
        match state {
            State::Created => Self::Requested,
            State::Aborted => Self::Rejected,
            State::Expired => Self::Expired,
            State::Terminated => Self::Cancelled,
            State::Authorized if sums.refunded > 0 => Self::Refunded,
            State::Authorized if sums.captured > 0 => Self::Captured,
            State::Authorized if sums.capturable() == 0 => Self::Cancelled,
            State::Authorized => Self::Reserved,
        }
    }
}

/// One meaning of what somebody looks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// The payment's id.
    Id(PaymentId),
    /// The payment's number.
    Number(TransactionNumber),
    /// What it was created with, minor units of any currency.
    Amount(i64),
    /// How its reference begins.
    Beginning(String),
}

/// Everything that a text can mean; `None` when it means nothing that payments have.
pub(crate) fn meanings(query: &str) -> Option<Vec<Meaning>> {
    let id = Uuid::try_parse(query).ok().filter(|_| query.len() == 36);
    let id = id.map(|id| Meaning::Id(PaymentId::from_uuid(id)));
    let number = query.parse().ok().map(Meaning::Number);
    let amount = amount(query).map(Meaning::Amount);
    let allowed = query.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let beginning = allowed && (SHORTEST_BEGINNING..=LONGEST_QUERY).contains(&query.len());
    let beginning = beginning.then(|| Meaning::Beginning(query.to_owned()));
    let found: Vec<_> = [id, number, amount, beginning].into_iter().flatten().collect();
    (!found.is_empty()).then_some(found)
}

/// `499`, `499.5` or `499,50` in minor units.
fn amount(text: &str) -> Option<i64> {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, decimals) = text.split_once([',', '.']).unwrap_or((text, "00"));
    if !digits(whole) || !digits(decimals) || whole.len() > LONGEST_AMOUNT || decimals.len() > 2 {
        return None;
    }
    format!("{whole}{decimals:0<2}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sums(authorized: i64, captured: i64, cancelled: i64, refunded: i64) -> Sums {
        Sums { authorized, captured, cancelled, refunded }
    }

    #[test]
    fn a_status_follows_from_state_and_sums() {
        let table = [
            (State::Created, sums(0, 0, 0, 0), Status::Requested),
            (State::Aborted, sums(0, 0, 0, 0), Status::Rejected),
            (State::Expired, sums(0, 0, 0, 0), Status::Expired),
            (State::Terminated, sums(0, 0, 100, 0), Status::Cancelled),
            (State::Authorized, sums(100, 0, 0, 0), Status::Reserved),
            (State::Authorized, sums(100, 0, 100, 0), Status::Cancelled),
            (State::Authorized, sums(100, 40, 0, 0), Status::Captured),
            (State::Authorized, sums(100, 40, 60, 0), Status::Captured),
            (State::Authorized, sums(100, 40, 60, 1), Status::Refunded),
        ];
        for (state, sums, status) in table {
            assert_eq!(Status::of(state, sums), status, "{state:?} {sums:?}");
        }
    }

    #[test]
    fn a_text_means_whatever_it_fits() {
        let beginning = |text: &str| Meaning::Beginning(text.to_owned());
        let number = |text: &str| Meaning::Number(text.parse().unwrap());
        let id = "018f2b6e-7c00-7abc-8def-0123456789ab";
        let table = [
            ("499", Some(vec![Meaning::Amount(49_900), beginning("499")])),
            ("499,5", Some(vec![Meaning::Amount(49_950)])),
            ("0.05", Some(vec![Meaning::Amount(5)])),
            ("12", Some(vec![Meaning::Amount(1_200)])),
            ("order-1", Some(vec![beginning("order-1")])),
            (
                "1000000001",
                Some(vec![number("1000000001"), Meaning::Amount(100_000_000_100), beginning("1000000001")]),
            ),
            (id, Some(vec![Meaning::Id(PaymentId::from_uuid(id.parse().unwrap())), beginning(id)])),
            ("ab", None),
            ("a_b", None),
            ("1,234", None),
            (",5", None),
            ("-1", None),
            ("%%%", None),
            ("", None),
        ];
        for (text, meant) in table {
            assert_eq!(meanings(text), meant, "{text}");
        }
        assert_eq!(meanings(&"9".repeat(13)).unwrap().len(), 2);
        assert_eq!(meanings(&"a".repeat(65)), None);
    }
}
