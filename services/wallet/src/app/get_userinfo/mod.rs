//! What a sales unit may know of a payer whom it knows by name.

use chrono::{DateTime, Utc};
use kvitt_primitives::{ConsentId, Msn, Sub};
use sqlx::PgPool;

use super::get_shared_details::load_person;
use crate::{
    domain::consent::{Details, Scopes},
    error::Error,
    store::consents,
};

/// What was consented to, and what follows from it now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Userinfo {
    pub(crate) consent_id: ConsentId,
    /// None when everything is too old to be read.
    pub(crate) details: Option<Details>,
    pub(crate) scopes: Scopes,
}

/// Everything that the payer of this name shares with the sales unit, as it is now. A unit that knows nobody by the name is
/// told the same as one whose payer took the consent back.
pub(crate) async fn get_userinfo(
    pool: &PgPool,
    msn: &Msn,
    sub: Sub,
    now: DateTime<Utc>,
) -> Result<Userinfo, Error> {
    let mut connection = pool.acquire().await?;
    let consents =
        consents::find_by_sub(&mut connection, msn, sub, now).await?.ok_or(Error::NothingShared)?;
    let person = load_person(&mut connection, consents.payer_id).await?;
    let details = consents.readable.map(|scopes| Details::of(&person, &scopes));
    Ok(Userinfo { consent_id: consents.consent_id, details, scopes: consents.scopes })
}

#[cfg(test)]
mod tests;
