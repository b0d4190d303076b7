//! A card as somebody types it in. Only what finds its account is kept of it.

use super::card::ExpiryMonth;

/// What finds the account of a card, or refuses it. The number in full is nowhere in here, so it can reach no log, no error
/// and no table.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct TypedCard {
    pub(crate) bin: String,
    pub(crate) last_four: String,
    pub(crate) expires: ExpiryMonth,
}

/// The rule of a card's number.
pub(crate) const NUMBER_RULE: &str = "must be 12 to 19 digits with a valid check digit";

/// The first six and the last four digits of a number that is well formed; spaces are left out.
pub(crate) fn ends_of(number: &str) -> Option<(String, String)> {
    // Room for a space between any two digits; more than that is no number that somebody typed.
    if number.len() > 2 * 19 {
        return None;
    }
    let digits: String = number.chars().filter(|typed| *typed != ' ').collect();
    let digits_only = digits.bytes().all(|byte| byte.is_ascii_digit());
    let well_formed = digits_only && (12..=19).contains(&digits.len()) && satisfies_luhn(&digits);
    well_formed.then(|| (digits[..6].to_owned(), digits[digits.len() - 4..].to_owned()))
}

/// Whether a security code has the form of one.
pub(crate) fn is_security_code(code: &str) -> bool {
    (3..=4).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_digit())
}

/// Every second digit, from the last but one, counts double, and of what then has two digits their sum counts. The whole is
/// a multiple of ten.
fn satisfies_luhn(digits: &str) -> bool {
    let count = |(place, byte): (usize, u8)| {
        let digit = u32::from(byte - b'0');
        match (place % 2, digit) {
            (1, 5..) => 2 * digit - 9,
            (1, _) => 2 * digit,
            (_, _) => digit,
        }
    };
    digits.bytes().rev().enumerate().map(count).sum::<u32>().is_multiple_of(10)
}

impl std::fmt::Debug for TypedCard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TypedCard(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_12_to_19_digits_with_a_check_digit_and_spaces_do_not_count() {
        for (number, ends) in [
            ("4111111111111111", Some(("411111", "1111"))),
            ("4111 1111 1111 1111", Some(("411111", "1111"))),
            (" 4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1", Some(("411111", "1111"))),
            ("4111111111111112", None),
            ("378282246310005", Some(("378282", "0005"))),
            ("000000000000", Some(("000000", "0000"))),
            ("0000000000000000000", Some(("000000", "0000"))),
            ("00000000000", None),
            ("00000000000000000000", None),
            ("4111-1111-1111-1111", None),
            ("٤١١١١١١١١١١١١١١١", None),
            ("", None),
        ] {
            let expected = ends.map(|(bin, last)| (bin.to_owned(), last.to_owned()));
            assert_eq!(ends_of(number), expected, "{number}");
        }
        assert_eq!(ends_of(&" ".repeat(100_000)), None);
    }

    #[test]
    fn a_security_code_is_three_or_four_digits() {
        for (code, valid) in [("123", true), ("1234", true), ("12", false), ("12345", false), ("12a", false)]
        {
            assert_eq!(is_security_code(code), valid, "{code}");
        }
    }

    #[test]
    fn a_typed_card_shows_nothing_of_itself() {
        let (bin, last_four) = ends_of("4111111111111111").unwrap();
        let card = TypedCard { bin, last_four, expires: ExpiryMonth::parse("2099-12").unwrap() };
        assert_eq!(format!("{card:?}"), "TypedCard(..)");
    }
}
