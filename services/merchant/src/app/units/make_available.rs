//! Lets units be there whose time has come.

use chrono::{DateTime, Utc};
use sqlx::PgPool;

use crate::{
    app::Error,
    store::{due, revision},
};

/// Most units in one transaction.
const AT_ONCE: i64 = 500;

/// Every unit that shall be there by now is, from now on; answers how many came.
pub(crate) async fn make_available(pool: &PgPool, now: DateTime<Utc>) -> Result<usize, Error> {
    let mut count = 0;
    loop {
        let due = {
            let mut connection = pool.acquire().await?;
            due::units_to_make_available(&mut connection, now, AT_ONCE).await?
        };
        if due.is_empty() {
            return Ok(count);
        }
        count += kvitt_postgres::transaction!(pool, "make_available", async |tx| -> Result<usize, Error> {
            let revision = revision::advance(tx).await?;
            due::make_available(tx, &due, revision).await?;
            Ok(due.len())
        })?;
    }
}
