//! The number that stands for an event where a UUID would not be understood.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Invalid;

/// The smallest number there is: upstream's have 10 digits at least.
const LEAST: i64 = 1_000_000_000;

/// As many bits of a UUID as fit beside [`LEAST`] into 63.
const BITS: u64 = (1 << 62) - 1;

/// What the older APIs of upstream and its portal call `transactionId`: a number of 10 to 19 digits, derived from the
/// UUID of an event or of a payment.
///
/// Both halves of the UUID are laid upon each other, so that ids that differ in their time alone, or in their chance
/// alone, have different numbers; 62 bits of that are kept. The number leads back to no UUID: whoever searches by it
/// keeps it beside the event. Shops store these numbers, so how they are made never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TransactionNumber(i64);

impl TransactionNumber {
    /// What every number is, said to the person who sent something else.
    pub const RULE: &'static str = "must be a number of 10 to 19 digits";

    /// The number of this event or payment.
    pub fn of(id: Uuid) -> Self {
        let (high, low) = id.as_u64_pair();
        let folded = i64::try_from((high ^ low) & BITS).expect("62 bits fit into 63");
        Self(LEAST + folded)
    }

    /// The bare number, for storage.
    pub fn as_i64(self) -> i64 {
        self.0
    }
}

impl fmt::Display for TransactionNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for TransactionNumber {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        let number = text.parse().ok().filter(|number| digits && *number >= LEAST);
        number.map(Self).ok_or(Invalid { rule: Self::RULE })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_same_id_has_the_same_number_for_ever() {
        let table = [
            ("00000000-0000-0000-0000-000000000000", "1000000000"),
            ("00000000-0000-0000-0000-000000000001", "1000000001"),
            ("00000000-0000-0001-0000-000000000000", "1000000001"),
            ("ffffffff-ffff-ffff-0000-000000000000", "4611686019427387903"),
            ("018f2b6e-7c00-7abc-8def-0123456789ab", "891759238383320343"),
        ];
        for (id, number) in table {
            assert_eq!(TransactionNumber::of(Uuid::try_parse(id).unwrap()).to_string(), number, "{id}");
        }
    }

    #[test]
    fn a_number_is_read_only_as_it_is_written() {
        let largest = "9223372036854775807";
        for text in ["1000000000", largest] {
            assert_eq!(text.parse::<TransactionNumber>().unwrap().to_string(), text);
        }
        for text in ["", "999999999", "+1000000000", "-1000000000", " 1000000000", "9223372036854775808"] {
            assert!(text.parse::<TransactionNumber>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_id_has_a_number_of_10_to_19_digits(id: u128) {
            let number = TransactionNumber::of(Uuid::from_u128(id));
            prop_assert!((10..=19).contains(&number.to_string().len()));
            prop_assert_eq!(number.to_string().parse(), Ok(number));
        }
    }
}
