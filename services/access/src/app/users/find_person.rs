//! Asks the national register who somebody is.

use sqlx::PgConnection;

use super::App;
use crate::{
    domain::person::{Identification, Person},
    error::Error,
};

/// The person. Nobody is known where there is no register, and only a sandbox has one.
#[cfg(not(feature = "sandbox"))]
pub(super) async fn find_person(
    _tx: &mut PgConnection,
    _app: &App,
    _by: &Identification,
) -> Result<Person, Error> {
    Err(Error::NoSuchPerson)
}

/// The person; nobody is known where there is no register.
#[cfg(feature = "sandbox")]
pub(super) async fn find_person(
    tx: &mut PgConnection,
    app: &App,
    by: &Identification,
) -> Result<Person, Error> {
    use super::people::Register;

    match (app.people.register, by) {
        (Register::Absent, _) => Err(Error::NoSuchPerson),
        (Register::Simulated, Identification::NationalId(id)) => find_by_national_id(tx, app, id).await,
        (Register::Simulated, Identification::Phone { country, number }) => {
            let index = app.people.data.phone_index(*country, number);
            let found = crate::store::people::find_by_phone(tx, *country, &index).await?;
            app.people.data.open(&found.ok_or(Error::NoSuchPerson)?)
        }
    }
}

/// The person with this number in the simulated register.
#[cfg(feature = "sandbox")]
pub(in crate::app) async fn find_by_national_id(
    tx: &mut PgConnection,
    app: &App,
    id: &kvitt_primitives::NationalId,
) -> Result<Person, Error> {
    let index = app.people.data.national_id_index(id);
    let found = crate::store::people::find_by_national_id(tx, id.country(), &index).await?;
    app.people.data.open(&found.ok_or(Error::NoSuchPerson)?)
}
