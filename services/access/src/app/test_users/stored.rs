//! Test users as they are stored, and as they are.

use kvitt_primitives::{Country, Market};

use super::App;
use crate::{
    domain::{person::PersonName, test_user::TestUser},
    error::Error,
    store::test_users::{State, StoredTestUser},
};

/// The test user, sealed.
pub(super) fn seal(app: &App, user: &TestUser) -> Result<StoredTestUser, Error> {
    let (data, owner) = (&app.people.data, user.id.as_uuid());
    Ok(StoredTestUser {
        id: user.id,
        merchant_id: user.merchant_id,
        country: user.market.code().to_owned(),
        national_id_sealed: data.seal_national_id(&user.national_id, owner)?,
        phone_sealed: data.seal_phone(&user.phone_number, owner)?,
        name: user.name.as_str().to_owned(),
        created_at: user.created_at,
        state: State::Requested,
    })
}

/// The test user that is stored.
pub(super) fn open(app: &App, stored: &StoredTestUser) -> Result<TestUser, Error> {
    let (data, owner) = (&app.people.data, stored.id.as_uuid());
    let unreadable = |invalid: kvitt_primitives::Invalid| sqlx::Error::Decode(invalid.into());
    let market: Market = stored.country.parse().map_err(unreadable)?;
    Ok(TestUser {
        id: stored.id,
        merchant_id: stored.merchant_id,
        market,
        national_id: data.open_national_id(Country::from(market), &stored.national_id_sealed, owner)?,
        phone_number: data.open_phone(&stored.phone_sealed, owner)?,
        name: PersonName::try_new(stored.name.clone()).map_err(unreadable)?,
        created_at: stored.created_at,
    })
}
