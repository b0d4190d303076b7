//! Who pays, and where they live.

use std::fmt;

use kvitt_primitives::{EmailAddress, PhoneNumber};
use serde::{Deserialize, Serialize};

use super::{Elements, Found, chars, is_country};

/// The country code that a number without one is taken to have (contract: `BillingDetails.phoneNumber`).
const HOME_CODE: &str = "47";
/// Digits of a number that has no country code.
const HOME_DIGITS: usize = 8;

/// A person. Every part may be empty; it is personal data, so it cannot be printed.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Person {
    pub(crate) first_name: String,
    pub(crate) last_name: String,
    pub(crate) email: String,
    pub(crate) phone_number: String,
    pub(crate) street_address: String,
    pub(crate) postal_code: String,
    pub(crate) city: String,
    pub(crate) country: String,
}

impl Person {
    /// The same, with the phone number as an MSISDN where it can be read as one.
    pub(crate) fn normalised(mut self) -> Self {
        let digits = self.phone_number.trim_start_matches('+').replace(' ', "");
        let home = digits.len() == HOME_DIGITS;
        let whole = if home { format!("{HOME_CODE}{digits}") } else { digits };
        if whole.parse::<PhoneNumber>().is_ok() {
            self.phone_number = whole;
        }
        self
    }

    /// What a merchant may say of a payer: anything of a length that can be kept, since the payer corrects it.
    pub(crate) fn check_prefill(&self, path: &str, found: &mut Found) {
        for (name, text, most) in self.texts() {
            found.check(
                chars(text, 0, most),
                format!("{path}.{name}"),
                format!("must be at most {most} characters"),
            );
        }
    }

    /// What the page asks a payer for.
    pub(crate) fn check(&self, path: &str, asked: (Elements, &[String]), found: &mut Found) {
        let (elements, countries) = asked;
        self.check_prefill(path, found);
        let has_contact = elements != Elements::PaymentOnly;
        let has_address = elements == Elements::Full;
        let required = |name: &str| match name {
            "firstName" | "lastName" | "email" | "phoneNumber" => has_contact,
            _ => has_address,
        };
        for (name, text, _) in self.texts() {
            found.check(!text.is_empty() || !required(name), format!("{path}.{name}"), "is required");
        }
        let (email, phone) = (&self.email, &self.phone_number);
        let is_email = email.is_empty() || email.parse::<EmailAddress>().is_ok();
        found.check(is_email, format!("{path}.email"), EmailAddress::RULE);
        let is_phone = phone.is_empty() || phone.parse::<PhoneNumber>().is_ok();
        found.check(is_phone, format!("{path}.phoneNumber"), PhoneNumber::RULE);
        if !self.country.is_empty() {
            let country = format!("{path}.country");
            found.check(is_country(&self.country), country.clone(), "must be a country code such as NO");
            let served = countries.is_empty() || countries.contains(&self.country);
            found.check(served, country, format!("must be one of {}", countries.join(", ")));
        }
    }

    fn texts(&self) -> [(&'static str, &str, usize); 8] {
        [
            ("firstName", &self.first_name, 100),
            ("lastName", &self.last_name, 100),
            ("email", &self.email, 254),
            ("phoneNumber", &self.phone_number, 20),
            ("streetAddress", &self.street_address, 200),
            ("postalCode", &self.postal_code, 16),
            ("city", &self.city, 100),
            ("country", &self.country, 64),
        ]
    }

    /// Whether it says where something can be sent.
    pub(crate) fn has_address(&self) -> bool {
        [&self.street_address, &self.postal_code, &self.city, &self.country]
            .iter()
            .all(|part| !part.is_empty())
    }
}

impl fmt::Debug for Person {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Person(..)")
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn kari() -> Person {
        Person {
            first_name: "Kari".into(),
            last_name: "Nordmann".into(),
            email: "kari@example.com".into(),
            phone_number: "4791234567".into(),
            street_address: "Storgata 1".into(),
            postal_code: "0155".into(),
            city: "Oslo".into(),
            country: "NO".into(),
        }
    }

    fn broken(person: &Person, elements: Elements, countries: &[String]) -> Vec<String> {
        let mut found = Found::default();
        person.check("person", (elements, countries), &mut found);
        found.0.into_iter().map(|(path, _)| path).collect()
    }

    #[test]
    fn a_phone_number_without_a_country_code_is_norwegian() {
        let table = [
            ("91234567", "4791234567"),
            ("+4791234567", "4791234567"),
            ("+45 12 34 56 78", "4512345678"),
            ("4791234567", "4791234567"),
            ("hello", "hello"),
            ("", ""),
        ];
        for (given, kept) in table {
            let person = Person { phone_number: given.into(), ..Person::default() };
            assert_eq!(person.normalised().phone_number, kept, "{given}");
        }
    }

    #[test]
    fn the_page_asks_for_no_more_than_its_elements() {
        let nobody = Person::default();
        assert_eq!(broken(&nobody, Elements::Full, &[]).len(), 8);
        assert_eq!(broken(&nobody, Elements::PaymentAndContactInfo, &[]).len(), 4);
        assert!(broken(&nobody, Elements::PaymentOnly, &[]).is_empty());
        assert!(broken(&kari(), Elements::Full, &[]).is_empty());
    }

    #[test]
    fn what_is_given_is_judged_and_named() {
        let countries = ["DK".to_owned()];
        let table = [
            (Person { email: "kari".into(), ..kari() }, "person.email"),
            (Person { phone_number: "+47".into(), ..kari() }, "person.phoneNumber"),
            (Person { country: "no".into(), ..kari() }, "person.country"),
            (Person { city: "x".repeat(101), ..kari() }, "person.city"),
            (Person { first_name: "a\0".into(), ..kari() }, "person.firstName"),
        ];
        for (person, path) in table {
            assert_eq!(broken(&person, Elements::Full, &[]), [path]);
        }
        assert_eq!(broken(&kari(), Elements::Full, &countries), ["person.country"]);
    }

    #[test]
    fn a_person_is_never_printed() {
        assert_eq!(format!("{:?}", kari()), "Person(..)");
    }
}
