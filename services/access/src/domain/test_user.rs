//! Payers that merchants make for tests: people who never were, made up from chance that is handed in.

use chrono::{DateTime, Datelike as _, Days, NaiveDate, Utc};
use kvitt_primitives::{Country, Market, MerchantId, NationalId, PayerId, PhoneNumber};

use super::person::{Person, PersonName};

/// Most test users of a merchant; the operator makes more.
pub(crate) const MOST_TEST_USERS: i64 = 5;

/// Nobody is born before, or later than so many days after: all of them are of age for a long time.
const FIRST_BIRTHDAY: NaiveDate = NaiveDate::from_ymd_opt(1950, 1, 1).expect("a date");
const BIRTHDAYS: u64 = 18_000;

/// Every country's series has so many numbers for each day.
const SERIALS: u64 = 50;

const GIVEN_NAMES: [&str; 8] = ["Alfa", "Bravo", "Delta", "Echo", "Juliett", "Lima", "Oscar", "Victor"];

/// A payer of the test environment.
#[derive(Clone)]
pub(crate) struct TestUser {
    /// Equals the payer's.
    pub(crate) id: PayerId,
    pub(crate) merchant_id: MerchantId,
    pub(crate) market: Market,
    pub(crate) national_id: NationalId,
    pub(crate) phone_number: PhoneNumber,
    pub(crate) name: PersonName,
    /// Business time.
    pub(crate) created_at: DateTime<Utc>,
}

impl TestUser {
    /// The day of birth that the number tells; every number of a series for tests tells one.
    pub(crate) fn birth_date(&self) -> NaiveDate {
        self.national_id.birth_date().unwrap_or(FIRST_BIRTHDAY)
    }
}

/// Who somebody of a market is, by chance. `None` where chance hit a number that the series does not have; another throw
/// finds one.
pub(crate) fn make_up(market: Market, chance: [u64; 4]) -> Option<Person> {
    let [day, serial, phone, name] = chance;
    let country = Country::from(market);
    let born = FIRST_BIRTHDAY.checked_add_days(Days::new(day % BIRTHDAYS))?;
    let serial = u32::try_from(serial % SERIALS).ok()?;
    let national_id = NationalId::synthetic(country, born.year(), born.month(), born.day(), serial)?;
    // Of the ranges that the countries use for mobile phones.
    let number = match market {
        Market::No => format!("474{:07}", phone % 10_000_000),
        Market::Dk => format!("452{:07}", phone % 10_000_000),
        Market::Fi => format!("35840{:07}", phone % 10_000_000),
    };
    let given = GIVEN_NAMES.get(usize::try_from(name % 8).ok()?)?;
    Some(Person {
        national_id,
        phone_number: Some(PhoneNumber::of_country(&number, country).ok()?),
        name: PersonName::try_new(format!("{given} Testperson {:04}", phone % 10_000)).ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chance_makes_up_a_person_of_the_market_with_numbers_of_the_country() {
        for market in Market::ALL {
            for throw in [0, 1, 17_999, 123_456_789_012, u64::MAX] {
                let made_up = make_up(market, [throw, throw / 3, throw / 7, throw / 11]);
                let person = made_up.unwrap();
                assert_eq!(person.national_id.country(), Country::from(market));
                let phone = person.phone_number.unwrap();
                assert_eq!(phone.country(), Some(Country::from(market)), "{market:?}");
                assert!(person.national_id.birth_date().unwrap() >= FIRST_BIRTHDAY);
            }
        }
    }

    #[test]
    fn every_day_and_serial_that_chance_can_hit_has_a_number() {
        for market in Market::ALL {
            for day in (0..BIRTHDAYS).step_by(61) {
                assert!(make_up(market, [day, SERIALS - 1, 0, 0]).is_some(), "{market:?} {day}");
            }
        }
    }
}
