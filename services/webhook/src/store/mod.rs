//! The tables of this service: SQL in, domain values out.

pub(crate) mod check_ins;
pub(crate) mod dashboard;
pub(crate) mod deliveries;
pub(crate) mod ecom;
pub(crate) mod history;
pub(crate) mod registrations;
pub(crate) mod removals;
pub(crate) mod sealed;
pub(crate) mod senders;

use sqlx::PgPool;

/// Whether the database answers.
pub(crate) async fn ping(pool: &PgPool) -> Result<(), sqlx::Error> {
    sqlx::query(PING).execute(pool).await.map(|_| ())
}

const PING: &str = "SELECT 1";

/// Every statement of this service.
#[cfg(test)]
fn statements() -> Vec<&'static str> {
    let sealed = sealed::COLUMNS.iter().flat_map(|column| [column.select, column.update]);
    let others = [
        &[PING][..],
        kvitt_feed::STATEMENTS,
        check_ins::STATEMENTS,
        dashboard::STATEMENTS,
        deliveries::STATEMENTS,
        ecom::STATEMENTS,
        history::STATEMENTS,
        registrations::STATEMENTS,
        removals::STATEMENTS,
        senders::STATEMENTS,
    ];
    others.concat().into_iter().chain(sealed).collect()
}

/// A row that breaks a rule of the domain is a fault of the store, like a column of the wrong type.
fn broken(what: &'static str) -> sqlx::Error {
    sqlx::Error::Decode(what.into())
}

#[cfg(test)]
mod tests;
