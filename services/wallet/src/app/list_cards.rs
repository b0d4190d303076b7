//! A payer's cards with their balances.

use kvitt_primitives::PayerId;
use sqlx::PgPool;

use crate::{domain::payer::Card, error::Error, store::payers};

/// The cards in the order in which they are tried.
pub(crate) async fn list_cards(pool: &PgPool, payer_id: PayerId) -> Result<Vec<Card>, Error> {
    let mut connection = pool.acquire().await?;
    payers::find(&mut connection, payer_id).await?.ok_or(Error::PayerNotFound)?;
    Ok(payers::list_cards(&mut connection, payer_id).await?)
}
