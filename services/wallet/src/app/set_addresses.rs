//! Says where a payer lives.

use kvitt_postgres::transaction;
use kvitt_primitives::PayerId;
use sqlx::PgPool;

use crate::{
    domain::person::PayerAddress,
    error::Error,
    store::{addresses, people, shipping_quotes},
};

/// Keeps these addresses of the payer and no others. What was offered for the ones before holds no more: an id may stand for
/// another place now.
pub(crate) async fn set_addresses(
    pool: &PgPool,
    payer_id: PayerId,
    wanted: &[PayerAddress],
) -> Result<(), Error> {
    transaction!(pool, "set_addresses", async |tx| -> Result<(), Error> {
        if !people::lock(tx, payer_id).await? {
            return Err(Error::PayerNotFound);
        }
        addresses::replace(tx, payer_id, wanted).await?;
        Ok(shipping_quotes::forget(tx, payer_id).await?)
    })
}
