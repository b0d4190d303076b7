//! Real years.

use super::*;

/// The weekdays on which banks are closed, `MM-DD`. Norway: Norges Bank's settlement days. Denmark: Nationalbanken's and Finans
/// Danmark's lists of bank closing days. Finland and Sweden: the bank holidays that their banks publish each year.
const CLOSED: [(Country, i32, &str); 36] = [
    (No, 2019, "01-01 04-18 04-19 04-22 05-01 05-17 05-30 06-10 12-24 12-25 12-26"),
    (No, 2020, "01-01 04-09 04-10 04-13 05-01 05-21 06-01 12-24 12-25"),
    (No, 2021, "01-01 04-01 04-02 04-05 05-13 05-17 05-24 12-24"),
    (No, 2022, "04-14 04-15 04-18 05-17 05-26 06-06 12-26"),
    (No, 2023, "04-06 04-07 04-10 05-01 05-17 05-18 05-29 12-25 12-26"),
    (No, 2024, "01-01 03-28 03-29 04-01 05-01 05-09 05-17 05-20 12-24 12-25 12-26"),
    (No, 2025, "01-01 04-17 04-18 04-21 05-01 05-29 06-09 12-24 12-25 12-26"),
    (No, 2026, "01-01 04-02 04-03 04-06 05-01 05-14 05-25 12-24 12-25"),
    (No, 2027, "01-01 03-25 03-26 03-29 05-06 05-17 12-24"),
    (Dk, 2019, "01-01 04-18 04-19 04-22 05-17 05-30 05-31 06-05 06-10 12-24 12-25 12-26 12-31"),
    (Dk, 2020, "01-01 04-09 04-10 04-13 05-08 05-21 05-22 06-01 06-05 12-24 12-25 12-31"),
    (Dk, 2021, "01-01 04-01 04-02 04-05 04-30 05-13 05-14 05-24 12-24 12-31"),
    (Dk, 2022, "04-14 04-15 04-18 05-13 05-26 05-27 06-06 12-26"),
    (Dk, 2023, "04-06 04-07 04-10 05-05 05-18 05-19 05-29 06-05 12-25 12-26"),
    (Dk, 2024, "01-01 03-28 03-29 04-01 05-09 05-10 05-20 06-05 12-24 12-25 12-26 12-31"),
    (Dk, 2025, "01-01 04-17 04-18 04-21 05-29 05-30 06-05 06-09 12-24 12-25 12-26 12-31"),
    (Dk, 2026, "01-01 04-02 04-03 04-06 05-14 05-15 05-25 06-05 12-24 12-25 12-31"),
    (Dk, 2027, "01-01 03-25 03-26 03-29 05-06 05-07 05-17 12-24 12-31"),
    (Fi, 2019, "01-01 04-19 04-22 05-01 05-30 06-21 12-06 12-24 12-25 12-26"),
    (Fi, 2020, "01-01 01-06 04-10 04-13 05-01 05-21 06-19 12-24 12-25"),
    (Fi, 2021, "01-01 01-06 04-02 04-05 05-13 06-25 12-06 12-24"),
    (Fi, 2022, "01-06 04-15 04-18 05-26 06-24 12-06 12-26"),
    (Fi, 2023, "01-06 04-07 04-10 05-01 05-18 06-23 12-06 12-25 12-26"),
    (Fi, 2024, "01-01 03-29 04-01 05-01 05-09 06-21 12-06 12-24 12-25 12-26"),
    (Fi, 2025, "01-01 01-06 04-18 04-21 05-01 05-29 06-20 12-24 12-25 12-26"),
    (Fi, 2026, "01-01 01-06 04-03 04-06 05-01 05-14 06-19 12-24 12-25"),
    (Fi, 2027, "01-01 01-06 03-26 03-29 05-06 06-25 12-06 12-24"),
    (Se, 2019, "01-01 04-19 04-22 05-01 05-30 06-06 06-21 12-24 12-25 12-26 12-31"),
    (Se, 2020, "01-01 01-06 04-10 04-13 05-01 05-21 06-19 12-24 12-25 12-31"),
    (Se, 2021, "01-01 01-06 04-02 04-05 05-13 06-25 12-24 12-31"),
    (Se, 2022, "01-06 04-15 04-18 05-26 06-06 06-24 12-26"),
    (Se, 2023, "01-06 04-07 04-10 05-01 05-18 06-06 06-23 12-25 12-26"),
    (Se, 2024, "01-01 03-29 04-01 05-01 05-09 06-06 06-21 12-24 12-25 12-26 12-31"),
    (Se, 2025, "01-01 01-06 04-18 04-21 05-01 05-29 06-06 06-20 12-24 12-25 12-26 12-31"),
    (Se, 2026, "01-01 01-06 04-03 04-06 05-01 05-14 06-19 12-24 12-25 12-31"),
    (Se, 2027, "01-01 01-06 03-26 03-29 05-06 06-25 12-24 12-31"),
];

/// What the table says of a date of its years.
pub(in crate::domain) fn is_open_by_table(country: Country, date: NaiveDate) -> bool {
    let year = |(of, year, _): &&(Country, i32, &str)| (*of, *year) == (country, date.year());
    let (_, _, closed) = CLOSED.iter().find(year).expect("a year of the table");
    let weekend = matches!(date.weekday(), Weekday::Sat | Weekday::Sun);
    !weekend && !closed.split(' ').any(|day| day == date.format("%m-%d").to_string())
}

fn days(from: i32, to: i32) -> impl Iterator<Item = NaiveDate> {
    let first = NaiveDate::from_ymd_opt(from, 1, 1).expect("a date");
    first.iter_days().take_while(move |day| day.year() <= to)
}

#[test]
fn banks_are_open_as_in_nine_real_years() {
    for country in Country::ALL {
        for day in days(2019, 2027) {
            assert_eq!(is_banking_day(country, day), is_open_by_table(country, day), "{country} {day}");
        }
    }
}

#[test]
fn easter_is_as_it_was_and_will_be() {
    // Years with the earliest and the latest dates there are, and those around a century.
    let table = [
        (1818, 3, 22),
        (1900, 4, 15),
        (1943, 4, 25),
        (1954, 4, 18),
        (1981, 4, 19),
        (2000, 4, 23),
        (2008, 3, 23),
        (2019, 4, 21),
        (2024, 3, 31),
        (2025, 4, 20),
        (2026, 4, 5),
        (2038, 4, 25),
        (2049, 4, 18),
        (2076, 4, 19),
        (2100, 3, 28),
        (2285, 3, 22),
    ];
    for (year, month, day) in table {
        assert_eq!(easter(year), NaiveDate::from_ymd_opt(year, month, day), "{year}");
    }
    for year in [-4713, -1, 0, 1, 9999, 262_142] {
        assert_eq!(easter(year).map(|sunday| sunday.weekday()), Some(Weekday::Sun), "{year}");
    }
}

#[test]
fn no_finnish_banking_day_is_a_day_on_which_no_euros_move() {
    // TARGET is closed on New Year, Good Friday, Easter Monday, 1 May, and both days of Christmas.
    for day in days(2019, 2060).filter(|day| is_banking_day(Fi, *day)) {
        let fixed = matches!((day.month(), day.day()), (1 | 5, 1) | (12, 25 | 26));
        let easter = easter(day.year()).expect("a Sunday");
        let moved = [-2, 1].contains(&day.signed_duration_since(easter).num_days());
        assert!(!fixed && !moved, "{day}");
    }
}

#[test]
fn there_is_a_banking_day_after_every_date_but_the_last() {
    for country in Country::ALL {
        for day in days(2019, 2060) {
            let next = next_banking_day(country, day);
            let between = day.iter_days().skip(1).take_while(|between| *between < next);
            assert!(is_banking_day(country, next) && next > day, "{country} {day}");
            assert!(!between.into_iter().any(|between| is_banking_day(country, between)), "{country} {day}");
        }
        assert_eq!(next_banking_day(country, NaiveDate::MAX), NaiveDate::MAX);
        assert!(next_banking_day(country, NaiveDate::MIN) > NaiveDate::MIN);
    }
}
