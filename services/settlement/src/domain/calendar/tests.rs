//! Days of 23 and 25 hours, cut-offs, and when money comes.

use super::*;

fn date(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("an instant")
}

#[test]
fn a_date_ends_when_the_units_clock_says_so() {
    use Market::{Dk, Fi, No};
    // market, date, cut-off, when it ends
    let table = [
        (No, "2026-01-15", 0, "2026-01-15T23:00:00Z"),
        (No, "2026-07-15", 0, "2026-07-15T22:00:00Z"),
        (Dk, "2026-07-15", 0, "2026-07-15T22:00:00Z"),
        (Fi, "2026-01-15", 0, "2026-01-15T22:00:00Z"),
        (Fi, "2026-07-15", 0, "2026-07-15T21:00:00Z"),
        (No, "2026-01-15", 240, "2026-01-16T03:00:00Z"),
        (No, "2026-12-31", 720, "2027-01-01T11:00:00Z"),
        // 23 hours: 29 March, at 02:00 in Oslo, 03:00 in Helsinki.
        (No, "2026-03-28", 0, "2026-03-28T23:00:00Z"),
        (No, "2026-03-29", 0, "2026-03-29T22:00:00Z"),
        (No, "2026-03-28", 119, "2026-03-29T00:59:00Z"),
        (No, "2026-03-28", 120, "2026-03-29T01:00:00Z"),
        (No, "2026-03-28", 150, "2026-03-29T01:00:00Z"),
        (No, "2026-03-28", 180, "2026-03-29T01:00:00Z"),
        (No, "2026-03-28", 240, "2026-03-29T02:00:00Z"),
        (Fi, "2026-03-28", 210, "2026-03-29T01:00:00Z"),
        (Fi, "2026-03-28", 240, "2026-03-29T01:00:00Z"),
        (Fi, "2026-03-28", 241, "2026-03-29T01:01:00Z"),
        // 25 hours: 25 October, at 03:00 in Oslo, 04:00 in Helsinki; clocks show the hour before that twice.
        (No, "2026-10-24", 0, "2026-10-24T22:00:00Z"),
        (No, "2026-10-25", 0, "2026-10-25T23:00:00Z"),
        (No, "2026-10-24", 150, "2026-10-25T00:30:00Z"),
        (No, "2026-10-24", 180, "2026-10-25T02:00:00Z"),
        (Fi, "2026-10-24", 210, "2026-10-25T00:30:00Z"),
        (Fi, "2026-10-25", 0, "2026-10-25T22:00:00Z"),
    ];
    for (market, day, cut_off, ends_at) in table {
        assert_eq!(date_ends_at(market, date(day), cut_off), at(ends_at), "{market} {day} {cut_off}");
    }
}

#[test]
fn every_instant_has_the_date_that_ends_after_it() {
    for market in Market::ALL {
        for cut_off in [0, 1, 120, 150, 180, 210, 240, 720] {
            let mut before = date_ends_at(market, date("2018-12-31"), cut_off);
            for day in date("2019-01-01").iter_days().take(9 * 365) {
                let ends_at = date_ends_at(market, day, cut_off);
                let minutes = (ends_at - before).num_minutes();
                assert!((22 * 60..=26 * 60).contains(&minutes), "{market} {day} has {minutes} minutes");
                assert_eq!(date_of(market, before, cut_off), day, "{market} {cut_off}");
                let last = ends_at - TimeDelta::microseconds(1);
                assert_eq!(date_of(market, last, cut_off), day, "{market} {cut_off}");
                before = ends_at;
            }
        }
    }
}

#[test]
fn the_repeated_hour_does_not_go_back_to_the_date_that_has_ended() {
    // The cut-off is 02:30, which clocks in Oslo show at 00:30Z and again at 01:30Z.
    for (instant, day) in [
        ("2026-10-25T00:29:59.999999Z", "2026-10-24"),
        ("2026-10-25T00:30:00Z", "2026-10-25"),
        ("2026-10-25T01:10:00Z", "2026-10-25"),
        ("2026-10-25T01:30:00Z", "2026-10-25"),
    ] {
        assert_eq!(date_of(Market::No, at(instant), 150), date(day), "{instant}");
    }
}

#[test]
fn a_period_ends_on_its_last_date() {
    let table = [
        ("2026-01-31", [true, false, true]),
        ("2026-02-01", [true, true, false]),
        ("2026-02-28", [true, false, true]),
        ("2024-02-28", [true, false, false]),
        ("2024-02-29", [true, false, true]),
        ("2026-05-31", [true, true, true]),
        ("2026-12-31", [true, false, true]),
        ("2026-12-30", [true, false, false]),
    ];
    for (day, ends) in table {
        let found = [Frequency::Daily, Frequency::Weekly, Frequency::Monthly]
            .map(|frequency| ends_period(frequency, date(day)));
        assert_eq!(found, ends, "{day}");
    }
}

#[test]
fn m12_a_capture_on_monday_has_value_on_wednesday_and_holidays_push_it_on() {
    use Market::{Dk, Fi, No};
    // market, ledger date, days on top, value date
    let table = [
        (No, "2026-09-07", 0, "2026-09-09"),
        (No, "2026-09-10", 0, "2026-09-14"),
        // Friday, Saturday, Sunday: all on Tuesday.
        (No, "2026-09-11", 0, "2026-09-15"),
        (No, "2026-09-12", 0, "2026-09-15"),
        (No, "2026-09-13", 0, "2026-09-15"),
        (Dk, "2026-09-07", 0, "2026-09-08"),
        (Fi, "2026-09-11", 0, "2026-09-14"),
        (Dk, "2026-09-13", 0, "2026-09-14"),
        // Easter.
        (No, "2026-03-31", 0, "2026-04-07"),
        (No, "2026-04-01", 0, "2026-04-08"),
        (No, "2026-04-05", 0, "2026-04-08"),
        (Fi, "2026-04-01", 0, "2026-04-02"),
        (Dk, "2026-04-01", 0, "2026-04-07"),
        // Ascension Day, and the Friday after it in Denmark.
        (No, "2026-05-13", 0, "2026-05-18"),
        (Dk, "2026-05-13", 0, "2026-05-18"),
        (Fi, "2026-05-13", 0, "2026-05-15"),
        // Store bededag, while there was one.
        (Dk, "2023-05-04", 0, "2023-05-08"),
        (Dk, "2024-04-25", 0, "2024-04-26"),
        // The end of the year, on whose last day Danish banks are closed.
        (No, "2026-12-22", 0, "2026-12-28"),
        (No, "2026-12-30", 0, "2027-01-04"),
        (Dk, "2026-12-30", 0, "2027-01-04"),
        (Fi, "2026-12-30", 0, "2026-12-31"),
        // Midsummer's eve.
        (Fi, "2026-06-18", 0, "2026-06-22"),
        // An agreement that delays it.
        (No, "2026-09-07", 1, "2026-09-10"),
        (No, "2026-09-11", 4, "2026-09-21"),
        (Dk, "2026-09-10", 2, "2026-09-15"),
        (Fi, "2026-12-22", 1, "2026-12-28"),
        (No, "2026-09-07", 30, "2026-10-21"),
    ];
    for (market, day, delay, expected) in table {
        assert_eq!(value_date(market, date(day), delay), date(expected), "{market} {day} + {delay}");
    }
}

#[test]
fn banks_open_at_six_by_their_own_clock() {
    for (market, day, opens_at) in [
        (Market::No, "2026-01-15", "2026-01-15T05:00:00Z"),
        (Market::No, "2026-03-30", "2026-03-30T04:00:00Z"),
        (Market::Dk, "2026-10-26", "2026-10-26T05:00:00Z"),
        (Market::Fi, "2026-07-15", "2026-07-15T03:00:00Z"),
    ] {
        assert_eq!(bank_opens_at(market, date(day)), at(opens_at), "{market} {day}");
    }
}

#[test]
fn the_ends_of_time_are_dates_too() {
    for market in Market::ALL {
        for cut_off in [0, 720, u16::MAX] {
            assert_eq!(date_ends_at(market, NaiveDate::MAX, cut_off), DateTime::<Utc>::MAX_UTC);
            let _ = date_ends_at(market, NaiveDate::MIN, cut_off);
            let _ = date_of(market, DateTime::<Utc>::MAX_UTC, cut_off);
            let _ = date_of(market, DateTime::<Utc>::MIN_UTC, cut_off);
        }
        assert_eq!(value_date(market, NaiveDate::MAX, u8::MAX), NaiveDate::MAX);
        assert!(ends_period(Frequency::Monthly, NaiveDate::MAX));
    }
}
