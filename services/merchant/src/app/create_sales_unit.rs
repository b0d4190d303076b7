//! Opens a sales unit.

use chrono::{DateTime, Utc};
use sqlx::PgPool;

use super::Error;
use crate::{domain::SalesUnit, store};

/// Stores the sales unit, once; the same unit again is answered alike.
pub(crate) async fn create_sales_unit(
    pool: &PgPool,
    unit: &SalesUnit,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    kvitt_postgres::transaction!(pool, "create_sales_unit", async |tx| -> Result<(), Error> {
        let revision = store::revision::advance(tx).await?;
        if store::insert_sales_unit(tx, unit, revision, now).await.map_err(meaning)? {
            return Ok(());
        }
        let stored = store::find_sales_unit(tx, &unit.msn).await?;
        if stored.is_some_and(|stored| stored.value == *unit) { Ok(()) } else { Err(Error::SalesUnitExists) }
    })
}

fn meaning(error: sqlx::Error) -> Error {
    if kvitt_postgres::violated_constraint(&error) == Some(store::UNIT_OF_UNKNOWN_MERCHANT) {
        Error::MerchantNotFound
    } else {
        Error::Database(error)
    }
}
