use chrono::{Datelike, Days};
use proptest::{
    prelude::{any, prop_assert, prop_assert_eq, prop_assert_ne, prop_assume, proptest},
    sample::select,
};

use super::*;

fn day(year: i32, month: u32, day: u32) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(year, month, day)
}

/// Each text with its canonical form and date of birth.
fn all_are_read(country: Country, table: &[(&str, &str, Option<NaiveDate>)]) {
    for (text, canonical, born) in table {
        let id = NationalId::try_new(country, text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!((id.as_str(), id.birth_date(), id.country()), (*canonical, *born, country), "{text}");
        assert_eq!(NationalId::try_new(country, canonical).as_ref(), Ok(&id), "{text}");
    }
}

fn all_are_refused(country: Country, table: &[(&str, &str)]) {
    for (text, word) in table {
        let Invalid { rule } = NationalId::try_new(country, text).expect_err(text);
        assert!(rule.contains(word), "{text}: {rule}");
    }
}

#[test]
fn a_norwegian_number_is_of_a_person_a_d_number_or_of_a_series_for_tests() {
    let table = [
        ("01017012343", day(1970, 1, 1)),
        ("01010050053", day(2000, 1, 1)),
        ("01014090017", day(1940, 1, 1)),
        ("01015450068", day(1854, 1, 1)),
        // Leap day, a D-number, +40, +65 and +80.
        ("29020050169", day(2000, 2, 29)),
        ("41017012337", day(1970, 1, 1)),
        ("01417012326", day(1970, 1, 1)),
        ("01667012372", day(1970, 1, 1)),
        ("01817012309", day(1970, 1, 1)),
    ];
    all_are_read(Country::No, &table.map(|(text, born)| (text, text, born)));
    let refused = [
        ("", "11 digits"),
        ("0101701234", "11 digits"),
        ("010170 12343", "11 digits"),
        ("+1017012343", "11 digits"),
        ("０101701234", "11 digits"),
        ("00017012343", "date of birth"),
        ("32017012343", "date of birth"),
        ("40017012343", "date of birth"),
        ("01137012343", "date of birth"),
        ("01537012343", "date of birth"),
        ("01937012343", "date of birth"),
        ("29020150169", "date of birth"),
        // Nobody born in 1945 has an individual number from 500 to 899.
        ("01014560068", "date of birth"),
        ("01017012344", "check digit"),
        ("01017012353", "check digit"),
    ];
    all_are_refused(Country::No, &refused);
}

#[test]
fn a_danish_number_is_read_with_and_without_hyphen_and_needs_no_check_digit() {
    let table = [
        ("0707614285", "0707614285", day(1961, 7, 7)),
        ("070761-4286", "0707614286", day(1961, 7, 7)),
        ("0101003000", "0101003000", day(1900, 1, 1)),
        ("010100-4000", "0101004000", day(2000, 1, 1)),
        ("0101364000", "0101364000", day(2036, 1, 1)),
        ("0101374000", "0101374000", day(1937, 1, 1)),
        ("0101369000", "0101369000", day(2036, 1, 1)),
        ("0101379000", "0101379000", day(1937, 1, 1)),
        ("0101575000", "0101575000", day(2057, 1, 1)),
        ("0101588000", "0101588000", day(1858, 1, 1)),
        ("2902004000", "2902004000", day(2000, 2, 29)),
    ];
    all_are_read(Country::Dk, &table);
    let refused = [
        ("", "10 digits"),
        ("-", "10 digits"),
        ("070761428", "10 digits"),
        ("07076-14285", "10 digits"),
        ("070761--4285", "10 digits"),
        ("070761 4285", "10 digits"),
        ("3002004000", "date of birth"),
        ("0113004000", "date of birth"),
        // 1900 was no leap year.
        ("2902000000", "date of birth"),
    ];
    all_are_refused(Country::Dk, &refused);
}

#[test]
fn a_finnish_number_has_a_sign_for_the_century_and_a_check_character() {
    let table = [
        ("131052-308T", "131052-308T", day(1952, 10, 13)),
        ("131052-308t", "131052-308T", day(1952, 10, 13)),
        ("131052+308T", "131052+308T", day(1852, 10, 13)),
        ("010594Y9021", "010594Y9021", day(1994, 5, 1)),
        ("020594x902n", "020594X902N", day(1994, 5, 2)),
        ("030594W903B", "030594W903B", day(1994, 5, 3)),
        ("040594V9030", "040594V9030", day(1994, 5, 4)),
        ("050594U903M", "050594U903M", day(1994, 5, 5)),
        ("020504A902E", "020504A902E", day(2004, 5, 2)),
        ("010516B903X", "010516B903X", day(2016, 5, 1)),
        ("020516C903K", "020516C903K", day(2016, 5, 2)),
        ("030516D9037", "030516D9037", day(2016, 5, 3)),
        ("010501E9032", "010501E9032", day(2001, 5, 1)),
        ("020503F9037", "020503F9037", day(2003, 5, 2)),
    ];
    all_are_read(Country::Fi, &table);
    let refused = [
        ("", "6 digits"),
        ("131052308T", "6 digits"),
        ("131052-308TT", "6 digits"),
        ("131052G308T", "6 digits"),
        ("131052 308T", "6 digits"),
        ("131052-30øT", "6 digits"),
        ("13105å-308T", "6 digits"),
        ("131052-308é", "6 digits"),
        ("131052-001H", "individual number"),
        ("321052-308T", "date of birth"),
        ("290201A902E", "date of birth"),
        ("131052-308U", "check digit"),
        ("131052-309T", "check digit"),
    ];
    all_are_refused(Country::Fi, &refused);
}

#[test]
fn a_swedish_number_is_read_with_and_without_century() {
    let table = [
        ("198112289874", "198112289874", day(1981, 12, 28)),
        ("19811228-9874", "198112289874", day(1981, 12, 28)),
        ("8112289874", "198112289874", day(1981, 12, 28)),
        ("811228-9874", "198112289874", day(1981, 12, 28)),
        ("811228+9874", "188112289874", day(1881, 12, 28)),
        ("121212-1212", "201212121212", day(2012, 12, 12)),
        ("121212+1212", "191212121212", day(1912, 12, 12)),
        ("191212121212", "191212121212", day(1912, 12, 12)),
        // Coordination numbers: a day of birth, an unknown month.
        ("701063-2391", "197010632391", day(1970, 10, 3)),
        ("191500882392", "191500882392", None),
    ];
    all_are_read(Country::Se, &table);
    let refused = [
        ("", "10 or 12 digits"),
        ("-", "10 or 12 digits"),
        ("811228987", "10 or 12 digits"),
        ("81122-89874", "10 or 12 digits"),
        ("811228--9874", "10 or 12 digits"),
        ("811228-98-74", "10 or 12 digits"),
        ("811228 9874", "10 or 12 digits"),
        ("å11228-9874", "10 or 12 digits"),
        ("218112289874", "10 or 12 digits"),
        ("811328-9874", "date of birth"),
        ("811232-9874", "date of birth"),
        // Only a coordination number may leave the date open.
        ("810028-9874", "date of birth"),
        ("811200-9874", "date of birth"),
        ("811292-9874", "date of birth"),
        ("811360-9874", "date of birth"),
        ("811228-9875", "check digit"),
    ];
    all_are_refused(Country::Se, &refused);
}

#[test]
fn a_number_for_tests_is_of_the_series_that_the_country_keeps_for_them() {
    let table = [
        (Country::No, 0, "12838600016"),
        (Country::Dk, 0, "1203860001"),
        (Country::Fi, 1, "120386-901"),
        (Country::Se, 0, "19860312980"),
        (Country::Se, 19, "19860312999"),
    ];
    for (country, serial, start) in table {
        let id = NationalId::synthetic(country, 1986, 3, 12, serial).unwrap();
        assert!(id.as_str().starts_with(start), "{country} {serial}: {}", id.as_str());
    }
    for (country, year, month, day, serial) in [
        (Country::No, 1986, 3, 12, 1000),
        (Country::No, 2040, 1, 1, 0),
        (Country::No, 1850, 1, 1, 0),
        (Country::Dk, 1857, 1, 1, 0),
        (Country::Fi, 1986, 3, 12, 100),
        (Country::Fi, 2100, 1, 1, 0),
        (Country::Se, 1986, 3, 12, 20),
        (Country::Se, -1, 1, 1, 0),
        (Country::Se, 1986, 2, 29, 0),
    ] {
        assert_eq!(
            NationalId::synthetic(country, year, month, day, serial),
            None,
            "{country} {year} {serial}"
        );
    }
}

#[test]
fn debug_leaves_the_number_out() {
    let id = NationalId::try_new(Country::No, "01017012343").unwrap();
    assert_eq!(format!("{id:?}"), "NationalId(NO, ..)");
}

proptest! {
    #[test]
    fn no_text_is_too_odd_to_be_refused(text in any::<String>(), near in "[0-9]{5,7}[-+A0-9é]{0,2}[0-9]{3,4}[0-9A-Zå]?") {
        for country in Country::ALL {
            for text in [&text, &near] {
                if let Ok(id) = NationalId::try_new(country, text) {
                    prop_assert_eq!(NationalId::try_new(country, id.as_str()), Ok(id));
                }
            }
        }
    }

    #[test]
    fn a_number_for_tests_tells_the_day_it_was_made_for_and_is_its_serials_own(
        country in select(&Country::ALL[..]),
        days in 0..60_000_u64,
        serial in 0..19_u32,
    ) {
        // From 1860 to the year 2024: inside every country's series.
        let born = day(1860, 1, 1).and_then(|first| first.checked_add_days(Days::new(days))).unwrap();
        let made = |serial| {
            NationalId::synthetic(country, born.year(), born.month(), born.day(), serial).unwrap()
        };
        prop_assert_eq!(made(serial).birth_date(), Some(born));
        prop_assert_ne!(made(serial), made(serial + 1));
    }

    #[test]
    fn one_wrong_digit_is_noticed(serial in 0..100_u32, place in 0..11_usize, digit in 0..10_u8) {
        let id = NationalId::synthetic(Country::No, 1986, 3, 12, serial).unwrap();
        let mut wrong = id.as_str().as_bytes().to_vec();
        prop_assume!(wrong[place] != b'0' + digit);
        wrong[place] = b'0' + digit;
        let wrong = String::from_utf8(wrong).unwrap();
        prop_assert!(NationalId::try_new(Country::No, &wrong).is_err());
    }
}
