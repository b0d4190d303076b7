//! Personnummer: YYYYMMDD, a birth number of three digits, a check digit by Luhn over all but the century.
//!
//! A coordination number, for people who are not in the register, adds 60 to the day; where the month or the day of
//! birth is not known it is zero, so the day is 60. Birth numbers from 980 are nobody's and for tests.

use chrono::{Datelike, NaiveDate};

use super::{CHECK, DATE, Parts, date, part};
use crate::{
    Invalid,
    check_digits::{completed, luhn},
    text::digits,
};

const FORM: Invalid =
    Invalid { rule: "must be 10 or 12 digits, with or without a hyphen or a plus before the last four" };

pub(super) fn read(text: &str) -> Result<Parts, Invalid> {
    let number = with_century(text)?;
    let birth_date = birth_date(&number).ok_or(DATE)?;
    if !number.get(2..).is_some_and(luhn) {
        return Err(CHECK);
    }
    Ok(Parts { number, birth_date })
}

/// The twelve digits. Ten leave the century open, and a rule that is without a clock must close it the same way every
/// day: years from 30 are of the 1900s and others of the 2000s, and a plus, which people put at hundred years, takes
/// one century off.
fn with_century(text: &str) -> Result<String, Invalid> {
    let (bare, is_older) = match text.rsplit_once(['-', '+']) {
        Some((front, last)) if last.len() == 4 => (format!("{front}{last}"), text.contains('+')),
        Some(_) => return Err(FORM),
        None => (text.to_owned(), false),
    };
    if digits(&bare, 12, 12) && ["18", "19", "20"].iter().any(|century| bare.starts_with(century)) {
        return Ok(bare);
    }
    if !digits(&bare, 10, 10) {
        return Err(FORM);
    }
    let newest = if bare.as_str() < "30" { 20 } else { 19 };
    Ok(format!("{}{bare}", newest - u32::from(is_older)))
}

pub(super) fn test_number(born: NaiveDate, individual: u32) -> Option<String> {
    let century = born.year() / 100;
    let short = completed(&format!("{}{individual:03}", born.format("%y%m%d")), luhn)?;
    Some(format!("{century:02}{short}"))
}

/// `None` where the number has no date of birth, `Some(None)` where its date is rightly left open.
fn birth_date(number: &str) -> Option<Option<NaiveDate>> {
    let (year, month, day) = (part(number, 0..4)?, part(number, 4..6)?, part(number, 6..8)?);
    match day {
        60..=91 if day == 60 || month == 0 => (month <= 12).then_some(None),
        61.. => date(0, (year, month, day - 60)).map(Some),
        _ => date(0, (year, month, day)).map(Some),
    }
}
