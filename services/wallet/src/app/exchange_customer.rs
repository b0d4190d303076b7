//! Who a token or a payer's own code is, for a merchant who reads it at the till.

use chrono::{DateTime, Utc};
use kvitt_primitives::PhoneNumber;
use sqlx::PgPool;

use super::Payers;
use crate::{
    domain::{
        customer::{CODE_LIFE, CodeVersion, PersonalCode, Refusal, TOKEN_LIFE, Token},
        payer::Who,
    },
    error::Error,
    store::customers,
};

/// What a merchant was shown or told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Shown {
    Token(Token),
    Code(PersonalCode),
}

/// Who that is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Exchanged {
    pub(crate) phone_number: PhoneNumber,
    /// When it was made; none of a code that has the number in clear.
    pub(crate) made_at: Option<DateTime<Utc>>,
    /// Of a code.
    pub(crate) code_version: Option<CodeVersion>,
}

/// The customer whom the merchant was shown. Nothing is used up by it. Nobody, and everybody who may not be a customer, is the
/// same refusal.
pub(crate) async fn exchange_customer(
    pool: &PgPool,
    payers: &Payers,
    shown: Shown,
    now: DateTime<Utc>,
) -> Result<Exchanged, Error> {
    let code_version = match &shown {
        Shown::Token(_) => None,
        Shown::Code(code) => Some(code.version()),
    };
    let (who, made_at) = match shown {
        Shown::Code(PersonalCode::Clear(phone_number)) => (Who::Phone(phone_number), None),
        Shown::Code(PersonalCode::Token(token)) => {
            let mut connection = pool.acquire().await?;
            let found = customers::find_code(&mut connection, &token, now).await?;
            let (payer_id, expires_at) = found.ok_or(Refusal::InvalidPersonalCode)?;
            (Who::Id(payer_id), Some(expires_at - CODE_LIFE))
        }
        Shown::Token(token) => {
            let mut connection = pool.acquire().await?;
            let found = customers::find_token(&mut connection, &token, now).await?;
            let (payer_id, expires_at) = found.ok_or(Refusal::InvalidToken)?;
            (Who::Id(payer_id), Some(expires_at - TOKEN_LIFE))
        }
    };
    let wallet = payers.find(who).await?;
    let wallet = wallet.filter(|wallet| wallet.payer.is_customer_on(now.date_naive()));
    let phone_number = wallet.ok_or(Refusal::NotFound)?.payer.phone_number.clone();
    Ok(Exchanged { phone_number, made_at, code_version })
}
