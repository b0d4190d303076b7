//! The simulated national registers, and personal data as every table keeps it.

use kvitt_primitives::Country;
use sqlx::{PgConnection, Row as _, postgres::PgRow};
use uuid::Uuid;

use crate::hashing::Hash;

#[cfg(test)]
pub(crate) const STATEMENTS: &[&str] = &[INSERT, SELECT_BY_NATIONAL_ID, SELECT_BY_PHONE, DELETE];

const INSERT: &str = "
    INSERT INTO persons
        (person_id, country, name, national_id_sealed, national_id_index, phone_sealed, phone_index)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT DO NOTHING";

#[cfg(any(test, feature = "sandbox"))]
const SELECT_BY_NATIONAL_ID: &str = "
    SELECT person_id, country, name, national_id_sealed, phone_sealed, phone_index FROM persons
    WHERE country = $1 AND national_id_index = $2";

#[cfg(any(test, feature = "sandbox"))]
const SELECT_BY_PHONE: &str = "
    SELECT person_id, country, name, national_id_sealed, phone_sealed, phone_index FROM persons
    WHERE country = $1 AND phone_index = $2";

const DELETE: &str = "DELETE FROM persons WHERE country = $1 AND national_id_index = $2";

/// A text that only this service can read, and the keyed hash that finds it.
#[derive(Clone)]
pub(crate) struct Sealed {
    pub(crate) sealed: Vec<u8>,
    pub(crate) index: Hash,
}

/// A person, ready to be stored for one owner.
#[derive(Clone)]
pub(crate) struct SealedPerson {
    pub(crate) country: Country,
    pub(crate) name: String,
    pub(crate) national_id: Sealed,
    pub(crate) phone: Option<Sealed>,
}

/// A person of the register.
#[cfg(any(test, feature = "sandbox"))]
pub(crate) struct StoredPerson {
    /// What the sealed numbers are bound to.
    pub(crate) person_id: Uuid,
    pub(crate) country: Country,
    pub(crate) name: String,
    pub(crate) national_id_sealed: Vec<u8>,
    pub(crate) phone: Option<Sealed>,
}

/// Whether the person was stored; `false` when somebody has the national id or the phone number.
pub(crate) async fn insert(
    tx: &mut PgConnection,
    person_id: Uuid,
    person: &SealedPerson,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(INSERT)
        .bind(person_id)
        .bind(person.country.code())
        .bind(&person.name)
        .bind(&person.national_id.sealed)
        .bind(person.national_id.index.as_bytes())
        .bind(person.phone.as_ref().map(|phone| phone.sealed.as_slice()))
        .bind(person.phone.as_ref().map(|phone| phone.index.as_bytes()))
        .execute(tx)
        .await?;
    Ok(done.rows_affected() == 1)
}

#[cfg(feature = "sandbox")]
pub(crate) async fn find_by_national_id(
    tx: &mut PgConnection,
    country: Country,
    index: &Hash,
) -> Result<Option<StoredPerson>, sqlx::Error> {
    let query = sqlx::query(SELECT_BY_NATIONAL_ID).bind(country.code()).bind(index.as_bytes());
    query.fetch_optional(tx).await?.map(|row| person(&row)).transpose()
}

#[cfg(feature = "sandbox")]
pub(crate) async fn find_by_phone(
    tx: &mut PgConnection,
    country: Country,
    index: &Hash,
) -> Result<Option<StoredPerson>, sqlx::Error> {
    let query = sqlx::query(SELECT_BY_PHONE).bind(country.code()).bind(index.as_bytes());
    query.fetch_optional(tx).await?.map(|row| person(&row)).transpose()
}

/// Takes a person out who was never needed.
pub(crate) async fn delete(
    tx: &mut PgConnection,
    country: Country,
    national_id: &Hash,
) -> Result<(), sqlx::Error> {
    sqlx::query(DELETE).bind(country.code()).bind(national_id.as_bytes()).execute(tx).await?;
    Ok(())
}

#[cfg(feature = "sandbox")]
fn person(row: &PgRow) -> Result<StoredPerson, sqlx::Error> {
    let sealed: Option<Vec<u8>> = row.try_get("phone_sealed")?;
    let index: Option<[u8; 32]> = row.try_get("phone_index")?;
    Ok(StoredPerson {
        person_id: row.try_get("person_id")?,
        country: country(row)?,
        name: row.try_get("name")?,
        national_id_sealed: row.try_get("national_id_sealed")?,
        phone: sealed.zip(index).map(|(sealed, index)| Sealed { sealed, index: Hash::from_bytes(index) }),
    })
}

/// The country in a row.
pub(super) fn country(row: &PgRow) -> Result<Country, sqlx::Error> {
    let code: &str = row.try_get("country")?;
    Country::from_code(code).ok_or_else(|| sqlx::Error::Decode("a country that nobody knows".into()))
}
