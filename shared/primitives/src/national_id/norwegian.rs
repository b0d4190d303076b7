//! Fødselsnummer: DDMMYY, an individual number of three digits that also tells the century, two check digits.
//!
//! A D-number, for people who do not live there, adds 40 to the day. Numbers for tests add to the month: the tax
//! administration's (Tenor) 80, those of the labour and welfare administration 40 or 65.

use chrono::{Datelike, NaiveDate};

use super::{CHECK, DATE, Parts, date, part};
use crate::{
    Invalid,
    check_digits::{completed, eleven},
    text::digits,
};

pub(super) fn read(text: &str) -> Result<Parts, Invalid> {
    if !digits(text, 11, 11) {
        return Err(Invalid { rule: "must be 11 digits" });
    }
    let birth_date = birth_date(text).ok_or(DATE)?;
    if !(first_checks(text) && second_checks(text)) {
        return Err(CHECK);
    }
    Ok(Parts { number: text.to_owned(), birth_date: Some(birth_date) })
}

pub(super) fn test_number(born: NaiveDate, individual: u32) -> Option<String> {
    let (day, month, year) = (born.day(), born.month() + 80, born.year().rem_euclid(100));
    let with_first = completed(&format!("{day:02}{month:02}{year:02}{individual:03}"), first_checks)?;
    completed(&with_first, second_checks)
}

fn birth_date(number: &str) -> Option<NaiveDate> {
    let day = match part(number, 0..2)? {
        day @ 41.. => day - 40,
        day => day,
    };
    let month = match part(number, 2..4)? {
        month @ 81.. => month - 80,
        month @ 66..=77 => month - 65,
        month @ 41..=52 => month - 40,
        month => month,
    };
    let year = part(number, 4..6)?;
    date(century(year, part(number, 6..9)?)?, (year, month, day))
}

fn century(year: u32, individual: u32) -> Option<u32> {
    match (individual, year) {
        (0..=499, _) | (900..=999, 40..) => Some(1900),
        (500..=749, 54..) => Some(1800),
        (500..=999, ..=39) => Some(2000),
        _ => None,
    }
}

fn first_checks(number: &str) -> bool {
    eleven(number, &[3, 7, 6, 1, 8, 9, 4, 5, 2, 1])
}

fn second_checks(number: &str) -> bool {
    eleven(number, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1])
}
