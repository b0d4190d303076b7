//! Sessions as merchants and payers see them.

use chrono::{DateTime, TimeDelta, Utc};
use kvitt_primitives::{IdempotencyKey, Invalid, Msn};
use sqlx::{PgConnection, Row as _, postgres::PgRow, types::Json};

use crate::domain::{Key, READABLE, Session, SessionId, State, Token};

/// The key of the sales unit's references.
pub(crate) const REFERENCE_KEY: &str = "sessions_pkey";
/// The key of the sales unit's idempotency keys.
pub(crate) const IDEMPOTENCY_KEY: &str = "sessions_idempotency_key_key";
/// What bounds everything that is said of a session together.
pub(crate) const SIZE: &str = "sessions_size";

/// How long after its payment began a session is first looked at.
const FIRST_LOOK: TimeDelta = TimeDelta::seconds(1);

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] =
    &[INSERT, SELECT, SELECT_TO_CHANGE, SELECT_BY_TOKEN, SELECT_BY_KEY, UPDATE];

const INSERT: &str = "
    INSERT INTO sessions
        (msn, reference, session_id, token, idempotency_key, request_hash, state, terms, payer, starts, created_at,
         expires_at, looks, callback, callback_attempts)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 0, 'none', 0)";

macro_rules! select {
    ($which:literal) => {
        concat!(
            "
    SELECT msn, reference, session_id, token, request_hash, state, terms, payer, starts, created_at, expires_at, ended_at
    FROM sessions
    WHERE forgotten_at IS NULL AND msn = $1 AND ",
            $which
        )
    };
}

const SELECT: &str = select!("reference = $2");

const SELECT_TO_CHANGE: &str = select!("reference = $2 FOR UPDATE");

const SELECT_BY_TOKEN: &str = select!("token = $2");

const SELECT_BY_KEY: &str = select!("idempotency_key = $2");

/// The end of a session makes the merchant's callback due.
const UPDATE: &str = "
    UPDATE sessions
    SET state = $3, terms = $4, payer = $5, starts = $6, ended_at = $7, forget_at = $8,
        look_at = CASE WHEN $3 = 'initiated' THEN COALESCE(look_at, $9) END,
        looks = CASE WHEN $3 = 'initiated' THEN looks ELSE 0 END,
        callback = CASE WHEN $7::timestamptz IS NULL THEN 'none' ELSE 'due' END,
        callback_at = $7
    WHERE msn = $1 AND reference = $2";

/// Under which name, and for which request, a session is opened.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) key: Option<IdempotencyKey>,
    pub(crate) hash: [u8; 32],
}

/// Stores a new session. A violation of [`REFERENCE_KEY`] or [`IDEMPOTENCY_KEY`] has its meaning.
pub(crate) async fn insert(
    tx: &mut PgConnection,
    session: &Session,
    asked: &Asked,
) -> Result<(), sqlx::Error> {
    sqlx::query(INSERT)
        .bind(session.key.msn.as_str())
        .bind(session.key.reference.as_str())
        .bind(session.id.0)
        .bind(session.token.expose())
        .bind(asked.key.as_ref().map(IdempotencyKey::as_str))
        .bind(asked.hash.as_slice())
        .bind(session.state.code())
        .bind(Json(&session.terms))
        .bind(Json(&session.payer))
        .bind(session.starts)
        .bind(session.created_at)
        .bind(session.expires_at)
        .execute(tx)
        .await
        .map(|_| ())
}

/// The session, if it is known and not forgotten.
pub(crate) async fn find(tx: &mut PgConnection, key: &Key) -> Result<Option<Session>, sqlx::Error> {
    find_by(tx, SELECT, &key.msn, key.reference.as_str()).await
}

/// The same, for whoever changes it: nobody else does until the transaction ends.
pub(crate) async fn find_to_change(tx: &mut PgConnection, key: &Key) -> Result<Option<Session>, sqlx::Error> {
    find_by(tx, SELECT_TO_CHANGE, &key.msn, key.reference.as_str()).await
}

/// The session that a token opens.
pub(crate) async fn find_by_token(
    tx: &mut PgConnection,
    msn: &Msn,
    token: &Token,
) -> Result<Option<Session>, sqlx::Error> {
    find_by(tx, SELECT_BY_TOKEN, msn, token.expose()).await
}

/// What was opened under an idempotency key, and the hash of the request.
pub(crate) async fn find_by_key(
    tx: &mut PgConnection,
    msn: &Msn,
    key: &IdempotencyKey,
) -> Result<Option<(Session, Vec<u8>)>, sqlx::Error> {
    let row = sqlx::query(SELECT_BY_KEY).bind(msn.as_str()).bind(key.as_str()).fetch_optional(tx).await?;
    row.map(|row| Ok((session(&row)?, row.try_get("request_hash")?))).transpose()
}

/// Stores what may change of a session that was open, or that waited for its payment.
pub(crate) async fn update(
    tx: &mut PgConnection,
    session: &Session,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query(UPDATE)
        .bind(session.key.msn.as_str())
        .bind(session.key.reference.as_str())
        .bind(session.state.code())
        .bind(Json(&session.terms))
        .bind(Json(&session.payer))
        .bind(session.starts)
        .bind(session.ended_at)
        .bind(session.ended_at.map(|at| at + READABLE))
        .bind(now + FIRST_LOOK)
        .execute(tx)
        .await
        .map(|_| ())
}

async fn find_by(
    tx: &mut PgConnection,
    statement: &'static str,
    msn: &Msn,
    name: &str,
) -> Result<Option<Session>, sqlx::Error> {
    let row = sqlx::query(statement).bind(msn.as_str()).bind(name).fetch_optional(tx).await?;
    row.as_ref().map(session).transpose()
}

/// The key of a row.
pub(super) fn key(row: &PgRow) -> Result<Key, sqlx::Error> {
    let reference = valid(row.try_get::<&str, _>("reference")?.parse())?;
    Ok(Key { msn: valid(row.try_get::<&str, _>("msn")?.parse())?, reference })
}

fn session(row: &PgRow) -> Result<Session, sqlx::Error> {
    let code: &str = row.try_get("state")?;
    let state = State::ALL.into_iter().find(|state| state.code() == code);
    let Json(terms) = row.try_get("terms")?;
    let Json(payer) = row.try_get("payer")?;
    Ok(Session {
        key: key(row)?,
        id: SessionId(row.try_get("session_id")?),
        token: Token::stored(row.try_get("token")?),
        state: valid(state.ok_or(Invalid { rule: "must be a state that this version knows" }))?,
        terms,
        payer,
        starts: row.try_get("starts")?,
        created_at: row.try_get("created_at")?,
        expires_at: row.try_get("expires_at")?,
        ended_at: row.try_get("ended_at")?,
    })
}

/// A row that breaks a rule of the domain is a fault of the store, like a column of the wrong type.
fn valid<T>(value: Result<T, Invalid>) -> Result<T, sqlx::Error> {
    value.map_err(|invalid| sqlx::Error::Decode(invalid.into()))
}
