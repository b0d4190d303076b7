//! The tables of this service: SQL in, domain values out.

pub(crate) mod callbacks;
pub(crate) mod link_payments;
mod page;
pub(crate) mod payment_links;
pub(crate) mod redirects;
pub(crate) mod unit_codes;

use sqlx::PgPool;

pub(crate) use page::{Page, Place};

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
        callbacks::STATEMENTS,
        link_payments::STATEMENTS,
        payment_links::STATEMENTS,
        redirects::STATEMENTS,
        unit_codes::STATEMENTS,
    ]
    .concat()
}

/// A row that breaks a rule of the domain is a fault of the store, like a column of the wrong type.
fn broken(what: &'static str) -> sqlx::Error {
    sqlx::Error::Decode(what.into())
}

#[cfg(test)]
mod tests;
