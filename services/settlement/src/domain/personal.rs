//! Who paid a VM number, masked before it is kept.

use kvitt_primitives::Country;

/// How many digits of a number are shown, and how many are not at least.
const SHOWN: usize = 4;

/// What stands for the digits that are not shown, however many they are.
const HIDDEN: &str = "xxxx";

/// A phone number as merchants may see it, for example `+47 xxxx 8586`: the country, if it is one of ours, and the last four
/// digits, if as many remain hidden. Empty for a text that is not the digits of a number.
pub(crate) fn mask(phone: &str) -> String {
    let digits = phone.strip_prefix('+').unwrap_or(phone);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return String::new();
    }
    let country = Country::ALL
        .into_iter()
        .find_map(|country| Some((country.dialling_code(), digits.strip_prefix(country.dialling_code())?)));
    let (dialled, national) = country.map_or((None, digits), |(code, national)| (Some(code), national));
    let hidden = national.len().saturating_sub(SHOWN);
    let shown = national.get(hidden..).filter(|_| hidden >= SHOWN);
    let dialled = dialled.map(|code| format!("+{code}"));
    [dialled.as_deref(), Some(HIDDEN), shown].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_shown_by_its_country_and_last_four_digits() {
        let table = [
            ("4791238586", "+47 xxxx 8586"),
            ("+4791238586", "+47 xxxx 8586"),
            ("4512345678", "+45 xxxx 5678"),
            ("358401234567", "+358 xxxx 4567"),
            ("46701234567", "+46 xxxx 4567"),
            // Of no country of ours.
            ("491701234567", "xxxx 4567"),
            // So short that four digits would tell too much.
            ("3581234", "+358 xxxx"),
            ("3581234567", "+358 xxxx"),
            ("47", "+47 xxxx"),
            ("123", "xxxx"),
            ("", ""),
            ("+", ""),
            ("47 912 38 586", ""),
            ("Kari", ""),
        ];
        for (phone, masked) in table {
            assert_eq!(mask(phone), masked, "{phone}");
        }
    }
}
