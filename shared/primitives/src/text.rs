//! Short texts with a fixed form.

use std::{fmt, ops::RangeInclusive, str::FromStr, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{Country, Invalid};

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

pub(crate) fn digits(text: &str, least: usize, most: usize) -> bool {
    (least..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

texts! {
    /// Merchant serial number: names a sales unit, for ever.
    Msn, |text| digits(text, 4, 10), "must match the regular expression '^[0-9]{4,10}$'"

    /// The merchant's own name of a payment; case-sensitive, unique for the MSN. Which lengths a payment may be created
    /// with is a rule of the API that it comes through.
    Reference,
    |text| (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'),
    "must match the regular expression '^[a-zA-Z0-9-]{1,64}$'"

    /// Names one attempt at one change, so that a repetition is recognised (contract 5.9).
    IdempotencyKey,
    |text| (1..=50).contains(&text.chars().count()) && !text.chars().any(char::is_control),
    "must be 1 to 50 printable characters"

    /// An MSISDN: country code and number, digits only (contract 5.1).
    PhoneNumber, |text| digits(text, 9, 15), "must match the regular expression '^\\d{9,15}$'"
}

impl Reference {
    /// What a payment may be created with through ePayment (contract 5.1).
    pub const EPAYMENT_RULE: &'static str = "must match the regular expression '^[a-zA-Z0-9-]{8,64}$'";
    /// What a payment may be created with through eCom (contract 9.1).
    pub const ECOM_RULE: &'static str = "must match the regular expression '^[a-zA-Z0-9-]{1,50}$'";

    /// A reference as ePayment takes it for a new payment.
    pub fn try_new_epayment(text: &str) -> Result<Self, Invalid> {
        Self::of_length(text, 8..=64, Self::EPAYMENT_RULE)
    }

    /// A reference as eCom takes it for a new payment.
    pub fn try_new_ecom(text: &str) -> Result<Self, Invalid> {
        Self::of_length(text, 1..=50, Self::ECOM_RULE)
    }

    fn of_length(text: &str, lengths: RangeInclusive<usize>, rule: &'static str) -> Result<Self, Invalid> {
        let valid = text.parse().ok().filter(|_| lengths.contains(&text.len()));
        valid.ok_or(Invalid { rule })
    }
}

impl PhoneNumber {
    /// A number of that country: with its dialling code, and as long as its numbers are. Stricter than reading one
    /// where the country is not known, since upstream asks only for digits there.
    pub fn of_country(text: &str, country: Country) -> Result<Self, Invalid> {
        let number: Self = text.parse()?;
        let (lengths, rule) = match country {
            Country::No => (8..=8, "must be 47 and 8 digits"),
            Country::Dk => (8..=8, "must be 45 and 8 digits"),
            Country::Fi => (4..=12, "must be 358 and 4 to 12 digits"),
            Country::Se => (7..=12, "must be 46 and 7 to 12 digits"),
        };
        let national = number.0.strip_prefix(country.dialling_code());
        if national.is_some_and(|national| lengths.contains(&national.len())) {
            Ok(number)
        } else {
            Err(Invalid { rule })
        }
    }

    /// The country whose dialling code it begins with, if that is one of ours.
    pub fn country(&self) -> Option<Country> {
        Country::ALL.into_iter().find(|country| self.0.starts_with(country.dialling_code()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_as_long_as_the_api_allows_that_it_is_created_through() {
        let (fifty, fifty_one, longest, too_long) =
            ("a".repeat(50), "a".repeat(51), "a".repeat(64), "a".repeat(65));
        // any, ePayment, eCom
        let table = [
            ("", [false, false, false]),
            ("a", [true, false, true]),
            ("abcdefg", [true, false, true]),
            ("abcdefgh", [true, true, true]),
            ("ABC-0123", [true, true, true]),
            ("abc_0123", [false, false, false]),
            ("abcdefgø", [false, false, false]),
            (&fifty, [true, true, true]),
            (&fifty_one, [true, true, false]),
            (&longest, [true, true, false]),
            (&too_long, [false, false, false]),
        ];
        for (text, expected) in table {
            let (epayment, ecom) = (Reference::try_new_epayment(text), Reference::try_new_ecom(text));
            let found = [text.parse::<Reference>().is_ok(), epayment.is_ok(), ecom.is_ok()];
            assert_eq!(found, expected, "{text}");
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
    fn a_phone_number_has_the_country_of_its_dialling_code() {
        let table = [
            ("4712345678", Some(Country::No)),
            ("4512345678", Some(Country::Dk)),
            ("358401234567", Some(Country::Fi)),
            ("46701234567", Some(Country::Se)),
            ("491701234567", None),
            ("351912345678", None),
        ];
        for (text, country) in table {
            assert_eq!(text.parse::<PhoneNumber>().unwrap().country(), country, "{text}");
        }
    }

    #[test]
    fn a_phone_number_of_a_country_has_its_dialling_code_and_length() {
        let table = [
            (Country::No, "4712345678", true),
            (Country::No, "471234567", false),
            (Country::No, "47123456789", false),
            (Country::No, "4512345678", false),
            (Country::No, "+4712345678", false),
            (Country::Dk, "4512345678", true),
            (Country::Dk, "45123456789", false),
            (Country::Fi, "358123456", true),
            (Country::Fi, "358123456789012", true),
            (Country::Fi, "35812345", false),
            (Country::Se, "461234567", true),
            (Country::Se, "46123456789012", true),
            (Country::Se, "461234567890123", false),
        ];
        for (country, text, valid) in table {
            assert_eq!(PhoneNumber::of_country(text, country).is_ok(), valid, "{country} {text}");
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
