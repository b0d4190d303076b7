//! Says where a payer lives.

use kvitt_postgres::transaction;
use kvitt_primitives::PayerId;
use sqlx::PgPool;

use crate::{
    domain::person::PayerAddress,
    error::Error,
    store::{addresses, people},
};

/// Keeps these addresses of the payer and no others.
pub(crate) async fn set_addresses(
    pool: &PgPool,
    payer_id: PayerId,
    wanted: &[PayerAddress],
) -> Result<(), Error> {
    transaction!(pool, "set_addresses", async |tx| -> Result<(), Error> {
        if !people::lock(tx, payer_id).await? {
            return Err(Error::PayerNotFound);
        }
        Ok(addresses::replace(tx, payer_id, wanted).await?)
    })
}
