//! Henkilötunnus: DDMMYY, a sign for the century, an individual number of three digits, a check character.
//! Individual numbers from 900 are nobody's and for tests. <https://dvv.fi/en/personal-identity-code>

use chrono::{Datelike, NaiveDate};

use super::{CHECK, DATE, Parts, date, part};
use crate::{Invalid, text::digits};

/// Without the letters that are taken for digits or for each other.
const CHECK_CHARACTERS: &[u8; 31] = b"0123456789ABCDEFHJKLMNPRSTUVWXY";

const FORM: Invalid =
    Invalid { rule: "must be 6 digits, a sign for the century, 3 digits and a check character" };

pub(super) fn read(text: &str) -> Result<Parts, Invalid> {
    let number = text.to_ascii_uppercase();
    let [Some(day), Some(sign), Some(individual), Some(check)] =
        [0..6, 6..7, 7..10, 10..11].map(|place| number.get(place))
    else {
        return Err(FORM);
    };
    if number.len() != 11 || !digits(day, 6, 6) || !digits(individual, 3, 3) {
        return Err(FORM);
    }
    let century = match sign {
        "+" => 1800,
        "-" | "Y" | "X" | "W" | "V" | "U" => 1900,
        "A" | "B" | "C" | "D" | "E" | "F" => 2000,
        _ => return Err(FORM),
    };
    if individual < "002" {
        return Err(Invalid { rule: "must have an individual number from 002 to 999" });
    }
    let birth_date = birth_date(&number, century).ok_or(DATE)?;
    if check_character(&format!("{day}{individual}")).is_none_or(|right| !check.starts_with(right)) {
        return Err(CHECK);
    }
    Ok(Parts { number, birth_date: Some(birth_date) })
}

pub(super) fn test_number(born: NaiveDate, individual: u32) -> Option<String> {
    let sign = match born.year() {
        1800..=1899 => '+',
        1900..=1999 => '-',
        2000..=2099 => 'A',
        _ => return None,
    };
    let day = born.format("%d%m%y");
    let check = check_character(&format!("{day}{individual:03}"))?;
    Some(format!("{day}{sign}{individual:03}{check}"))
}

fn birth_date(number: &str, century: u32) -> Option<NaiveDate> {
    date(century, (part(number, 4..6)?, part(number, 2..4)?, part(number, 0..2)?))
}

/// Of the date and the individual number, read as one number.
fn check_character(digits: &str) -> Option<char> {
    let rest = digits.parse::<usize>().ok()? % CHECK_CHARACTERS.len();
    CHECK_CHARACTERS.get(rest).copied().map(char::from)
}
