//! The revision: which sales units have changed since when.

use sqlx::{PgConnection, Row as _, postgres::PgRow};

use kvitt_primitives::Msn;

use super::valid;

#[cfg(test)]
pub(crate) const STATEMENTS: [&str; 2] = [ADVANCE, SELECT_CHANGED];

const ADVANCE: &str = "UPDATE revision SET value = value + 1 RETURNING value";

/// One row at least: the revision is there, whatever has changed.
const SELECT_CHANGED: &str = "
    SELECT revision.value AS revision, changed.msn
    FROM revision
    LEFT JOIN (
        SELECT msn FROM sales_units WHERE changed_revision > $1 ORDER BY changed_revision LIMIT $2
    ) AS changed ON TRUE";

/// What was read, and the revision at which it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AsOf<T> {
    pub(crate) value: T,
    pub(crate) revision: i64,
}

/// A revision for the changes of this transaction. Asked for before anything is changed, so that transactions that
/// change something come one after the other.
pub(crate) async fn advance(tx: &mut PgConnection) -> Result<i64, sqlx::Error> {
    sqlx::query(ADVANCE).fetch_one(tx).await?.try_get("value")
}

/// The first `limit` units that changed after a revision.
pub(crate) async fn list_changed(
    tx: &mut PgConnection,
    after: i64,
    limit: i64,
) -> Result<AsOf<Vec<Msn>>, sqlx::Error> {
    let rows = sqlx::query(SELECT_CHANGED).bind(after).bind(limit).fetch_all(tx).await?;
    let revision = rows.first().ok_or(sqlx::Error::RowNotFound)?.try_get("revision")?;
    let msn =
        |row: &PgRow| row.try_get::<Option<&str>, _>("msn")?.map(|text| valid(text.parse())).transpose();
    let value = rows.iter().map(msn).filter_map(Result::transpose).collect::<Result<_, _>>()?;
    Ok(AsOf { value, revision })
}
