//! Logos of sales units.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use kvitt_primitives::Msn;

use crate::domain::Logo;

#[cfg(test)]
pub(crate) const STATEMENTS: [&str; 2] = [PUT, SELECT];

const PUT: &str = "
    INSERT INTO sales_unit_logos (msn, png, changed_at) VALUES ($1, $2, $3)
    ON CONFLICT (msn) DO UPDATE SET png = EXCLUDED.png, changed_at = EXCLUDED.changed_at";

const SELECT: &str = "
    SELECT png FROM sales_unit_logos JOIN sales_units USING (msn) WHERE msn = $1 AND available";

/// Sets the unit's logo.
pub(crate) async fn put(
    tx: &mut PgConnection,
    msn: &Msn,
    logo: &Logo,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query(PUT).bind(msn.as_str()).bind(logo.png()).bind(now).execute(tx).await.map(|_| ())
}

/// The unit's logo, a PNG file.
pub(crate) async fn find(tx: &mut PgConnection, msn: &Msn) -> Result<Option<Vec<u8>>, sqlx::Error> {
    sqlx::query_scalar(SELECT).bind(msn.as_str()).fetch_optional(tx).await
}
