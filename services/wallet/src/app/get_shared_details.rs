//! What was shared with the merchant of one payment.

use chrono::{DateTime, Utc};
use kvitt_primitives::{PayerId, Sub};
use sqlx::{PgConnection, PgPool};

use crate::{
    domain::{
        consent::Details,
        inbox::Key,
        payer::Status,
        person::{Address, Person},
    },
    error::Error,
    store::{consents, people},
};

/// What a merchant may know of who paid, and where the goods go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SharedDetails {
    pub(crate) details: Details,
    /// Of an Express payment.
    pub(crate) shipping_address: Option<Address>,
}

/// What the payer of this name agreed to share with the merchant of a payment, as it is now; the shipping address as it was
/// given.
pub(crate) async fn get_shared_details(
    pool: &PgPool,
    key: &Key,
    sub: Sub,
    now: DateTime<Utc>,
) -> Result<SharedDetails, Error> {
    let mut connection = pool.acquire().await?;
    let given = consents::find_given(&mut connection, key, sub, now).await?.ok_or(Error::NothingShared)?;
    let person = load_person(&mut connection, given.payer_id).await?;
    let details = Details::of(&person, &given.scopes);
    Ok(SharedDetails { details, shipping_address: given.shipping_address })
}

/// Whoever has left shares nothing, even where a consent was given at the same moment.
pub(super) async fn load_person(connection: &mut PgConnection, payer_id: PayerId) -> Result<Person, Error> {
    let person = people::find(connection, payer_id).await?;
    person.filter(|person| person.payer.status != Status::Deleted).ok_or(Error::NothingShared)
}
