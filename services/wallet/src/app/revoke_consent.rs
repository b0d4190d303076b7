//! Takes a consent back.

use chrono::{DateTime, Utc};
use kvitt_primitives::{Msn, PayerId};
use sqlx::PgPool;

use crate::{
    error::Error,
    store::{consents, payers},
};

/// Nothing that was shared with the sales unit so far is readable from now on, and the unit is to be told. Taking back what is
/// not there is harmless.
pub(crate) async fn revoke_consent(
    pool: &PgPool,
    payer_id: PayerId,
    msn: &Msn,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let mut connection = pool.acquire().await?;
    payers::find(&mut connection, payer_id).await?.ok_or(Error::PayerNotFound)?;
    Ok(consents::revoke(&mut connection, payer_id, Some(msn), now).await?)
}
