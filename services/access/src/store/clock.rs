//! How far business time is ahead of the wall clock.

use sqlx::{PgPool, Row as _};

#[cfg(test)]
pub(crate) const STATEMENTS: &[&str] = &[SELECT, RAISE];

const SELECT: &str = "SELECT offset_us FROM business_clock";

#[cfg(any(test, feature = "sandbox"))]
const RAISE: &str = "UPDATE business_clock SET offset_us = GREATEST(offset_us, $1)";

/// The offset in microseconds.
pub(crate) async fn load(pool: &PgPool) -> Result<i64, sqlx::Error> {
    sqlx::query(SELECT).fetch_one(pool).await?.try_get("offset_us")
}

/// Makes the offset at least this.
#[cfg(feature = "sandbox")]
pub(crate) async fn raise(pool: &PgPool, offset_us: i64) -> Result<(), sqlx::Error> {
    sqlx::query(RAISE).bind(offset_us).execute(pool).await?;
    Ok(())
}
