//! The text of a payer's own code.

use chrono::{DateTime, Utc};
use kvitt_primitives::PayerId;
use sqlx::PgPool;

use super::issue_customer_token::fresh_token;
use crate::{
    domain::customer::{CODE_LIFE, CodeVersion, PersonalCode},
    error::Error,
    store::{customers, payers},
};

/// A code of this version. One of version 1.0 has the payer's number in clear, and nothing of it is stored.
pub(crate) async fn issue_personal_code(
    pool: &PgPool,
    payer_id: PayerId,
    version: CodeVersion,
    now: DateTime<Utc>,
) -> Result<PersonalCode, Error> {
    let mut connection = pool.acquire().await?;
    let payer = payers::find(&mut connection, payer_id).await?.ok_or(Error::PayerNotFound)?;
    match version {
        CodeVersion::V1 => Ok(PersonalCode::Clear(payer.phone_number)),
        CodeVersion::V2 => {
            let token = fresh_token()?;
            customers::insert_code(&mut connection, &token, payer_id, now + CODE_LIFE).await?;
            Ok(PersonalCode::Token(token))
        }
    }
}
