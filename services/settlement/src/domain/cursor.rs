//! Where a reader of a stream stands, as an opaque text.

use std::{fmt, str::FromStr};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{Datelike as _, NaiveDate};
use kvitt_primitives::{Invalid, Msn};
use xxhash_rust::xxh3::xxh3_64;

use super::{LedgerId, Topic};

/// Where a reader stands: after the entry `seq` of a stream. As a text it holds all of it, and a checksum, so that what was
/// cut or mistyped is none; it is no secret, and who may read is asked every time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cursor {
    pub(crate) ledger: LedgerId,
    pub(crate) topic: Topic,
    /// The ledger date that is read; `None` for the stream as a whole.
    pub(crate) date: Option<NaiveDate>,
    /// 0 before the first entry.
    pub(crate) seq: i64,
}

/// The form of the bytes. Another form gets another number, so that old cursors are known.
const VERSION: u8 = 1;
/// Version, topic, days, `seq`; then the MSN's digits, then the checksum.
const FIXED: usize = 1 + 1 + 4 + 8;
const CHECKSUM: usize = 8;
/// Stands for no date; no date has so many days before the year 1.
const NO_DATE: i32 = i32::MIN;
/// More than any cursor has; what is longer is not looked at.
const LONGEST: usize = 64;

impl Cursor {
    /// What every cursor is, said to the person who sent something else.
    pub(crate) const RULE: &'static str = "must be empty or the cursor of an earlier page of the same list";

    fn bytes(&self) -> Vec<u8> {
        let topic = match self.topic {
            Topic::Funds => 1,
            Topic::Fees => 2,
        };
        let days = self.date.map_or(NO_DATE, |date| date.num_days_from_ce());
        let mut bytes = vec![VERSION, topic];
        bytes.extend(days.to_be_bytes());
        bytes.extend(self.seq.to_be_bytes());
        bytes.extend(self.ledger.msn().as_str().as_bytes());
        bytes
    }

    fn of_bytes(bytes: &[u8]) -> Option<Self> {
        let (body, checksum) = bytes.split_last_chunk::<CHECKSUM>()?;
        let (fixed, msn) = body.split_first_chunk::<FIXED>()?;
        let [VERSION, topic, rest @ ..] = fixed else { return None };
        let (days, seq) = rest.split_first_chunk::<4>()?;
        let date = match i32::from_be_bytes(*days) {
            NO_DATE => None,
            days => Some(NaiveDate::from_num_days_from_ce_opt(days)?),
        };
        let topic = match topic {
            1 => Topic::Funds,
            2 => Topic::Fees,
            _ => return None,
        };
        let seq = i64::from_be_bytes(seq.try_into().ok()?);
        let msn: Msn = str::from_utf8(msn).ok()?.parse().ok()?;
        let whole = xxh3_64(body).to_be_bytes() == *checksum && seq >= 0;
        whole.then(|| Self { ledger: LedgerId::of(msn), topic, date, seq })
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = self.bytes();
        bytes.extend(xxh3_64(&bytes).to_be_bytes());
        f.write_str(&URL_SAFE_NO_PAD.encode(bytes))
    }
}

impl FromStr for Cursor {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Some(text)
            .filter(|text| text.len() <= LONGEST)
            .and_then(|text| URL_SAFE_NO_PAD.decode(text).ok())
            .and_then(|bytes| Self::of_bytes(&bytes))
            .ok_or(Invalid { rule: Self::RULE })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

    use super::*;

    fn cursor(msn: &str, topic: Topic, date: Option<NaiveDate>, seq: i64) -> Cursor {
        Cursor { ledger: LedgerId::of(msn.parse().expect("an MSN")), topic, date, seq }
    }

    #[test]
    fn a_cursor_reads_back_whatever_it_holds() {
        let date = NaiveDate::from_ymd_opt(2026, 10, 25);
        for msn in ["1234", "123456", "1234567890"] {
            for topic in [Topic::Funds, Topic::Fees] {
                for date in [None, date, Some(NaiveDate::MIN), Some(NaiveDate::MAX)] {
                    for seq in [0, 1, 1000, i64::MAX] {
                        let cursor = cursor(msn, topic, date, seq);
                        let text = cursor.to_string();
                        assert!(text.len() <= LONGEST, "{text}");
                        assert_eq!(text.parse(), Ok(cursor), "{text}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_cursor_with_another_character_or_another_length_is_none() {
        let text = cursor("123456", Topic::Funds, NaiveDate::from_ymd_opt(2026, 1, 1), 17).to_string();
        for place in 0..text.len() {
            for other in ["A", "b", "9", "-", "_", "=", "/", " ", "ø", ""] {
                let mut forged = text.clone();
                forged.replace_range(place..=place, other);
                assert_eq!(forged.parse::<Cursor>().is_ok(), forged == text, "{forged}");
            }
        }
        for other in
            [format!("{text}A"), format!("{text}="), format!(" {text}"), text.repeat(2), "A".repeat(100_000)]
        {
            assert_eq!(other.parse::<Cursor>(), Err(Invalid { rule: Cursor::RULE }));
        }
    }

    #[test]
    fn what_checks_but_says_what_no_cursor_says_is_none() {
        let good = cursor("123456", Topic::Fees, None, 5).bytes();
        let with = |place: usize, byte: u8| {
            let mut bytes = good.clone();
            bytes[place] = byte;
            bytes
        };
        let table = [
            (good.clone(), true),
            (with(0, 2), false),
            (with(1, 0), false),
            (with(1, 3), false),
            // A date that there is not, an entry before the first, an MSN that is none.
            (with(2, 0x7f), false),
            (with(6, 0x80), false),
            (with(14, b'x'), false),
            (good[..good.len() - 3].to_vec(), false),
            (good[..5].to_vec(), false),
            (Vec::new(), false),
        ];
        for (mut bytes, valid) in table {
            bytes.extend(xxh3_64(&bytes).to_be_bytes());
            let text = URL_SAFE_NO_PAD.encode(&bytes);
            assert_eq!(text.parse::<Cursor>().is_ok(), valid, "{bytes:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_does_more_than_fail(text in any::<String>(), bytes in any::<Vec<u8>>()) {
            prop_assert!(text.parse::<Cursor>().is_err());
            if let Ok(cursor) = URL_SAFE_NO_PAD.encode(&bytes).parse::<Cursor>() {
                prop_assert_eq!(cursor.to_string(), URL_SAFE_NO_PAD.encode(&bytes));
            }
        }
    }
}
