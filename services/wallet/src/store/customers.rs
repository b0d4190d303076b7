//! Tokens and codes by which payers are named. Only their hashes are here.

use chrono::{DateTime, Utc};
use kvitt_primitives::PayerId;
use sqlx::PgConnection;
use tracing::Instrument as _;
use uuid::Uuid;

use super::span;
use crate::domain::{customer::Token, inbox::Key};

const INSERT_TOKEN: &str =
    "INSERT INTO customer_tokens (token_hash, payer_id, expires_at) VALUES ($1, $2, $3)";

/// Of two payments that name the same token at once, the second waits for the first to commit, and then finds it used.
const USE_TOKEN: &str = "
    UPDATE customer_tokens
    SET used_msn = $2, used_reference = $3
    WHERE token_hash = $1
      AND ((used_msn IS NULL AND expires_at > $4) OR (used_msn = $2 AND used_reference = $3))
    RETURNING payer_id";

const INSERT_CODE: &str = "INSERT INTO personal_codes (token_hash, payer_id, expires_at) VALUES ($1, $2, $3)";

/// One that a payment has used up names nobody any more, but to that payment.
const FIND_TOKEN: &str = "
    SELECT payer_id, expires_at FROM customer_tokens
    WHERE token_hash = $1 AND used_msn IS NULL AND expires_at > $2";

const FIND_CODE: &str =
    "SELECT payer_id, expires_at FROM personal_codes WHERE token_hash = $1 AND expires_at > $2";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[INSERT_TOKEN, USE_TOKEN, FIND_TOKEN, INSERT_CODE, FIND_CODE];

/// Keeps a token by which a merchant can name the payer once.
pub(crate) async fn insert_token(
    connection: &mut PgConnection,
    token: &Token,
    payer_id: PayerId,
    expires_at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    insert(connection, INSERT_TOKEN, token, (payer_id, expires_at)).await
}

/// Keeps a token that is in a payer's own code.
pub(crate) async fn insert_code(
    connection: &mut PgConnection,
    token: &Token,
    payer_id: PayerId,
    expires_at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    insert(connection, INSERT_CODE, token, (payer_id, expires_at)).await
}

async fn insert(
    connection: &mut PgConnection,
    statement: &'static str,
    token: &Token,
    (payer_id, expires_at): (PayerId, DateTime<Utc>),
) -> Result<(), sqlx::Error> {
    sqlx::query(statement)
        .bind(token.hash().as_slice())
        .bind(payer_id.as_uuid())
        .bind(expires_at)
        .execute(connection)
        .await?;
    Ok(())
}

/// Uses a token up for a payment and answers whose it is; none when it is unknown, too old, or another payment's. A payment
/// that has used it may name it again however old it is, so that its creation can be repeated.
pub(crate) async fn use_token(
    connection: &mut PgConnection,
    token: &Token,
    by: &Key,
    now: DateTime<Utc>,
) -> Result<Option<PayerId>, sqlx::Error> {
    let payer_id: Option<Uuid> = sqlx::query_scalar(USE_TOKEN)
        .bind(token.hash().as_slice())
        .bind(&by.msn)
        .bind(&by.reference)
        .bind(now)
        .fetch_optional(connection)
        .instrument(span("customer_tokens.use"))
        .await?;
    Ok(payer_id.map(PayerId::from_uuid))
}

/// Whose token this is, and when it ends; none when it is unknown, too old, or used up.
pub(crate) async fn find_token(
    connection: &mut PgConnection,
    token: &Token,
    now: DateTime<Utc>,
) -> Result<Option<(PayerId, DateTime<Utc>)>, sqlx::Error> {
    find(connection, FIND_TOKEN, token, now).instrument(span("customer_tokens.find")).await
}

/// Whose code this is, and when it ends; none when it is unknown or too old.
pub(crate) async fn find_code(
    connection: &mut PgConnection,
    token: &Token,
    now: DateTime<Utc>,
) -> Result<Option<(PayerId, DateTime<Utc>)>, sqlx::Error> {
    find(connection, FIND_CODE, token, now).instrument(span("personal_codes.find")).await
}

async fn find(
    connection: &mut PgConnection,
    statement: &'static str,
    token: &Token,
    now: DateTime<Utc>,
) -> Result<Option<(PayerId, DateTime<Utc>)>, sqlx::Error> {
    let found: Option<(Uuid, DateTime<Utc>)> =
        sqlx::query_as(statement).bind(token.hash().as_slice()).bind(now).fetch_optional(connection).await?;
    Ok(found.map(|(payer_id, expires_at)| (PayerId::from_uuid(payer_id), expires_at)))
}
