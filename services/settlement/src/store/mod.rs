//! The tables of this service: SQL in, domain values out.

pub(crate) mod agreements;
pub(crate) mod audit;
pub(crate) mod bank_transfers;
pub(crate) mod charges;
mod codes;
pub(crate) mod entries;
pub(crate) mod ledgers;
pub(crate) mod mails;
pub(crate) mod payers;
pub(crate) mod payouts;
pub(crate) mod positions;
pub(crate) mod report_rows;
pub(crate) mod subscriptions;
pub(crate) mod transfers;

use sqlx::PgPool;

/// Whether the database answers.
pub(crate) async fn ping(pool: &PgPool) -> Result<(), sqlx::Error> {
    sqlx::query(PING).execute(pool).await.map(|_| ())
}

const PING: &str = "SELECT 1";

/// Every statement of this service.
#[cfg(test)]
fn statements() -> Vec<&'static str> {
    [
        &[PING][..],
        kvitt_feed::STATEMENTS,
        agreements::STATEMENTS,
        audit::STATEMENTS,
        bank_transfers::STATEMENTS,
        charges::STATEMENTS,
        entries::STATEMENTS,
        ledgers::STATEMENTS,
        mails::STATEMENTS,
        payers::STATEMENTS,
        payouts::STATEMENTS,
        positions::STATEMENTS,
        report_rows::STATEMENTS,
        subscriptions::STATEMENTS,
        transfers::STATEMENTS,
    ]
    .concat()
}

/// A row that breaks a rule of the domain is a fault of the store, like a column of the wrong type.
fn broken(what: &'static str) -> sqlx::Error {
    sqlx::Error::Decode(what.into())
}

#[cfg(test)]
mod tests;
