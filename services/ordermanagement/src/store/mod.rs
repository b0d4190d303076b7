//! The tables of this service: SQL in, domain values out.

pub(crate) mod categories;
pub(crate) mod images;
pub(crate) mod receipts;

use std::str::FromStr;

use kvitt_primitives::Invalid;
use sqlx::PgPool;

/// Whether the database answers.
pub(crate) async fn ping(pool: &PgPool) -> Result<(), sqlx::Error> {
    sqlx::query(PING).execute(pool).await.map(|_| ())
}

const PING: &str = "SELECT 1";

/// Every statement of this service.
#[cfg(test)]
fn statements() -> Vec<&'static str> {
    [&[PING][..], kvitt_feed::STATEMENTS, categories::STATEMENTS, images::STATEMENTS, receipts::STATEMENTS]
        .concat()
}

/// A row that breaks a rule of the domain is a fault of the store, like a column of the wrong type.
fn parse<T: FromStr<Err = Invalid>>(text: &str) -> Result<T, sqlx::Error> {
    text.parse().map_err(|invalid: Invalid| sqlx::Error::Decode(invalid.into()))
}

#[cfg(test)]
mod tests;
