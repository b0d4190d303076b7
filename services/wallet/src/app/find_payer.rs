//! Finds a payer by phone number.

use kvitt_primitives::PhoneNumber;
use sqlx::PgPool;

use crate::{domain::person::Person, error::Error, store::people};

/// The payer with this phone number, also one who is blocked; one who has left only where nobody else has the number.
pub(crate) async fn find_payer(pool: &PgPool, phone_number: &PhoneNumber) -> Result<Person, Error> {
    let mut connection = pool.acquire().await?;
    people::find_by_phone_number(&mut connection, phone_number).await?.ok_or(Error::PayerNotFound)
}
