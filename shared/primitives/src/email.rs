//! Addresses of electronic mail.

use std::{fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::Invalid;

/// An address of electronic mail, in lower case.
///
/// ASCII only: people are found by it, and letters of two scripts that look alike or fold together would be two
/// addresses for one reader. A domain in another script is written in its `xn--` form.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EmailAddress(Arc<str>);

impl EmailAddress {
    /// What every value is, said to the person who sent one that is not.
    pub const RULE: &'static str =
        "must be an e-mail address of at most 254 characters, such as kari@example.com";

    /// The address, in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for EmailAddress {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        if is_address(text) {
            Ok(Self(text.to_ascii_lowercase().into()))
        } else {
            Err(Invalid { rule: Self::RULE })
        }
    }
}

fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    text.len() <= 254
        && (1..=64).contains(&local.len())
        && local.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".!#$%&'*+/=?^_`{|}~-".contains(&byte))
        && domain.contains('.')
        && domain.split('.').all(is_label)
}

fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !label.starts_with('-')
        && !label.ends_with('-')
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for EmailAddress {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl From<EmailAddress> for String {
    fn from(value: EmailAddress) -> Self {
        value.0.as_ref().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_local_part_and_a_domain_with_a_dot() {
        let long = |local: usize, label: usize| {
            format!("{}@{}.{}.no", "a".repeat(local), "b".repeat(63), "c".repeat(label))
        };
        let table = [
            ("kari@example.com".to_owned(), true),
            ("Kari.Nordmann+kvitt@shop.example.com".to_owned(), true),
            ("o'neil@example.com".to_owned(), true),
            ("kari@xn--blbr-roah.no".to_owned(), true),
            (long(64, 63), true),
            (long(65, 63), false),
            (long(64, 64), false),
            (format!("aaa@{}no", "bcdefgh.".repeat(31)), true),
            (format!("aaaa@{}no", "bcdefgh.".repeat(31)), false),
            (String::new(), false),
            ("@".to_owned(), false),
            ("kari".to_owned(), false),
            ("kari@example".to_owned(), false),
            ("@example.com".to_owned(), false),
            ("kari@".to_owned(), false),
            ("kari@@example.com".to_owned(), false),
            ("kari@home@example.com".to_owned(), false),
            ("kari@.com".to_owned(), false),
            ("kari@example.com.".to_owned(), false),
            ("kari@example..com".to_owned(), false),
            ("kari@-example.com".to_owned(), false),
            ("kari nordmann@example.com".to_owned(), false),
            (" kari@example.com".to_owned(), false),
            ("kari@example.com\r\nBcc: ola@example.com".to_owned(), false),
            ("Kari <kari@example.com>".to_owned(), false),
            ("kåri@example.com".to_owned(), false),
            ("kari@blåbær.no".to_owned(), false),
        ];
        for (text, valid) in table {
            assert_eq!(text.parse::<EmailAddress>().is_ok(), valid, "{text}");
        }
    }

    #[test]
    fn an_address_is_kept_in_lower_case() {
        let address: EmailAddress = "Kari@Example.COM".parse().unwrap();
        assert_eq!(address.as_str(), "kari@example.com");
        assert_eq!(Ok(address), "kari@example.com".parse());
    }
}
