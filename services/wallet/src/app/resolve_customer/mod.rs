//! Who is meant by a number, a token or a code.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use sqlx::PgPool;

use super::Payers;
use crate::{
    domain::{
        customer::{CodeVersion, Named, PersonalCode, Refusal},
        inbox::Key,
        payer::{Wallet, Who},
    },
    error::Error,
    store::customers,
};

/// A payer whom a merchant has named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Customer {
    pub(crate) wallet: Arc<Wallet>,
    /// Of the code, when they were named by one.
    pub(crate) code_version: Option<CodeVersion>,
}

/// The customer whom the payment `by` names. Nobody, and everybody who may not be a customer, is the same refusal.
pub(crate) async fn resolve_customer(
    pool: &PgPool,
    payers: &Payers,
    by: &Key,
    named: Named,
    now: DateTime<Utc>,
) -> Result<Customer, Error> {
    let code_version = match &named {
        Named::Code(code) => Some(code.version()),
        Named::Phone(_) | Named::Token(_) => None,
    };
    let who = match named {
        Named::Phone(phone_number) | Named::Code(PersonalCode::Clear(phone_number)) => {
            Who::Phone(phone_number)
        }
        Named::Token(token) => {
            let mut connection = pool.acquire().await?;
            let used = customers::use_token(&mut connection, &token, by, now).await?;
            Who::Id(used.ok_or(Refusal::InvalidToken)?)
        }
        Named::Code(PersonalCode::Token(token)) => {
            let mut connection = pool.acquire().await?;
            let found = customers::find_code(&mut connection, &token, now).await?;
            let (payer_id, _) = found.ok_or(Refusal::InvalidPersonalCode)?;
            Who::Id(payer_id)
        }
    };
    let today = now.date_naive();
    let wallet = payers.find(who).await?;
    let wallet = wallet.filter(|wallet| wallet.payer.is_customer_on(today));
    Ok(Customer { wallet: wallet.ok_or(Refusal::NotFound)?, code_version })
}

#[cfg(test)]
mod tests;
