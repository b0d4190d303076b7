//! What became of operations.

use sqlx::PgPool;

use crate::{
    domain::acquirer::{Key, Outcome},
    error::Error,
    store::acquirer,
};

/// The outcomes in the order asked; `None` for operations never executed.
pub(crate) async fn get_operations(pool: &PgPool, keys: &[Key]) -> Result<Vec<Option<Outcome>>, Error> {
    let mut connection = pool.acquire().await?;
    Ok(acquirer::outcomes(&mut connection, keys).await?)
}
