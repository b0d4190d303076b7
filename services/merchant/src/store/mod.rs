//! The tables of this service: SQL in, domain values out.

mod address;
pub(crate) mod due;
pub(crate) mod logos;
pub(crate) mod merchants;
pub(crate) mod msn;
pub(crate) mod orders;
pub(crate) mod partners;
pub(crate) mod price_packages;
pub(crate) mod revision;
pub(crate) mod sales_units;
pub(crate) mod without_ledger;

use sqlx::PgPool;

/// Whether the database answers.
pub(crate) async fn ping(pool: &PgPool) -> Result<(), sqlx::Error> {
    sqlx::query(PING).execute(pool).await.map(|_| ())
}

const PING: &str = "SELECT 1";

/// Every statement of this service.
#[cfg(test)]
pub(crate) fn statements() -> Vec<&'static str> {
    [
        &[PING][..],
        &due::STATEMENTS,
        &logos::STATEMENTS,
        &merchants::STATEMENTS,
        &msn::STATEMENTS,
        &orders::STATEMENTS,
        &orders::due::STATEMENTS,
        &partners::STATEMENTS,
        &price_packages::STATEMENTS,
        &revision::STATEMENTS,
        &sales_units::STATEMENTS,
        &without_ledger::STATEMENTS,
    ]
    .concat()
}

const UNKNOWN_CODE: kvitt_primitives::Invalid =
    kvitt_primitives::Invalid { rule: "must be a code this version knows" };

/// A row that breaks a rule of the domain is a fault of the store, like a column of the wrong type.
fn valid<T>(value: Result<T, kvitt_primitives::Invalid>) -> Result<T, sqlx::Error> {
    value.map_err(|invalid| sqlx::Error::Decode(invalid.into()))
}

/// The value of a code, of which every one that is stored is known.
fn known<T>(value: Option<T>) -> Result<T, sqlx::Error> {
    valid(value.ok_or(UNKNOWN_CODE))
}

#[cfg(test)]
mod tests;
