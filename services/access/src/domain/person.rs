//! Natural persons, as a national register knows them.

use std::fmt;

use kvitt_primitives::{Country, EmailAddress, Invalid, Name, NationalId, PhoneNumber};

/// A person's full name.
pub(crate) type PersonName = Name<100>;

/// A person. There is no Debug: it would show who they are.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Person {
    pub(crate) national_id: NationalId,
    pub(crate) phone_number: Option<PhoneNumber>,
    pub(crate) name: PersonName,
}

/// How a person is found. There is no Debug but one that hides the number.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Identification {
    NationalId(NationalId),
    Phone { country: Country, number: PhoneNumber },
}

impl Identification {
    /// By phone number of a country. Sweden's register is asked by national id only.
    pub(crate) fn by_phone(country: Country, number: &str) -> Result<Self, Invalid> {
        match country {
            Country::Se => Err(Invalid {
                rule: "must not be given for Sweden, whose people are known by national id only",
            }),
            Country::No | Country::Dk | Country::Fi => {
                let number = PhoneNumber::of_country(number, country)?;
                Ok(Self::Phone { country, number })
            }
        }
    }
}

impl fmt::Debug for Identification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NationalId(national_id) => national_id.fmt(f),
            Self::Phone { country, .. } => write!(f, "PhoneNumber({country}, ..)"),
        }
    }
}

/// A name as it is ordered and searched: in lower case.
pub(crate) fn name_key(name: &str) -> String {
    name.to_lowercase()
}

/// What somebody signs in with beside a password. There is no Debug, for the same reason as above.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Email {
    pub(crate) country: Country,
    pub(crate) address: EmailAddress,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn m40_a_swede_is_not_known_by_phone_number_and_the_others_are() {
        let table = [
            (Country::No, "4791234567", true),
            (Country::Dk, "4520123456", true),
            (Country::Fi, "358401234567", true),
            (Country::Se, "46701234567", false),
            (Country::No, "4520123456", false),
        ];
        for (country, number, valid) in table {
            assert_eq!(Identification::by_phone(country, number).is_ok(), valid, "{country}");
        }
    }

    #[test]
    fn how_somebody_is_identified_does_not_show_when_printed() {
        let phone = Identification::by_phone(Country::No, "4791234567").unwrap();
        let national_id = NationalId::synthetic(Country::No, 1980, 1, 1, 0).unwrap();
        let number = national_id.as_str().to_owned();
        assert!(!format!("{phone:?}").contains("91234567"));
        assert!(!format!("{:?}", Identification::NationalId(national_id)).contains(&number));
    }
}
