//! What an order is called.

use std::{fmt, str::FromStr};

use kvitt_primitives::{Invalid, Msn};

/// An order of a sales unit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Order {
    pub(crate) msn: Msn,
    pub(crate) payment_type: PaymentType,
    pub(crate) order_id: OrderId,
}

/// The API that an order is paid through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum PaymentType {
    /// ePayment or eCom.
    Ecom,
    /// A charge of Recurring.
    Recurring,
}

impl PaymentType {
    const ALL: [Self; 2] = [Self::Ecom, Self::Recurring];

    /// As it is stored.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Ecom => "ECOM",
            Self::Recurring => "RECURRING",
        }
    }
}

impl FromStr for PaymentType {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let known = Self::ALL.into_iter().find(|known| known.as_str() == text);
        known.ok_or(Invalid { rule: "must be one of ECOM, RECURRING" })
    }
}

/// The merchant's own name of an order. Wider than a payment's reference: upstream lets it hold `_` and `.` too.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct OrderId(String);

const MOST_ORDER_ID_CHARS: usize = 64;

impl OrderId {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for OrderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for OrderId {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let rule = "must match the regular expression '^[0-9A-Za-z-_\\.]{1,64}$'";
        if is_name(text, MOST_ORDER_ID_CHARS) { Ok(Self(text.to_owned())) } else { Err(Invalid { rule }) }
    }
}

/// Whether the text is a merchant's name of something: letters and digits of ASCII, `-`, `_` and `.`.
pub(super) fn is_name(text: &str, most_chars: usize) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    (1..=most_chars).contains(&text.len()) && text.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_id_is_1_to_64_letters_digits_and_three_signs() {
        let (longest, longer) = ("a".repeat(64), "a".repeat(65));
        let table = [
            ("order-1", true),
            ("Order_1.2", true),
            ("1", true),
            (longest.as_str(), true),
            (longer.as_str(), false),
            ("", false),
            ("order 1", false),
            ("order/1", false),
            ("ordre-å", false),
            ("order\0", false),
            ("order\n", false),
        ];
        for (text, valid) in table {
            assert_eq!(text.parse::<OrderId>().is_ok(), valid, "{text}");
        }
    }

    #[test]
    fn kinds_of_payments_are_stored_in_capitals() {
        for kind in PaymentType::ALL {
            assert_eq!(kind.as_str().parse(), Ok(kind));
        }
        assert!("ecom".parse::<PaymentType>().is_err());
    }
}
