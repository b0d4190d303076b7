//! The tables of this service: SQL in, domain values out.

use sqlx::PgPool;

/// Whether the database answers.
pub(crate) async fn ping(pool: &PgPool) -> Result<(), sqlx::Error> {
    sqlx::query(PING).execute(pool).await.map(|_| ())
}

const PING: &str = "SELECT 1";

/// Every statement of this service.
#[cfg(test)]
fn statements() -> Vec<&'static str> {
    [&[PING][..], kvitt_feed::STATEMENTS].concat()
}

#[cfg(test)]
mod tests;
