//! The revision: which clients have changed since when.

use kvitt_primitives::ClientId;
use sqlx::{PgConnection, Row as _, postgres::PgRow};

#[cfg(test)]
pub(crate) const STATEMENTS: &[&str] = &[ADVANCE, SELECT_CHANGED];

const ADVANCE: &str = "UPDATE revision SET value = value + 1 RETURNING value";

/// One row at least: the revision is there, whoever has changed.
const SELECT_CHANGED: &str = "
    SELECT revision.value AS revision, changed.client_id
    FROM revision
    LEFT JOIN (
        SELECT client_id FROM api_clients WHERE changed_revision > $1 ORDER BY changed_revision LIMIT $2
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

/// The first `limit` clients that changed after a revision.
pub(crate) async fn list_changed(
    tx: &mut PgConnection,
    after: i64,
    limit: i64,
) -> Result<AsOf<Vec<ClientId>>, sqlx::Error> {
    let rows = sqlx::query(SELECT_CHANGED).bind(after).bind(limit).fetch_all(tx).await?;
    let client = |row: &PgRow| Ok(row.try_get::<Option<_>, _>("client_id")?.map(ClientId::from_uuid));
    let value = rows.iter().map(client).filter_map(Result::transpose).collect::<Result<_, sqlx::Error>>()?;
    Ok(AsOf { value, revision: of(&rows)? })
}

/// The revision in the rows of a statement that answers one row at least.
pub(super) fn of(rows: &[PgRow]) -> Result<i64, sqlx::Error> {
    rows.first().ok_or(sqlx::Error::RowNotFound)?.try_get("revision")
}
