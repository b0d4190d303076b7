//! With whom a payer shares data.

use kvitt_primitives::PayerId;
use sqlx::PgPool;

use crate::{
    domain::consent::Consent,
    error::Error,
    store::{consents, payers},
};

/// Most consents that are listed.
const MAX_CONSENTS: i64 = 1_000;

/// The payer's consents, one for each sales unit, newest first. Those that are too old to be read are among them: they
/// stand until they are taken back.
pub(crate) async fn list_consents(pool: &PgPool, payer_id: PayerId) -> Result<Vec<Consent>, Error> {
    let mut connection = pool.acquire().await?;
    payers::find(&mut connection, payer_id).await?.ok_or(Error::PayerNotFound)?;
    Ok(consents::list(&mut connection, payer_id, MAX_CONSENTS).await?)
}
