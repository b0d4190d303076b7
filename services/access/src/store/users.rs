//! Users: their personal data sealed, and found by keyed hashes.

use chrono::{DateTime, Utc};
use kvitt_primitives::{Country, UserId};
use sqlx::{PgConnection, Row as _, postgres::PgRow};

use super::people::{self, SealedPerson};
use crate::hashing::Hash;

/// The unique key that says: another user of the country signs in with this address.
pub(crate) const EMAIL_OF_ANOTHER_USER: &str = "users_email_key";

#[cfg(test)]
pub(crate) const STATEMENTS: &[&str] = &[
    INSERT,
    SELECT,
    LOCK,
    LOCK_BY_NATIONAL_ID,
    SELECT_PASSWORD,
    ACTIVATE,
    SET_PASSWORD,
    STAMP,
    SIGN_UP,
    SELECT_SIGNED_UP,
    FORGET,
    FORGET_SESSIONS,
    FORGET_MEMBERSHIPS,
];

const INSERT: &str = "
    INSERT INTO users
        (user_id, country, name, national_id_sealed, national_id_index, phone_sealed, phone_index, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    ON CONFLICT (country, national_id_index) DO NOTHING";

const SELECT: &str = "
    SELECT user_id, country, name, activated_at FROM users WHERE user_id = $1 AND name IS NOT NULL";

const LOCK: &str = "
    SELECT user_id, country, name, activated_at FROM users
    WHERE user_id = $1 AND name IS NOT NULL
    FOR UPDATE";

const LOCK_BY_NATIONAL_ID: &str = "
    SELECT user_id, country, name, activated_at FROM users
    WHERE country = $1 AND national_id_index = $2
    FOR UPDATE";

const SELECT_PASSWORD: &str = "
    SELECT user_id, password_hash FROM users
    WHERE country = $1 AND email_index = $2 AND password_hash IS NOT NULL";

const ACTIVATE: &str = "UPDATE users SET activated_at = $2 WHERE user_id = $1 AND activated_at IS NULL";

const SET_PASSWORD: &str = "
    UPDATE users SET email_sealed = $2, email_index = $3, password_hash = $4 WHERE user_id = $1";

const STAMP: &str = "UPDATE users SET changed_revision = $2 WHERE user_id = $1";

#[cfg(any(test, feature = "sandbox"))]
const SIGN_UP: &str = "UPDATE users SET signed_up = TRUE WHERE user_id = $1";

const SELECT_SIGNED_UP: &str = "SELECT signed_up FROM users WHERE user_id = $1";

const FORGET: &str = "
    UPDATE users
    SET country = NULL, name = NULL, national_id_sealed = NULL, national_id_index = NULL, phone_sealed = NULL,
        phone_index = NULL, email_sealed = NULL, email_index = NULL, password_hash = NULL, activated_at = NULL,
        signed_up = FALSE, changed_revision = $2
    WHERE user_id = $1";

const FORGET_SESSIONS: &str = "DELETE FROM sessions WHERE user_id = $1";

const FORGET_MEMBERSHIPS: &str = "DELETE FROM memberships WHERE user_id = $1";

/// A user as far as anybody is told. There is no Debug: a name is personal data.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct StoredUser {
    pub(crate) user_id: UserId,
    pub(crate) country: Country,
    pub(crate) name: String,
    pub(crate) activated_at: Option<DateTime<Utc>>,
}

/// A password as it is kept: whose, and its slow hash.
pub(crate) struct StoredPassword {
    pub(crate) user_id: UserId,
    pub(crate) hash: String,
}

/// Whether the user was stored; `false` when somebody has this national id.
pub(crate) async fn insert(
    tx: &mut PgConnection,
    user_id: UserId,
    person: &SealedPerson,
    now: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(INSERT)
        .bind(user_id.as_uuid())
        .bind(person.country.code())
        .bind(&person.name)
        .bind(&person.national_id.sealed)
        .bind(person.national_id.index.as_bytes())
        .bind(person.phone.as_ref().map(|phone| phone.sealed.as_slice()))
        .bind(person.phone.as_ref().map(|phone| phone.index.as_bytes()))
        .bind(now)
        .execute(tx)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// The user, unless they have been forgotten.
pub(crate) async fn find(tx: &mut PgConnection, user_id: UserId) -> Result<Option<StoredUser>, sqlx::Error> {
    let row = sqlx::query(SELECT).bind(user_id.as_uuid()).fetch_optional(tx).await?;
    row.map(|row| user(&row)).transpose()
}

/// Like [`find`]; until the transaction ends nobody forgets the user.
pub(crate) async fn lock(tx: &mut PgConnection, user_id: UserId) -> Result<Option<StoredUser>, sqlx::Error> {
    let row = sqlx::query(LOCK).bind(user_id.as_uuid()).fetch_optional(tx).await?;
    row.map(|row| user(&row)).transpose()
}

/// Like [`lock`], by national id.
pub(crate) async fn lock_by_national_id(
    tx: &mut PgConnection,
    country: Country,
    index: &Hash,
) -> Result<Option<StoredUser>, sqlx::Error> {
    let query = sqlx::query(LOCK_BY_NATIONAL_ID).bind(country.code()).bind(index.as_bytes());
    query.fetch_optional(tx).await?.map(|row| user(&row)).transpose()
}

/// The password of whoever signs in with this address.
pub(crate) async fn find_password(
    tx: &mut PgConnection,
    country: Country,
    email: &Hash,
) -> Result<Option<StoredPassword>, sqlx::Error> {
    let query = sqlx::query(SELECT_PASSWORD).bind(country.code()).bind(email.as_bytes());
    let row = query.fetch_optional(tx).await?;
    row.map(|row| {
        let user_id = UserId::from_uuid(row.try_get("user_id")?);
        Ok(StoredPassword { user_id, hash: row.try_get("password_hash")? })
    })
    .transpose()
}

/// Whether this was the user's first login.
pub(crate) async fn activate(
    tx: &mut PgConnection,
    user_id: UserId,
    now: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(ACTIVATE).bind(user_id.as_uuid()).bind(now).execute(tx).await?;
    Ok(done.rows_affected() == 1)
}

/// Sets what the user signs in with.
pub(crate) async fn set_password(
    tx: &mut PgConnection,
    user_id: UserId,
    email: &people::Sealed,
    hash: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query(SET_PASSWORD)
        .bind(user_id.as_uuid())
        .bind(&email.sealed)
        .bind(email.index.as_bytes())
        .bind(hash)
        .execute(tx)
        .await?;
    Ok(())
}

/// Tells whoever remembers what the user may do that it has changed.
pub(crate) async fn stamp(tx: &mut PgConnection, user_id: UserId, revision: i64) -> Result<(), sqlx::Error> {
    sqlx::query(STAMP).bind(user_id.as_uuid()).bind(revision).execute(tx).await?;
    Ok(())
}

/// Deletes everything about the user but the id. The row first: a login that holds it has made its session by then.
pub(crate) async fn forget(tx: &mut PgConnection, user_id: UserId, revision: i64) -> Result<(), sqlx::Error> {
    sqlx::query(FORGET).bind(user_id.as_uuid()).bind(revision).execute(&mut *tx).await?;
    for statement in [FORGET_SESSIONS, FORGET_MEMBERSHIPS] {
        sqlx::query(statement).bind(user_id.as_uuid()).execute(&mut *tx).await?;
    }
    Ok(())
}

/// Notes that a user came by themselves.
#[cfg(feature = "sandbox")]
pub(crate) async fn sign_up(tx: &mut PgConnection, user_id: UserId) -> Result<(), sqlx::Error> {
    sqlx::query(SIGN_UP).bind(user_id.as_uuid()).execute(tx).await.map(|_| ())
}

/// Whether the user came by themselves.
pub(crate) async fn signed_up(tx: &mut PgConnection, user_id: UserId) -> Result<bool, sqlx::Error> {
    let row = sqlx::query(SELECT_SIGNED_UP).bind(user_id.as_uuid()).fetch_optional(tx).await?;
    row.map_or(Ok(false), |row| row.try_get("signed_up"))
}

pub(super) fn user(row: &PgRow) -> Result<StoredUser, sqlx::Error> {
    Ok(StoredUser {
        user_id: UserId::from_uuid(row.try_get("user_id")?),
        country: people::country(row)?,
        name: row.try_get("name")?,
        activated_at: row.try_get("activated_at")?,
    })
}
