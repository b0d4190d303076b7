//! Short texts with a fixed form.

use std::{fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::Invalid;

macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident, $check:expr, $rule:literal)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            /// What every value is, said to the person who sent one that is not.
            pub const RULE: &'static str = $rule;

            /// The text itself.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = Invalid;

            fn try_from(text: String) -> Result<Self, Invalid> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.0.as_ref().to_owned()
            }
        }

        impl FromStr for $name {
            type Err = Invalid;

            fn from_str(text: &str) -> Result<Self, Invalid> {
                let check: fn(&str) -> bool = $check;
                if check(text) { Ok(Self(text.into())) } else { Err(Invalid { rule: $rule }) }
            }
        }
    )*};
}

fn digits(text: &str, least: usize, most: usize) -> bool {
    (least..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

texts! {
    /// Merchant serial number: names a sales unit, for ever.
    Msn, |text| digits(text, 4, 10), "must match the regular expression '^[0-9]{4,10}$'"

    /// The merchant's own name of a payment; case-sensitive, unique for the MSN (contract 5.1).
    Reference,
    |text| (8..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'),
    "must match the regular expression '^[a-zA-Z0-9-]{8,64}$'"

    /// Names one attempt at one change, so that a repetition is recognised (contract 5.9).
    IdempotencyKey,
    |text| (1..=50).contains(&text.chars().count()) && !text.chars().any(char::is_control),
    "must be 1 to 50 printable characters"

    /// An MSISDN: country code and number, digits only (contract 5.1).
    PhoneNumber, |text| digits(text, 9, 15), "must match the regular expression '^\\d{9,15}$'"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_has_8_to_64_letters_digits_and_hyphens() {
        let table = [
            ("abcdefg", false),
            ("abcdefgh", true),
            ("ABC-0123", true),
            ("abc_0123", false),
            ("abcdefgø", false),
            (&"a".repeat(64), true),
            (&"a".repeat(65), false),
        ];
        for (text, valid) in table {
            assert_eq!(text.parse::<Reference>().is_ok(), valid, "{text}");
        }
    }

    #[test]
    fn a_phone_number_is_digits_only() {
        for (text, valid) in [("4712345678", true), ("+4712345678", false), ("12345678", false), ("", false)]
        {
            assert_eq!(text.parse::<PhoneNumber>().is_ok(), valid, "{text}");
        }
    }

    #[test]
    fn an_idempotency_key_is_counted_in_characters_and_has_no_control_codes() {
        assert!("ø".repeat(50).parse::<IdempotencyKey>().is_ok());
        for text in [String::new(), "a".repeat(51), "a\0b".to_owned()] {
            assert!(text.parse::<IdempotencyKey>().is_err());
        }
    }

    #[test]
    fn an_msn_has_4_to_10_digits() {
        for (text, valid) in [("123", false), ("1234", true), ("1234567890", true), ("12345678901", false)] {
            assert_eq!(text.parse::<Msn>().is_ok(), valid, "{text}");
        }
    }
}
