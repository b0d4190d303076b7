//! Switches on or off that requests are pushed to a payer's phone.

use kvitt_primitives::PayerId;
use sqlx::PgPool;

use crate::{domain::person::Push, error::Error, store::people};

/// It counts for requests that are made from now on.
pub(crate) async fn set_push_delivery(pool: &PgPool, payer_id: PayerId, push: Push) -> Result<(), Error> {
    let mut connection = pool.acquire().await?;
    if people::set_push(&mut connection, payer_id, push).await? { Ok(()) } else { Err(Error::PayerNotFound) }
}
