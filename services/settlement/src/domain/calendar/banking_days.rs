//! The days on which the banks of a country are open: weekdays but for the holidays below, all of which banks are closed on,
//! whether or not others work (sources: the countries' central banks; Norges Bank closes on Christmas Eve and not on New
//! Year's Eve, and so do Finland's banks).

use chrono::{Datelike as _, Days, NaiveDate, TimeDelta, Weekday};
use kvitt_primitives::Country::{self, Dk, Fi, No, Se};

/// When a holiday is.
enum When {
    /// On that month and day.
    On(u32, u32),
    /// That many days after Easter Sunday.
    Easter(i64),
    /// The Friday from 19 to 25 June.
    MidsummerEve,
}

use When::{Easter, MidsummerEve, On};

/// A holiday, where banks are closed on it, and the last year in which they are.
const HOLIDAYS: [(When, &[Country], i32); 19] = [
    // New Year, Epiphany.
    (On(1, 1), &[No, Dk, Fi, Se], i32::MAX),
    (On(1, 6), &[Fi, Se], i32::MAX),
    // Maundy Thursday, Good Friday, Easter Monday.
    (Easter(-3), &[No, Dk], i32::MAX),
    (Easter(-2), &[No, Dk, Fi, Se], i32::MAX),
    (Easter(1), &[No, Dk, Fi, Se], i32::MAX),
    // Store bededag was abolished from 2024 on.
    (Easter(26), &[Dk], 2023),
    // Ascension Day, the Friday after it, Whit Monday.
    (Easter(39), &[No, Dk, Fi, Se], i32::MAX),
    (Easter(40), &[Dk], i32::MAX),
    (Easter(50), &[No, Dk], i32::MAX),
    // Labour Day and the national days; Danish banks keep Grundlovsdag.
    (On(5, 1), &[No, Fi, Se], i32::MAX),
    (On(5, 17), &[No], i32::MAX),
    (On(6, 5), &[Dk], i32::MAX),
    (On(6, 6), &[Se], i32::MAX),
    (On(12, 6), &[Fi], i32::MAX),
    (MidsummerEve, &[Fi, Se], i32::MAX),
    // Christmas and New Year's Eve.
    (On(12, 24), &[No, Dk, Fi, Se], i32::MAX),
    (On(12, 25), &[No, Dk, Fi, Se], i32::MAX),
    (On(12, 26), &[No, Dk, Fi, Se], i32::MAX),
    (On(12, 31), &[Dk, Se], i32::MAX),
];

/// Whether the banks of the country are open.
pub(crate) fn is_banking_day(country: Country, date: NaiveDate) -> bool {
    let weekend = matches!(date.weekday(), Weekday::Sat | Weekday::Sun);
    let holiday = |(when, countries, last_year): &(When, &[Country], i32)| {
        countries.contains(&country) && date.year() <= *last_year && when.is(date)
    };
    !weekend && !HOLIDAYS.iter().any(holiday)
}

/// The first banking day after the date.
pub(crate) fn next_banking_day(country: Country, date: NaiveDate) -> NaiveDate {
    date.iter_days().skip(1).find(|day| is_banking_day(country, *day)).unwrap_or(NaiveDate::MAX)
}

impl When {
    fn is(&self, date: NaiveDate) -> bool {
        match self {
            On(month, day) => (date.month(), date.day()) == (*month, *day),
            Easter(days) => {
                easter(date.year()).and_then(|sunday| sunday.checked_add_signed(TimeDelta::days(*days)))
                    == Some(date)
            }
            MidsummerEve => {
                date.month() == 6 && (19..=25).contains(&date.day()) && date.weekday() == Weekday::Fri
            }
        }
    }
}

/// Easter Sunday by the Gregorian calendar (Meeus, Jones and Butcher). Days from 22 March on, which is the earliest.
fn easter(year: i32) -> Option<NaiveDate> {
    let (golden, century, of_century) = (year.rem_euclid(19), year.div_euclid(100), year.rem_euclid(100));
    let moved = (century - (century + 8).div_euclid(25) + 1).div_euclid(3);
    let moon = (19 * golden + century - century.div_euclid(4) - moved + 15).rem_euclid(30);
    let weekday =
        (32 + 2 * century.rem_euclid(4) + 2 * of_century.div_euclid(4) - moon - of_century.rem_euclid(4))
            .rem_euclid(7);
    let late = (golden + 11 * moon + 22 * weekday).div_euclid(451);
    let days = u64::try_from(moon + weekday - 7 * late).ok()?;
    NaiveDate::from_ymd_opt(year, 3, 22)?.checked_add_days(Days::new(days))
}

#[cfg(test)]
pub(super) mod tests;
