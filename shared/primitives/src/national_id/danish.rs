//! CPR number: DDMMYY and four digits, the first of which tells the century.
//!
//! The last digit once was a check digit by modulus 11. Since 2007 days have run out of numbers that check, and others
//! are given out, so the sum says nothing any more:
//! <https://www.cpr.dk/cpr-systemet/personnumre-uden-kontrolciffer-modulus-11-kontrol/>.

use chrono::NaiveDate;

use super::{DATE, Parts, date, part};
use crate::{Invalid, text::digits};

pub(super) fn read(text: &str) -> Result<Parts, Invalid> {
    let number = match text.split_once('-') {
        Some((date, rest)) if date.len() == 6 => format!("{date}{rest}"),
        _ => text.to_owned(),
    };
    if !digits(&number, 10, 10) {
        return Err(Invalid { rule: "must be 10 digits, with or without a hyphen after the sixth" });
    }
    let birth_date = birth_date(&number).ok_or(DATE)?;
    Ok(Parts { number, birth_date: Some(birth_date) })
}

pub(super) fn test_number(born: NaiveDate, individual: u32) -> Option<String> {
    Some(format!("{}{individual:04}", born.format("%d%m%y")))
}

fn birth_date(number: &str) -> Option<NaiveDate> {
    let year = part(number, 4..6)?;
    let century = match (part(number, 6..7)?, year) {
        (0..=3, _) | (4 | 9, 37..) => 1900,
        (5..=8, 58..) => 1800,
        _ => 2000,
    };
    date(century, (year, part(number, 2..4)?, part(number, 0..2)?))
}
