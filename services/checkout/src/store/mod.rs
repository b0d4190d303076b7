//! The tables of this service: SQL in, domain values out.

pub(crate) mod callbacks;
pub(crate) mod due;
pub(crate) mod sessions;

use sqlx::PgPool;

/// Whether the database answers.
pub(crate) async fn ping(pool: &PgPool) -> Result<(), sqlx::Error> {
    sqlx::query(PING).execute(pool).await.map(|_| ())
}

const PING: &str = "SELECT 1";

/// Every statement of this service.
#[cfg(test)]
pub(crate) fn statements() -> Vec<&'static str> {
    [&[PING][..], callbacks::STATEMENTS, due::STATEMENTS, sessions::STATEMENTS].concat()
}

#[cfg(test)]
mod tests;
