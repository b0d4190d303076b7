//! Makes a token by which a merchant can name a payer once.

use chrono::{DateTime, Utc};
use kvitt_primitives::PayerId;
use sqlx::PgPool;

use crate::{
    domain::customer::{TOKEN_LIFE, Token},
    error::Error,
    store::{customers, payers},
};

/// The token, and until when it is good.
pub(crate) async fn issue_customer_token(
    pool: &PgPool,
    payer_id: PayerId,
    now: DateTime<Utc>,
) -> Result<(Token, DateTime<Utc>), Error> {
    let token = fresh_token()?;
    let expires_at = now + TOKEN_LIFE;
    let mut connection = pool.acquire().await?;
    payers::find(&mut connection, payer_id).await?.ok_or(Error::PayerNotFound)?;
    customers::insert_token(&mut connection, &token, payer_id, expires_at).await?;
    Ok((token, expires_at))
}

/// One that nobody can guess.
pub(super) fn fresh_token() -> Result<Token, Error> {
    let mut bytes = [0; Token::BYTES];
    getrandom::fill(&mut bytes).map_err(|_| Error::NoRandomness)?;
    Ok(Token::new(bytes))
}
