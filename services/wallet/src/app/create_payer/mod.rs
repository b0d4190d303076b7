//! Registers a payer with cards.

use chrono::{DateTime, Utc};
use kvitt_postgres::{transaction, violated_constraint};
use sqlx::PgPool;

use crate::{domain::payer::Registration, error::Error, store::payers};

/// Stores the payer; the same registration again is harmless, another under a taken name is refused.
pub(crate) async fn create_payer(
    pool: &PgPool,
    registration: &Registration,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    transaction!(pool, "create_payer", async |tx| -> Result<(), Error> {
        let inserted = payers::insert(tx, registration, now).await.map_err(taken)?;
        if inserted {
            return Ok(());
        }
        let stored = payers::find_registration(tx, registration.person.payer.payer_id).await?;
        let repeated = stored.is_some_and(|stored| stored.is_repeated_by(registration));
        if repeated { Ok(()) } else { Err(Error::PayerExists) }
    })
}

fn taken(error: sqlx::Error) -> Error {
    match violated_constraint(&error) {
        Some(payers::CARD_ID_TAKEN) => Error::PayerExists,
        Some(_) | None => Error::Store(error),
    }
}

#[cfg(test)]
mod tests;
