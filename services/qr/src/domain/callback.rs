//! Codes whose scan tells the merchant that a payer is there.

use std::str::FromStr;

use chrono::{DateTime, Utc};
use kvitt_primitives::{Invalid, Msn};

use super::{Beacon, Code};

/// A code whose scan tells the merchant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Callback {
    pub(crate) msn: Msn,
    pub(crate) id: CallbackId,
    pub(crate) code: Code,
    /// Whose id it has, where MobilePay's old API printed it.
    pub(crate) beacon: Option<Beacon>,
    pub(crate) location: Location,
    pub(crate) category: Category,
    pub(crate) created_at: DateTime<Utc>,
}

/// Where a code hangs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Category {
    InStore,
    Vending,
}

/// The merchant's name of a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CallbackId(String);

impl CallbackId {
    /// The name itself.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CallbackId {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        if (1..=128).contains(&text.chars().count()) && text.chars().all(is_seen) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Invalid { rule: "must be 1 to 128 characters that can be seen" })
        }
    }
}

impl From<&Beacon> for CallbackId {
    /// A beacon's id is one by its form.
    fn from(beacon: &Beacon) -> Self {
        Self(beacon.as_str().to_owned())
    }
}

/// What a payer is shown of where they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Location(String);

impl Location {
    /// The words.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Location {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        if (1..=36).contains(&text.chars().count()) && !text.chars().any(char::is_control) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Invalid { rule: "must be 1 to 36 printable characters" })
        }
    }
}

/// Whether somebody who reads a name sees this of it. Marks that only turn or join what stands around them are not seen.
fn is_seen(c: char) -> bool {
    !c.is_control()
        && !c.is_whitespace()
        && !matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_what_can_be_seen() {
        let (longest, too_long) = ("å".repeat(128), "å".repeat(129));
        for (text, good) in [
            ("1", true),
            ("a/b?c=d#e", true),
            ("till-7", true),
            ("<kasse>", true),
            ("💰", true),
            ("..", true),
            (&*longest, true),
            (&*too_long, false),
            ("", false),
            ("a b", false),
            ("a\u{a0}b", false),
            ("a\0", false),
            ("a\nb", false),
            ("a\u{85}", false),
            ("a\u{200b}b", false),
            ("a\u{202e}b", false),
            ("\u{feff}a", false),
        ] {
            assert_eq!(text.parse::<CallbackId>().is_ok(), good, "{text:?}");
        }
    }

    #[test]
    fn a_location_is_up_to_36_characters() {
        let (longest, too_long) = ("å".repeat(36), "å".repeat(37));
        for (text, good) in [
            ("Oslo", true),
            ("Kiosk no. 7, «Frogner»", true),
            (&*longest, true),
            (&*too_long, false),
            ("", false),
            ("a\0", false),
            ("a\nb", false),
            ("a\u{7f}", false),
        ] {
            assert_eq!(text.parse::<Location>().is_ok(), good, "{text:?}");
        }
    }

    #[test]
    fn the_id_of_a_beacon_is_a_name() {
        let beacon: Beacon = "a".repeat(64).parse().unwrap();
        let id = CallbackId::from(&beacon);
        assert_eq!(id.as_str().parse(), Ok(id));
    }
}
