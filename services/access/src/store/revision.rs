//! The revision: which clients and users have changed since when.

use kvitt_primitives::{ClientId, UserId};
use sqlx::{PgConnection, Row as _, postgres::PgRow};
use uuid::Uuid;

#[cfg(test)]
pub(crate) const STATEMENTS: &[&str] = &[ADVANCE, SELECT_CHANGED];

const ADVANCE: &str = "UPDATE revision SET value = value + 1 RETURNING value";

/// One row always: the revision is there, whoever has changed.
const SELECT_CHANGED: &str = "
    SELECT value AS revision,
        ARRAY(
            SELECT client_id FROM api_clients WHERE changed_revision > $1 ORDER BY changed_revision LIMIT $2
        ) AS client_ids,
        ARRAY(
            SELECT user_id FROM users WHERE changed_revision > $1 ORDER BY changed_revision LIMIT $2
        ) AS user_ids
    FROM revision";

/// What was read, and the revision at which it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AsOf<T> {
    pub(crate) value: T,
    pub(crate) revision: i64,
}

/// Who has changed, in the order in which they did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ChangedHolders {
    pub(crate) clients: Vec<ClientId>,
    pub(crate) users: Vec<UserId>,
}

/// A revision for the changes of this transaction. Asked for before anything is changed, so that transactions that
/// change something come one after the other.
pub(crate) async fn advance(tx: &mut PgConnection) -> Result<i64, sqlx::Error> {
    sqlx::query(ADVANCE).fetch_one(tx).await?.try_get("value")
}

/// The first `limit` clients, and the first `limit` users, that changed after a revision.
pub(crate) async fn list_changed(
    tx: &mut PgConnection,
    after: i64,
    limit: i64,
) -> Result<AsOf<ChangedHolders>, sqlx::Error> {
    let row = sqlx::query(SELECT_CHANGED).bind(after).bind(limit).fetch_one(tx).await?;
    let (clients, users): (Vec<Uuid>, Vec<Uuid>) = (row.try_get("client_ids")?, row.try_get("user_ids")?);
    let value = ChangedHolders {
        clients: clients.into_iter().map(ClientId::from_uuid).collect(),
        users: users.into_iter().map(UserId::from_uuid).collect(),
    };
    Ok(AsOf { value, revision: row.try_get("revision")? })
}

/// The revision in the rows of a statement that answers one row at least.
pub(super) fn of(rows: &[PgRow]) -> Result<i64, sqlx::Error> {
    rows.first().ok_or(sqlx::Error::RowNotFound)?.try_get("revision")
}
