//! Personal data at rest: sealed for the row that holds it, and found by a keyed hash that says whose country's number it
//! is.

use kvitt_primitives::{Country, Invalid, NationalId, PhoneNumber};
use secrecy::ExposeSecret as _;
use uuid::Uuid;

use crate::{
    domain::person::{Email, Person},
    envelope::{KeyEncryptionKey, Purpose},
    error::Error,
    hashing::{BlindIndex, Hash, Pepper},
    store::people::{Sealed, SealedPerson},
};

/// Seals, opens and finds personal data.
#[derive(Clone)]
pub(crate) struct PersonalData {
    pepper: Pepper,
    key: KeyEncryptionKey,
}

impl PersonalData {
    pub(crate) fn new(pepper: Pepper, key: KeyEncryptionKey) -> Self {
        Self { pepper, key }
    }

    /// What finds a national id.
    pub(crate) fn national_id_index(&self, national_id: &NationalId) -> Hash {
        self.index(BlindIndex::NationalId, national_id.country(), national_id.as_str())
    }

    /// What finds a phone number of a country.
    pub(crate) fn phone_index(&self, country: Country, number: &PhoneNumber) -> Hash {
        self.index(BlindIndex::PhoneNumber, country, number.as_str())
    }

    /// What finds an address that somebody of a country signs in with.
    pub(crate) fn email_index(&self, email: &Email) -> Hash {
        self.index(BlindIndex::EmailAddress, email.country, email.address.as_str())
    }

    /// The person, sealed for the row `owner`.
    pub(crate) fn seal(&self, person: &Person, owner: Uuid) -> Result<SealedPerson, Error> {
        let country = person.national_id.country();
        let phone = person.phone_number.as_ref().map(|number| {
            let index = self.phone_index(country, number);
            Ok::<_, Error>(Sealed { sealed: self.seal_phone(number, owner)?, index })
        });
        Ok(SealedPerson {
            country,
            name: person.name.as_str().to_owned(),
            national_id: Sealed {
                sealed: self.seal_national_id(&person.national_id, owner)?,
                index: self.national_id_index(&person.national_id),
            },
            phone: phone.transpose()?,
        })
    }

    /// The person of the register.
    #[cfg(any(test, feature = "sandbox"))]
    pub(crate) fn open(&self, stored: &crate::store::people::StoredPerson) -> Result<Person, Error> {
        let owner = stored.person_id;
        let phone = stored.phone.as_ref().map(|phone| self.open_phone(&phone.sealed, owner));
        Ok(Person {
            national_id: self.open_national_id(stored.country, &stored.national_id_sealed, owner)?,
            phone_number: phone.transpose()?,
            name: kvitt_primitives::Name::try_new(stored.name.clone()).map_err(unreadable)?,
        })
    }

    pub(crate) fn seal_national_id(&self, id: &NationalId, owner: Uuid) -> Result<Vec<u8>, Error> {
        Ok(self.key.seal_text(Purpose::NationalId, owner, id.as_str())?)
    }

    pub(crate) fn seal_phone(&self, number: &PhoneNumber, owner: Uuid) -> Result<Vec<u8>, Error> {
        Ok(self.key.seal_text(Purpose::PhoneNumber, owner, number.as_str())?)
    }

    pub(crate) fn seal_email(&self, email: &Email, owner: Uuid) -> Result<Sealed, Error> {
        let sealed = self.key.seal_text(Purpose::EmailAddress, owner, email.address.as_str())?;
        Ok(Sealed { sealed, index: self.email_index(email) })
    }

    pub(crate) fn open_national_id(
        &self,
        country: Country,
        sealed: &[u8],
        owner: Uuid,
    ) -> Result<NationalId, Error> {
        let text = self.key.open_text(Purpose::NationalId, owner, sealed)?;
        NationalId::try_new(country, text.expose_secret()).map_err(unreadable)
    }

    pub(crate) fn open_phone(&self, sealed: &[u8], owner: Uuid) -> Result<PhoneNumber, Error> {
        let text = self.key.open_text(Purpose::PhoneNumber, owner, sealed)?;
        text.expose_secret().parse().map_err(unreadable)
    }

    fn index(&self, kind: BlindIndex, country: Country, text: &str) -> Hash {
        // A country's code has a fixed length, so no two texts are put together alike.
        self.pepper.blind_index(kind, &format!("{}{text}", country.code()))
    }
}

/// What was stored was valid; what it says now is not repeated.
fn unreadable(invalid: Invalid) -> Error {
    Error::Database(sqlx::Error::Decode(invalid.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{domain::person::PersonName, store::people::StoredPerson};

    fn personal_data() -> PersonalData {
        PersonalData::new(
            Pepper::try_new(&"pepper-of-the-tests".to_owned().into()).unwrap(),
            KeyEncryptionKey::try_new(&"5e".repeat(32).into()).unwrap(),
        )
    }

    fn person(country: Country) -> Person {
        Person {
            national_id: NationalId::synthetic(country, 1980, 5, 6, 0).unwrap(),
            phone_number: Some("4791234567".parse().unwrap()),
            name: PersonName::try_new("Kari Nordmann".to_owned()).unwrap(),
        }
    }

    fn stored(sealed: SealedPerson, person_id: Uuid) -> StoredPerson {
        StoredPerson {
            person_id,
            country: sealed.country,
            name: sealed.name,
            national_id_sealed: sealed.national_id.sealed,
            phone: sealed.phone,
        }
    }

    #[test]
    fn a_person_opens_for_the_row_they_were_sealed_for_only() {
        let (data, owner) = (personal_data(), Uuid::from_u128(1));
        let person = person(Country::No);
        let sealed = data.seal(&person, owner).unwrap();
        assert!(data.open(&stored(sealed.clone(), owner)).unwrap() == person);
        assert!(data.open(&stored(sealed, Uuid::from_u128(2))).is_err());
    }

    #[test]
    fn the_same_digits_of_two_countries_are_two_people() {
        let data = personal_data();
        let number: PhoneNumber = "4791234567".parse().unwrap();
        let (no, dk) = (data.phone_index(Country::No, &number), data.phone_index(Country::Dk, &number));
        assert!(!no.matches(&dk));
        assert!(no.matches(&data.phone_index(Country::No, &number)));
    }
}
