//! Blocks, deletes or readmits a payer.

use chrono::{DateTime, Utc};
use kvitt_postgres::{transaction, violated_constraint};
use kvitt_primitives::PayerId;
use sqlx::PgPool;

use crate::{
    domain::payer::Status,
    error::Error,
    store::{consents, payers, people},
};

/// Gives the payer this status. Whoever leaves takes every consent back, and their phone number is free for another; they
/// come back only as long as nobody else has it.
pub(crate) async fn set_payer_status(
    pool: &PgPool,
    payer_id: PayerId,
    status: Status,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    transaction!(pool, "set_payer_status", async |tx| -> Result<(), Error> {
        if !people::set_status(tx, payer_id, status).await.map_err(taken)? {
            return Err(Error::PayerNotFound);
        }
        if status == Status::Deleted {
            consents::revoke(tx, payer_id, None, now).await?;
        }
        Ok(())
    })
}

fn taken(error: sqlx::Error) -> Error {
    match violated_constraint(&error) {
        Some(payers::PHONE_NUMBER_TAKEN) => Error::PayerExists,
        Some(_) | None => Error::Store(error),
    }
}
