//! Makes a payer for the test environment.

use chrono::{DateTime, SubsecRound as _, Utc};
use kvitt_audit_log::Entry;
use kvitt_primitives::{Market, MerchantId, PayerId};
use kvitt_runtime::{Action, Caller};
use serde_json::json;
use sqlx::PgConnection;

use super::{App, audit, finish::finish, may_for, only_operator, stored};
use crate::{
    domain::test_user::{MOST_TEST_USERS, TestUser, make_up},
    envelope,
    error::Error,
    store::{
        people,
        test_users::{self as store, State, StoredTestUser},
    },
};

/// So often chance may hit numbers that somebody has.
const MOST_THROWS: usize = 20;

/// The test user to make.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CreateTestUser {
    /// Chosen by whoever asks, so that a repetition is recognised.
    pub(crate) id: PayerId,
    pub(crate) merchant_id: MerchantId,
    /// The merchant's.
    pub(crate) market: Market,
}

/// The test user, ready to pay; the same one again is answered alike. When the wallet is away it stays requested.
pub(crate) async fn create_test_user(
    app: &App,
    caller: &Caller,
    create: CreateTestUser,
    now: DateTime<Utc>,
) -> Result<TestUser, Error> {
    let requested = kvitt_postgres::transaction!(&app.pool, "create_test_user", async |tx| -> Result<
        StoredTestUser,
        Error,
    > {
        may_for(tx, caller, Action::CreateTestData, create.merchant_id).await?;
        app.people.wallet.as_ref().ok_or(Error::NoWallet)?;
        store::lock(tx).await?;
        if let Some(there) = store::find(tx, create.id).await? {
            return again(there, create);
        }
        let enough = store::count(tx, create.merchant_id).await? >= MOST_TEST_USERS;
        if enough && only_operator(caller).is_err() {
            return Err(Error::TooManyTestUsers);
        }
        let user = request(tx, app, create, now).await?;
        let entry = Entry {
            merchant_id: Some(create.merchant_id),
            after: Some(json!({ "country": create.market.code() })),
            ..audit::entry(caller, "test_user.created", format!("test_user:{}", create.id), now)
        };
        kvitt_audit_log::append(tx, &entry).await?;
        Ok(user)
    })?;
    let user = stored::open(app, &requested)?;
    match requested.state {
        State::Ready => {}
        State::Requested => finish(app, &user, now).await?,
    }
    Ok(user)
}

/// What is there, when it is what was asked for.
fn again(there: StoredTestUser, create: CreateTestUser) -> Result<StoredTestUser, Error> {
    let same = there.merchant_id == create.merchant_id && there.country == create.market.code();
    if same { Ok(there) } else { Err(Error::TestUserTaken) }
}

/// Makes somebody up whom nobody is yet, and puts them into the register.
async fn request(
    tx: &mut PgConnection,
    app: &App,
    create: CreateTestUser,
    now: DateTime<Utc>,
) -> Result<StoredTestUser, Error> {
    let CreateTestUser { id, merchant_id, market } = create;
    // As it will be read back.
    let now = now.trunc_subsecs(6);
    for _ in 0..MOST_THROWS {
        let Some(person) = make_up(market, chance()?) else { continue };
        let Some(phone_number) = person.phone_number.clone() else { continue };
        let sealed = app.people.data.seal(&person, id.as_uuid())?;
        if !people::insert(tx, id.as_uuid(), &sealed).await? {
            continue;
        }
        let (national_id, name) = (person.national_id, person.name);
        let user = TestUser { id, merchant_id, market, national_id, phone_number, name, created_at: now };
        let user = stored::seal(app, &user)?;
        store::insert(tx, &user).await?;
        return Ok(user);
    }
    Err(Error::TestUserTaken)
}

fn chance() -> Result<[u64; 4], Error> {
    let bytes = envelope::random::<32>()?;
    let mut words = bytes
        .chunks_exact(8)
        .map(|word| word.iter().fold(0, |number, byte| (number << 8) | u64::from(*byte)));
    Ok(std::array::from_fn(|_| words.next().unwrap_or_default()))
}
