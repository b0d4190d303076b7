//! Which accounting clients may read the reports of which sales units.

use chrono::{DateTime, Utc};
use kvitt_primitives::{ClientId, Msn};
use sqlx::PgConnection;

use super::key_set::key_set;
use crate::domain::credentials::KeySet;

#[cfg(test)]
pub(crate) const STATEMENTS: &[&str] = &[GRANT, TAKE_BACK, TOUCH, SELECT];

const GRANT: &str = "
    INSERT INTO accounting_grants (client_id, kind, msn, granted_at) VALUES ($1, 'ACCOUNTING', $2, $3)
    ON CONFLICT (client_id, msn) DO NOTHING";

const TAKE_BACK: &str = "DELETE FROM accounting_grants WHERE client_id = $1 AND msn = $2";

const TOUCH: &str = "UPDATE api_clients SET changed_revision = $2 WHERE client_id = $1";

const SELECT: &str = "
    SELECT client.client_id, client.kind, client.msn, client.merchant_id, client.partner_id, client.owner_name,
        client.active, client.created_at
    FROM accounting_grants AS given JOIN api_clients AS client ON client.client_id = given.client_id
    WHERE given.msn = $1 AND client.active
    ORDER BY client.created_at DESC, client.client_id DESC
    LIMIT $2";

/// Whether the grant is new.
pub(crate) async fn grant(
    tx: &mut PgConnection,
    client_id: ClientId,
    msn: &Msn,
    now: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(GRANT).bind(client_id.as_uuid()).bind(msn.as_str()).bind(now).execute(tx).await?;
    Ok(done.rows_affected() == 1)
}

/// Whether there was a grant to take back.
pub(crate) async fn take_back(
    tx: &mut PgConnection,
    client_id: ClientId,
    msn: &Msn,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(TAKE_BACK).bind(client_id.as_uuid()).bind(msn.as_str()).execute(tx).await?;
    Ok(done.rows_affected() == 1)
}

/// Says that what the client covers changed at `revision`.
pub(crate) async fn touch(
    tx: &mut PgConnection,
    client_id: ClientId,
    revision: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query(TOUCH).bind(client_id.as_uuid()).bind(revision).execute(tx).await?;
    Ok(())
}

/// The newest accounting clients that may read a unit's reports, oldest first.
pub(crate) async fn list(tx: &mut PgConnection, msn: &Msn, limit: i64) -> Result<Vec<KeySet>, sqlx::Error> {
    let rows = sqlx::query(SELECT).bind(msn.as_str()).bind(limit).fetch_all(tx).await?;
    rows.iter().rev().map(key_set).collect()
}
