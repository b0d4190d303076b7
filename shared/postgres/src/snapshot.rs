//! A look at a whole database as it was at one instant.

use sqlx::{PgPool, Postgres, Transaction};

const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
/// PostgreSQL takes the snapshot with the first statement, not with the beginning.
const FIRST: &str = "SELECT 1";

/// A transaction that sees the database as it is now, however long it lasts, and that cannot write.
pub async fn snapshot(pool: &PgPool) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
    let mut transaction = pool.begin_with(BEGIN).await?;
    sqlx::query(FIRST).execute(&mut *transaction).await?;
    Ok(transaction)
}
