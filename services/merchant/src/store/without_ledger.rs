//! Units that settlement keeps no ledger of, for the operator's audit.

use sqlx::{PgConnection, Row as _};

/// Every statement.
#[cfg(test)]
pub(crate) const STATEMENTS: [&str; 1] = [FIND];

const FIND: &str =
    "SELECT msn FROM sales_units WHERE environment = 'TEST' OR product_type = 'LOGIN' ORDER BY msn";

/// Test units, and units that only log payers in, ascending.
pub(crate) async fn find(connection: &mut PgConnection) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query(FIND).fetch_all(connection).await?.iter().map(|row| row.try_get(0)).collect()
}
