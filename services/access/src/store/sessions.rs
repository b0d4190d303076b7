//! Logins and sessions. Every instant is wall-clock time.

use chrono::{DateTime, Utc};
use kvitt_primitives::{Country, LoginId, UserId};
use sqlx::{PgConnection, Row as _};

#[cfg(feature = "sandbox")]
use super::people;
use crate::{
    domain::login::{LOGIN_LIFE, MOST_SESSIONS, Method, SESSION_IDLE, SESSION_LIFE},
    hashing::Hash,
};

#[cfg(test)]
pub(crate) const STATEMENTS: &[&str] = &[
    INSERT_LOGIN,
    END_LOGIN,
    DELETE_LOGINS,
    DELETE_OLDEST,
    INSERT,
    USE,
    END,
    END_OTHERS,
    DELETE_EXPIRED,
    DELETE_IDLE,
];

const INSERT_LOGIN: &str = "
    INSERT INTO logins (login_id, country, method, expires_at, ended) VALUES ($1, $2, $3, $4, FALSE)";

#[cfg(any(test, feature = "sandbox"))]
const END_LOGIN: &str = "
    UPDATE logins SET ended = TRUE WHERE login_id = $1 AND NOT ended AND expires_at > $2 RETURNING country";

const DELETE_LOGINS: &str = "
    DELETE FROM logins WHERE login_id IN (SELECT login_id FROM logins WHERE expires_at <= $1 LIMIT $2)";

/// Those that are too many when there is one more.
const DELETE_OLDEST: &str = "
    DELETE FROM sessions WHERE secret_hash IN (
        SELECT secret_hash FROM sessions WHERE user_id = $1 ORDER BY created_at DESC OFFSET $2
    )";

const INSERT: &str = "
    INSERT INTO sessions (secret_hash, user_id, created_at, last_used_at, expires_at)
    VALUES ($1, $2, $3, $3, $4)";

const USE: &str = "
    UPDATE sessions SET last_used_at = GREATEST(last_used_at, $2)
    WHERE secret_hash = $1 AND expires_at > $2 AND last_used_at > $3
    RETURNING user_id";

const END: &str = "
    DELETE FROM sessions WHERE secret_hash = $1 RETURNING user_id";

const END_OTHERS: &str = "DELETE FROM sessions WHERE user_id = $1 AND secret_hash <> $2";

const DELETE_EXPIRED: &str = "
    DELETE FROM sessions
    WHERE secret_hash IN (SELECT secret_hash FROM sessions WHERE expires_at <= $1 LIMIT $2)";

const DELETE_IDLE: &str = "
    DELETE FROM sessions
    WHERE secret_hash IN (SELECT secret_hash FROM sessions WHERE last_used_at <= $1 LIMIT $2)";

/// Begins a login; answers when it ends by itself.
pub(crate) async fn begin_login(
    tx: &mut PgConnection,
    login_id: LoginId,
    (country, method): (Country, Method),
    wall: DateTime<Utc>,
) -> Result<DateTime<Utc>, sqlx::Error> {
    let expires_at = wall + LOGIN_LIFE;
    sqlx::query(INSERT_LOGIN)
        .bind(login_id.as_uuid())
        .bind(country.code())
        .bind(method.code())
        .bind(expires_at)
        .execute(tx)
        .await?;
    Ok(expires_at)
}

/// Ends a living login, once; answers its country.
#[cfg(feature = "sandbox")]
pub(crate) async fn end_login(
    tx: &mut PgConnection,
    login_id: LoginId,
    wall: DateTime<Utc>,
) -> Result<Option<Country>, sqlx::Error> {
    let row = sqlx::query(END_LOGIN).bind(login_id.as_uuid()).bind(wall).fetch_optional(tx).await?;
    row.map(|row| people::country(&row)).transpose()
}

/// Starts a session; the oldest of too many gives way. Answers when it ends at the latest.
pub(crate) async fn start(
    tx: &mut PgConnection,
    secret: &Hash,
    user_id: UserId,
    wall: DateTime<Utc>,
) -> Result<DateTime<Utc>, sqlx::Error> {
    let expires_at = wall + SESSION_LIFE;
    let others = MOST_SESSIONS - 1;
    sqlx::query(DELETE_OLDEST).bind(user_id.as_uuid()).bind(others).execute(&mut *tx).await?;
    sqlx::query(INSERT)
        .bind(secret.as_bytes())
        .bind(user_id.as_uuid())
        .bind(wall)
        .bind(expires_at)
        .execute(tx)
        .await?;
    Ok(expires_at)
}

/// Whose living session this is; it is not idle from now.
pub(crate) async fn touch(
    tx: &mut PgConnection,
    secret: &Hash,
    wall: DateTime<Utc>,
) -> Result<Option<UserId>, sqlx::Error> {
    let query = sqlx::query(USE).bind(secret.as_bytes()).bind(wall).bind(wall - SESSION_IDLE);
    let row = query.fetch_optional(tx).await?;
    row.map(|row| row.try_get("user_id").map(UserId::from_uuid)).transpose()
}

/// Ends a session; answers whose it was.
pub(crate) async fn end(tx: &mut PgConnection, secret: &Hash) -> Result<Option<UserId>, sqlx::Error> {
    let row = sqlx::query(END).bind(secret.as_bytes()).fetch_optional(tx).await?;
    row.map(|row| row.try_get("user_id").map(UserId::from_uuid)).transpose()
}

/// Ends the other sessions of a user.
pub(crate) async fn end_others(
    tx: &mut PgConnection,
    user_id: UserId,
    secret: &Hash,
) -> Result<(), sqlx::Error> {
    sqlx::query(END_OTHERS).bind(user_id.as_uuid()).bind(secret.as_bytes()).execute(tx).await?;
    Ok(())
}

/// Deletes at most `limit` logins, and twice as many sessions, that have ended by themselves; answers how many.
pub(crate) async fn delete_ended(
    tx: &mut PgConnection,
    wall: DateTime<Utc>,
    limit: i64,
) -> Result<u64, sqlx::Error> {
    let mut deleted = 0;
    for (statement, before) in
        [(DELETE_LOGINS, wall), (DELETE_EXPIRED, wall), (DELETE_IDLE, wall - SESSION_IDLE)]
    {
        deleted += sqlx::query(statement).bind(before).bind(limit).execute(&mut *tx).await?.rows_affected();
    }
    Ok(deleted)
}
