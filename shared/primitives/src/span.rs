//! Lengths of time as people write them.

use std::{fmt, str::FromStr, time::Duration};

use crate::Invalid;

/// From the largest: a month and a year have no fixed length.
const UNITS: [(char, u64); 5] = [('w', 604_800), ('d', 86_400), ('h', 3600), ('m', 60), ('s', 1)];

/// A length of time in whole seconds: `181d`, `1d12h`, `90s`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(Duration);

impl Span {
    /// What every text is, said to the person who sent one that is not.
    pub const RULE: &'static str =
        "must be whole numbers of w, d, h, m or s, the largest unit first, such as 181d or 1d12h";

    /// A length of time; what it has beyond whole seconds is cut off.
    pub fn new(length: Duration) -> Self {
        Self(Duration::from_secs(length.as_secs()))
    }

    /// Its length.
    pub fn length(self) -> Duration {
        self.0
    }
}

impl FromStr for Span {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let seconds = if text.is_empty() { None } else { seconds(text) };
        seconds.map(|seconds| Self(Duration::from_secs(seconds))).ok_or(Invalid { rule: Self::RULE })
    }
}

fn seconds(mut text: &str) -> Option<u64> {
    let mut units = UNITS.into_iter();
    let mut sum = 0_u64;
    while !text.is_empty() {
        let end = text.find(|letter: char| !letter.is_ascii_digit())?;
        let number: u64 = text[..end].parse().ok()?;
        // Taken up to and with the one that is found, so each unit stands once and in order.
        let (letter, seconds) = units.find(|(letter, _)| text[end..].starts_with(*letter))?;
        sum = sum.checked_add(number.checked_mul(seconds)?)?;
        text = &text[end + letter.len_utf8()..];
    }
    Some(sum)
}

/// In days and less, since that is how rules count.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut left = self.0.as_secs();
        if left == 0 {
            return f.write_str("0s");
        }
        for (letter, seconds) in UNITS.into_iter().skip(1) {
            if left >= seconds {
                write!(f, "{}{letter}", left / seconds)?;
                left %= seconds;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_read_and_written() {
        let table = [
            ("0s", 0, "0s"),
            ("90s", 90, "1m30s"),
            ("11m", 660, "11m"),
            ("181d", 181 * 86_400, "181d"),
            ("1w", 604_800, "7d"),
            ("1d12h", 129_600, "1d12h"),
            ("2w1d0h1m7s", 15 * 86_400 + 67, "15d1m7s"),
            ("0001d", 86_400, "1d"),
            ("18446744073709551615s", u64::MAX, "213503982334601d7h15s"),
        ];
        for (text, seconds, written) in table {
            let span: Span = text.parse().unwrap();
            assert_eq!(span.length(), Duration::from_secs(seconds), "{text}");
            assert_eq!(span.to_string(), written);
        }
    }

    #[test]
    fn what_is_no_span_is_refused_with_the_rule() {
        let table = [
            "",
            " ",
            "d",
            "1",
            "1 d",
            " 1d",
            "1d ",
            "-1d",
            "+1d",
            "1.5d",
            "1D",
            "1y",
            "1M",
            "1d1d",
            "12h1d",
            "1d12",
            "1ms",
            "1æ",
            "١d",
            "P1D",
            "18446744073709551616s",
            "9999999999999999999w",
        ];
        for text in table {
            assert_eq!(text.parse::<Span>(), Err(Invalid { rule: Span::RULE }), "{text:?}");
        }
    }
}
