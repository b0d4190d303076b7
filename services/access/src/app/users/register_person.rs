//! Puts a person into the simulated national register.

use kvitt_runtime::Caller;
use uuid::Uuid;

use super::{App, only_operator, people::Register};
use crate::{domain::person::Person, error::Error, store::people as store};

/// Registers the person, once; the same person again is answered alike.
pub(crate) async fn register_person(app: &App, caller: &Caller, person: &Person) -> Result<(), Error> {
    only_operator(caller)?;
    match app.people.register {
        Register::Absent => return Err(Error::SandboxOff),
        Register::Simulated => {}
    }
    let data = &app.people.data;
    kvitt_postgres::transaction!(&app.pool, "register_person", async |tx| -> Result<(), Error> {
        let person_id = Uuid::new_v4();
        if store::insert(tx, person_id, &data.seal(person, person_id)?).await? {
            return Ok(());
        }
        let (country, index) = (person.national_id.country(), data.national_id_index(&person.national_id));
        match store::find_by_national_id(tx, country, &index).await? {
            Some(stored) if data.open(&stored)? == *person => Ok(()),
            Some(_) | None => Err(Error::PersonExists),
        }
    })
}
