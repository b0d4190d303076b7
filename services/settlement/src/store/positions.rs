//! The positions of payment's log that the cursors stand for.

use sqlx::PgConnection;

/// Every statement.
#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[REACH];

const REACH: &str = "UPDATE feed_cursors SET position = $2 WHERE part = $1";

/// Notes where a part's cursor stands, in the transaction that has moved it.
pub(crate) async fn reach(tx: &mut PgConnection, part: i32, position: i64) -> Result<(), sqlx::Error> {
    sqlx::query(REACH).bind(part).bind(position).execute(tx).await.map(drop)
}
