//! Reads a merchant.

use kvitt_primitives::MerchantId;
use sqlx::PgPool;

use super::Error;
use crate::{domain::Merchant, store};

/// The merchant with this id.
pub(crate) async fn get_merchant(pool: &PgPool, id: MerchantId) -> Result<Merchant, Error> {
    let mut connection = pool.acquire().await?;
    store::find_merchant(&mut connection, id).await?.ok_or(Error::MerchantNotFound)
}
