//! Amounts that others write as decimal fractions, taken exactly.

/// Longest text that is read; no amount needs more.
const MAX_LENGTH: usize = 40;

/// The number times ten to the power of `places`, when that is whole: `49.90` with two places is 4990. There is no exponent
/// in an amount, and nothing is rounded.
pub(crate) fn scaled(text: &str, places: usize) -> Option<i64> {
    let bounded = Some(text).filter(|text| text.len() <= MAX_LENGTH)?;
    let (sign, digits) = bounded.strip_prefix('-').map_or((1, bounded), |digits| (-1, digits));
    let (whole, fraction) = match digits.split_once('.') {
        Some((whole, fraction)) if !fraction.is_empty() => (whole, fraction),
        Some(_) => return None,
        None => (digits, ""),
    };
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    let (kept, lost) = fraction.split_at(fraction.len().min(places));
    if lost.bytes().any(|byte| byte != b'0') {
        return None;
    }
    let number: i64 = format!("{whole}{kept:0<places$}").parse().ok()?;
    Some(sign * number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_number_is_taken_exactly_or_not_at_all() {
        for (text, expected) in [
            ("0", Some(0)),
            ("49", Some(4900)),
            ("49.9", Some(4990)),
            ("49.90", Some(4990)),
            ("49.9000000", Some(4990)),
            ("0.29", Some(29)),
            ("1.005", None),
            ("49.900000000000006", None),
            ("-1", Some(-100)),
            ("-0.01", Some(-1)),
            ("1e3", None),
            ("1E3", None),
            ("+1", None),
            (".5", None),
            ("5.", None),
            ("", None),
            ("-", None),
            ("--1", None),
            ("1.2.3", None),
            ("1,50", None),
            ("NaN", None),
            ("١", None),
            ("92233720368547758.07", Some(i64::MAX)),
            ("92233720368547758.08", None),
            ("99999999999999999999999999", None),
        ] {
            assert_eq!(scaled(text, 2), expected, "{text}");
        }
        assert_eq!(scaled("100.0", 0), Some(100));
        assert_eq!(scaled("100.5", 0), None);
        assert_eq!(scaled(&"1".repeat(1_000_000), 2), None);
    }
}
