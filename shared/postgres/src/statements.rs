//! The check that replaces compile-time SQL: each service has one test that prepares every statement it has.

use sqlx::{Executor, PgPool, SqlSafeStr};

/// A statement that PostgreSQL does not accept on this schema.
#[derive(Debug, thiserror::Error)]
#[error("PostgreSQL refuses to prepare: {statement}")]
pub struct StatementRefused {
    /// The statement's text.
    pub statement: &'static str,
    /// What PostgreSQL answered.
    #[source]
    pub source: sqlx::Error,
}

/// Prepares every statement, on one connection, without running any. Stops at the first that is refused.
pub async fn prepare_all(pool: &PgPool, statements: &[&'static str]) -> Result<(), StatementRefused> {
    for statement in statements {
        let refused = |source| StatementRefused { statement, source };
        let mut connection = pool.acquire().await.map_err(refused)?;
        connection.prepare(statement.into_sql_str()).await.map_err(refused)?;
    }
    Ok(())
}
