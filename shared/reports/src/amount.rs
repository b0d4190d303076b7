//! Minor units as people and machines read them. No float is near: a spreadsheet's number is made of a decimal.

use rust_decimal::Decimal;

use crate::{Error, Language};

/// `-1234.50`, for machines.
pub(crate) fn dotted(minor: i128) -> String {
    let (sign, units, cents) = parts(minor);
    format!("{sign}{units}.{cents:02}")
}

/// As the language writes it, with thousands apart: `-1 234,50`, `-1.234,50` or `-1,234.50`.
pub(crate) fn grouped(minor: i128, language: Language) -> String {
    let (apart, point) = match language {
        Language::English => (',', '.'),
        Language::Danish => ('.', ','),
        Language::Norwegian | Language::Finnish | Language::Swedish => ('\u{a0}', ','),
    };
    let (sign, units, cents) = parts(minor);
    let digits = units.to_string();
    let mut text = sign.to_owned();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(apart);
        }
        text.push(digit);
    }
    text.push(point);
    text.push_str(&format!("{cents:02}"));
    text
}

/// For a spreadsheet.
pub(crate) fn decimal(minor: i128) -> Result<Decimal, Error> {
    Decimal::try_from_i128_with_scale(minor, 2).map_err(|error| Error::Format(error.to_string()))
}

fn parts(minor: i128) -> (&'static str, u128, u128) {
    let sign = if minor < 0 { "-" } else { "" };
    let minor = minor.unsigned_abs();
    (sign, minor / 100, minor % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_two_places_and_their_sign() {
        for (minor, text) in
            [(0, "0.00"), (5, "0.05"), (-5, "-0.05"), (-75, "-0.75"), (123_456, "1234.56"), (-100, "-1.00")]
        {
            assert_eq!(dotted(minor), text);
            assert_eq!(decimal(minor).unwrap().to_string(), text);
        }
        assert_eq!(dotted(i64::MIN.into()), "-92233720368547758.08");
    }

    #[test]
    fn thousands_stand_apart_as_the_language_has_it() {
        assert_eq!(grouped(-123_456_789, Language::English), "-1,234,567.89");
        assert_eq!(grouped(123_456_789, Language::Danish), "1.234.567,89");
        assert_eq!(grouped(-12_345, Language::Norwegian), "-123,45");
        assert_eq!(grouped(100_000, Language::Finnish), "1\u{a0}000,00");
    }
}
