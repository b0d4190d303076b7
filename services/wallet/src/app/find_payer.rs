//! Finds a payer by phone number.

use kvitt_primitives::PhoneNumber;
use sqlx::PgPool;

use crate::{domain::payer::Payer, error::Error, store::payers};

/// The payer with this phone number. The national identity number is not part of the answer.
pub(crate) async fn find_payer(pool: &PgPool, phone_number: &PhoneNumber) -> Result<Payer, Error> {
    let mut connection = pool.acquire().await?;
    payers::find_by_phone_number(&mut connection, phone_number).await?.ok_or(Error::PayerNotFound)
}
