//! The numbers by which countries know their people.
//!
//! They are secrets of the people they name: there is no `Display` and no serde here, and `Debug` leaves the number
//! out, so that none reaches a log by chance. One country's rules stand in one file: `read` takes the text apart,
//! `test_number` makes a number for tests.

mod danish;
mod finnish;
mod norwegian;
mod swedish;

use std::{fmt, ops::Range, sync::Arc};

use chrono::NaiveDate;

use crate::{Country, Invalid};

const DATE: Invalid = Invalid { rule: "must begin with a date of birth" };
const CHECK: Invalid =
    Invalid { rule: "must be a number of the national register: its check digit is wrong" };

/// A person's number in their country's register.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct NationalId {
    country: Country,
    number: Arc<str>,
    birth_date: Option<NaiveDate>,
}

/// What a text of a country's form says.
struct Parts {
    number: String,
    birth_date: Option<NaiveDate>,
}

/// Makes the number of a day of birth and an individual number; `None` where there is none.
type TestNumber = fn(NaiveDate, u32) -> Option<String>;

impl NationalId {
    /// A number of that country's register, if the text is one.
    pub fn try_new(country: Country, text: &str) -> Result<Self, Invalid> {
        let parts = match country {
            Country::No => norwegian::read(text),
            Country::Dk => danish::read(text),
            Country::Fi => finnish::read(text),
            Country::Se => swedish::read(text),
        }?;
        Ok(Self { country, number: parts.number.into(), birth_date: parts.birth_date })
    }

    /// A number for tests of a person born that day: of the series that the country keeps for tests, and in Denmark,
    /// which keeps none, of any. `serial` counts from zero the numbers that the day has, passing over those without a
    /// check digit, so each serial has its own; `None` when the day has no more, or is none.
    pub fn synthetic(country: Country, year: i32, month: u32, day: u32, serial: u32) -> Option<Self> {
        let born = NaiveDate::from_ymd_opt(year, month, day)?;
        let (individuals, number): (Range<u32>, TestNumber) = match country {
            Country::No => (0..1000, norwegian::test_number),
            Country::Dk => (1..10_000, danish::test_number),
            Country::Fi => (900..1000, finnish::test_number),
            Country::Se => (980..1000, swedish::test_number),
        };
        individuals
            .filter_map(|individual| number(born, individual))
            .filter_map(|text| Self::try_new(country, &text).ok())
            // The same digits name another century with another individual number.
            .filter(|id| id.birth_date == Some(born))
            .nth(usize::try_from(serial).ok()?)
    }

    /// Whose register it is of.
    pub fn country(&self) -> Country {
        self.country
    }

    /// The number in its one canonical form. Do not log it.
    pub fn as_str(&self) -> &str {
        &self.number
    }

    /// The day of birth that the number tells; `None` for the Swedish coordination numbers that do not tell it. A
    /// register that has run out of a day's numbers gives one of another day, so it proves nothing about the person.
    pub fn birth_date(&self) -> Option<NaiveDate> {
        self.birth_date
    }
}

impl fmt::Debug for NationalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NationalId({}, ..)", self.country)
    }
}

/// The number that stands there, of a text whose digits are known to be ones.
fn part(text: &str, place: Range<usize>) -> Option<u32> {
    text.get(place)?.parse().ok()
}

/// The day in that year, of the century and the year's last two digits.
fn date(century: u32, (year, month, day): (u32, u32, u32)) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(i32::try_from(century + year).ok()?, month, day)
}

#[cfg(test)]
mod tests;
