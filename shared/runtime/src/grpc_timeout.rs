//! The header `grpc-timeout`: how long the caller waits, from the moment of sending.

use std::time::Duration;

use http::{HeaderMap, HeaderValue};

/// The name of the header.
const NAME: &str = "grpc-timeout";

/// The format allows this many digits.
const MAX_DIGITS: usize = 8;

/// The largest number that fits the format.
const MAX_NUMBER: u128 = 99_999_999;

/// How long the caller waits; `None` when it does not say, or not in a form that can be read.
pub(crate) fn read(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(NAME)?.to_str().ok()?;
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.is_empty() || digits.len() > MAX_DIGITS || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: u64 = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(number * 3600)),
        "M" => Some(Duration::from_secs(number * 60)),
        "S" => Some(Duration::from_secs(number)),
        "m" => Some(Duration::from_millis(number)),
        "u" => Some(Duration::from_micros(number)),
        "n" => Some(Duration::from_nanos(number)),
        _ => None,
    }
}

/// Says that the caller waits for `left`, rounded down to what the format can hold.
pub(crate) fn write(left: Duration, headers: &mut HeaderMap) {
    let (number, unit) = match (left.as_micros(), left.as_millis(), u128::from(left.as_secs())) {
        (micros, _, _) if micros <= MAX_NUMBER => (micros, 'u'),
        (_, millis, _) if millis <= MAX_NUMBER => (millis, 'm'),
        (_, _, seconds) => (seconds.min(MAX_NUMBER), 'S'),
    };
    let value =
        HeaderValue::from_str(&format!("{number}{unit}")).expect("digits and a letter are visible ASCII");
    headers.insert(NAME, value);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeout_goes_into_the_header_and_back() {
        for left in [Duration::from_micros(1), Duration::from_millis(1500), Duration::from_secs(100_000)] {
            let mut headers = HeaderMap::new();
            write(left, &mut headers);
            assert_eq!(read(&headers), Some(left), "{headers:?}");
        }
    }

    #[test]
    fn every_unit_of_the_format_is_read() {
        let cases = [("2H", 7200 * 1_000_000_000), ("3M", 180_000_000_000), ("7m", 7_000_000), ("9n", 9)];
        for (text, nanos) in cases {
            let headers = HeaderMap::from_iter([(NAME.parse().unwrap(), text.parse().unwrap())]);
            assert_eq!(read(&headers), Some(Duration::from_nanos(nanos)), "{text}");
        }
    }

    #[test]
    fn what_is_not_a_timeout_is_no_timeout() {
        for text in ["", "S", "5", "5s", "-5S", "+5S", "123456789S", "5 S", "1.5S"] {
            let headers = HeaderMap::from_iter([(NAME.parse().unwrap(), text.parse().unwrap())]);
            assert_eq!(read(&headers), None, "{text:?}");
        }
    }
}
