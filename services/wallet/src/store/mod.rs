//! SQL only: takes a connection, returns the domain's types. Every statement is listed in [`STATEMENTS`], which a
//! test prepares on the migrated schema.

pub(crate) mod acquirer;
pub(crate) mod addresses;
pub(crate) mod audit;
pub(crate) mod card_callbacks;
pub(crate) mod challenges;
pub(crate) mod consents;
pub(crate) mod customers;
pub(crate) mod forget;
pub(crate) mod inbox;
pub(crate) mod payers;
pub(crate) mod people;
pub(crate) mod removals;
pub(crate) mod shipping_quotes;
pub(crate) mod spending;
#[cfg(test)]
mod tests;
pub(crate) mod typed_cards;

use std::str::FromStr;

use kvitt_primitives::Invalid;
use sqlx::{PgPool, Row as _, postgres::PgRow};
use tracing::{Span, info_span};

/// Every statement of this service.
#[cfg(test)]
const STATEMENTS: &[&[&str]] = &[
    &[PING],
    acquirer::STATEMENTS,
    addresses::STATEMENTS,
    audit::STATEMENTS,
    card_callbacks::STATEMENTS,
    challenges::STATEMENTS,
    consents::STATEMENTS,
    customers::STATEMENTS,
    forget::STATEMENTS,
    inbox::STATEMENTS,
    payers::STATEMENTS,
    people::STATEMENTS,
    removals::STATEMENTS,
    shipping_quotes::STATEMENTS,
    spending::STATEMENTS,
    typed_cards::STATEMENTS,
];

const PING: &str = "SELECT 1";

/// Whether the database answers.
pub(crate) async fn ping(pool: &PgPool) -> Result<(), sqlx::Error> {
    sqlx::query(PING).execute(pool).await?;
    Ok(())
}

/// The span of a read or a write, so that a trace shows what a request waited for.
fn span(operation: &'static str) -> Span {
    info_span!("sql", db.system = "postgresql", db.operation = operation)
}

/// Which of the rows asked for with `WITH ORDINALITY` this is, from 0.
fn ordinal(row: &PgRow) -> Result<usize, sqlx::Error> {
    let ordinal: i64 = row.try_get("ordinal")?;
    Ok(usize::try_from(ordinal - 1).expect("ordinality counts from 1"))
}

/// A stored text of a fixed form. Only this service writes these columns, so another form is a broken database.
fn parse<T: FromStr<Err = Invalid>>(text: &str) -> Result<T, sqlx::Error> {
    text.parse().map_err(|invalid: Invalid| sqlx::Error::Decode(Box::new(invalid)))
}

/// A stored name of one of a closed set.
fn named<T: Copy>(all: &[T], name: impl Fn(T) -> &'static str, stored: &str) -> Result<T, sqlx::Error> {
    let unknown = || sqlx::Error::Decode(format!("unknown name {stored:?}").into());
    all.iter().copied().find(|one| name(*one) == stored).ok_or_else(unknown)
}
