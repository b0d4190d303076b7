//! What falls due by itself: units that become available, and accounts that the sandbox decides about.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, Row as _, postgres::PgRow};

use kvitt_primitives::Msn;

use super::valid;

#[cfg(test)]
pub(crate) const STATEMENTS: [&str; 6] = [
    MAKE_AVAILABLE,
    SELECT_TO_MAKE_AVAILABLE,
    NEXT_AVAILABLE,
    SELECT_TO_DECIDE,
    IS_TO_DECIDE,
    NEXT_TO_DECIDE,
];

const SELECT_TO_MAKE_AVAILABLE: &str = "
    SELECT msn FROM sales_units WHERE NOT available AND available_at <= $1 ORDER BY available_at LIMIT $2";

/// Another instance may have done it meanwhile.
const MAKE_AVAILABLE: &str = "
    UPDATE sales_units SET available = TRUE, changed_revision = $2 WHERE msn = ANY ($1) AND NOT available";

const NEXT_AVAILABLE: &str = "SELECT min(available_at) FROM sales_units WHERE NOT available";

const SELECT_TO_DECIDE: &str = "
    SELECT msn FROM sales_units
    WHERE settlement_account_decide_at <= $1 AND available
    ORDER BY settlement_account_decide_at
    LIMIT $2";

const IS_TO_DECIDE: &str =
    "SELECT EXISTS (SELECT FROM sales_units WHERE msn = $1 AND settlement_account_decide_at <= $2)";

const NEXT_TO_DECIDE: &str = "
    SELECT min(settlement_account_decide_at) FROM sales_units
    WHERE settlement_account_decide_at IS NOT NULL AND available";

/// The first `limit` units that shall be there by now and are not.
pub(crate) async fn units_to_make_available(
    tx: &mut PgConnection,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<Msn>, sqlx::Error> {
    let rows = sqlx::query(SELECT_TO_MAKE_AVAILABLE).bind(now).bind(limit).fetch_all(tx).await?;
    rows.iter().map(msn).collect()
}

/// The units are there from now on, as changed at `revision`.
pub(crate) async fn make_available(
    tx: &mut PgConnection,
    msns: &[Msn],
    revision: i64,
) -> Result<(), sqlx::Error> {
    let msns: Vec<_> = msns.iter().map(Msn::as_str).collect();
    sqlx::query(MAKE_AVAILABLE).bind(msns).bind(revision).execute(tx).await.map(|_| ())
}

/// When the next unit becomes available.
pub(crate) async fn next_available(tx: &mut PgConnection) -> Result<Option<DateTime<Utc>>, sqlx::Error> {
    sqlx::query_scalar(NEXT_AVAILABLE).fetch_one(tx).await
}

/// The first `limit` units whose account is to be decided about by now.
pub(crate) async fn accounts_to_decide(
    tx: &mut PgConnection,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<Msn>, sqlx::Error> {
    let rows = sqlx::query(SELECT_TO_DECIDE).bind(now).bind(limit).fetch_all(tx).await?;
    rows.iter().map(msn).collect()
}

/// Whether the unit's account is to be decided about by now.
pub(crate) async fn is_to_decide(
    tx: &mut PgConnection,
    msn: &Msn,
    now: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar(IS_TO_DECIDE).bind(msn.as_str()).bind(now).fetch_one(tx).await
}

/// When the next account is to be decided about.
pub(crate) async fn next_to_decide(tx: &mut PgConnection) -> Result<Option<DateTime<Utc>>, sqlx::Error> {
    sqlx::query_scalar(NEXT_TO_DECIDE).fetch_one(tx).await
}

fn msn(row: &PgRow) -> Result<Msn, sqlx::Error> {
    valid(row.try_get::<&str, _>("msn")?.parse())
}
