//! Test users. Their numbers are sealed like everybody's: nobody shall have to tell them apart.

use chrono::{DateTime, Utc};
use kvitt_primitives::{MerchantId, PayerId};
use sqlx::{PgConnection, Row as _, postgres::PgRow};
use uuid::Uuid;

#[cfg(test)]
pub(crate) const STATEMENTS: &[&str] =
    &[LOCK, COUNT, INSERT, SELECT, SELECT_READY, SELECT_REQUESTED, SET_READY, DELETE];

/// Whoever makes a test user waits for the one before, so that they can be counted. Reading goes on.
const LOCK: &str = "LOCK TABLE test_users IN SHARE ROW EXCLUSIVE MODE";

const COUNT: &str = "SELECT count(*) AS count FROM test_users WHERE merchant_id = $1";

const INSERT: &str = "
    INSERT INTO test_users
        (test_user_id, merchant_id, country, national_id_sealed, phone_sealed, name, created_at, state)
    VALUES ($1, $2, $3, $4, $5, $6, $7, 'requested')";

const SELECT: &str = "
    SELECT test_user_id, merchant_id, country, national_id_sealed, phone_sealed, name, created_at, state
    FROM test_users
    WHERE test_user_id = $1";

const SELECT_READY: &str = "
    SELECT test_user_id, merchant_id, country, national_id_sealed, phone_sealed, name, created_at, state
    FROM test_users
    WHERE merchant_id = $1 AND state = 'ready'
    ORDER BY created_at, test_user_id
    LIMIT $2";

const SELECT_REQUESTED: &str = "
    SELECT test_user_id, merchant_id, country, national_id_sealed, phone_sealed, name, created_at, state
    FROM test_users
    WHERE state = 'requested' AND (created_at, test_user_id) > ($1, $2)
    ORDER BY created_at, test_user_id
    LIMIT $3";

const SET_READY: &str = "UPDATE test_users SET state = 'ready' WHERE test_user_id = $1";

const DELETE: &str = "DELETE FROM test_users WHERE test_user_id = $1 AND state = 'requested'";

/// Whether the wallet has the payer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Requested,
    Ready,
}

/// A test user as stored.
#[derive(Clone)]
pub(crate) struct StoredTestUser {
    pub(crate) id: PayerId,
    pub(crate) merchant_id: MerchantId,
    /// ISO country code.
    pub(crate) country: String,
    pub(crate) national_id_sealed: Vec<u8>,
    pub(crate) phone_sealed: Vec<u8>,
    pub(crate) name: String,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) state: State,
}

/// From here until the transaction ends nobody else makes a test user.
pub(crate) async fn lock(tx: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query(LOCK).execute(tx).await?;
    Ok(())
}

/// How many test users the merchant has, ready or not.
pub(crate) async fn count(tx: &mut PgConnection, merchant_id: MerchantId) -> Result<i64, sqlx::Error> {
    sqlx::query(COUNT).bind(merchant_id.as_uuid()).fetch_one(tx).await?.try_get("count")
}

/// Stores a test user as requested.
pub(crate) async fn insert(tx: &mut PgConnection, user: &StoredTestUser) -> Result<(), sqlx::Error> {
    sqlx::query(INSERT)
        .bind(user.id.as_uuid())
        .bind(user.merchant_id.as_uuid())
        .bind(&user.country)
        .bind(&user.national_id_sealed)
        .bind(&user.phone_sealed)
        .bind(&user.name)
        .bind(user.created_at)
        .execute(tx)
        .await?;
    Ok(())
}

pub(crate) async fn find(tx: &mut PgConnection, id: PayerId) -> Result<Option<StoredTestUser>, sqlx::Error> {
    let row = sqlx::query(SELECT).bind(id.as_uuid()).fetch_optional(tx).await?;
    row.map(|row| test_user(&row)).transpose()
}

/// The first `limit` ready test users of a merchant, oldest first.
pub(crate) async fn list_ready(
    tx: &mut PgConnection,
    merchant_id: MerchantId,
    limit: i64,
) -> Result<Vec<StoredTestUser>, sqlx::Error> {
    let query = sqlx::query(SELECT_READY).bind(merchant_id.as_uuid()).bind(limit);
    query.fetch_all(tx).await?.iter().map(test_user).collect()
}

/// The first `limit` test users, behind one where it is given, that the wallet does not have yet.
pub(crate) async fn list_requested(
    tx: &mut PgConnection,
    after: Option<&StoredTestUser>,
    limit: i64,
) -> Result<Vec<StoredTestUser>, sqlx::Error> {
    let query = sqlx::query(SELECT_REQUESTED)
        .bind(after.map_or(DateTime::UNIX_EPOCH, |after| after.created_at))
        .bind(after.map_or(Uuid::nil(), |after| after.id.as_uuid()))
        .bind(limit);
    query.fetch_all(tx).await?.iter().map(test_user).collect()
}

/// The wallet has the payer.
pub(crate) async fn set_ready(tx: &mut PgConnection, id: PayerId) -> Result<(), sqlx::Error> {
    sqlx::query(SET_READY).bind(id.as_uuid()).execute(tx).await?;
    Ok(())
}

/// Takes a test user back whom the wallet cannot have; `false` when they have been already.
pub(crate) async fn delete(tx: &mut PgConnection, id: PayerId) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(DELETE).bind(id.as_uuid()).execute(tx).await?;
    Ok(done.rows_affected() == 1)
}

fn test_user(row: &PgRow) -> Result<StoredTestUser, sqlx::Error> {
    let state = match row.try_get("state")? {
        "requested" => State::Requested,
        "ready" => State::Ready,
        _ => return Err(sqlx::Error::Decode("a state that nobody knows".into())),
    };
    Ok(StoredTestUser {
        id: PayerId::from_uuid(row.try_get("test_user_id")?),
        merchant_id: MerchantId::from_uuid(row.try_get("merchant_id")?),
        country: row.try_get("country")?,
        national_id_sealed: row.try_get("national_id_sealed")?,
        phone_sealed: row.try_get("phone_sealed")?,
        name: row.try_get("name")?,
        created_at: row.try_get("created_at")?,
        state,
    })
}
