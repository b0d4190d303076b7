//! Registers a merchant.

use chrono::{DateTime, Utc};
use sqlx::PgPool;

use super::Error;
use crate::{domain::Merchant, store};

/// Stores the merchant, once; the same merchant again is answered alike.
pub(crate) async fn create_merchant(
    pool: &PgPool,
    merchant: &Merchant,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    kvitt_postgres::transaction!(pool, "create_merchant", async |tx| -> Result<(), Error> {
        if store::insert_merchant(tx, merchant, now).await? {
            return Ok(());
        }
        let stored = store::find_merchant(tx, merchant.id).await?;
        if stored.as_ref() == Some(merchant) { Ok(()) } else { Err(Error::MerchantExists) }
    })
}
