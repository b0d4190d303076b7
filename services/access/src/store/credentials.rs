//! API clients and their subscription keys, known by keyed hashes only.

use chrono::{DateTime, Utc};
use kvitt_primitives::{ClientId, Msn};
use sqlx::{PgConnection, Row as _, postgres::PgRow};

use super::revision::{self, AsOf};
use crate::hashing::Hash;

/// The unique key that says: another client has this subscription key.
pub(crate) const KEY_OF_ANOTHER_CLIENT: &str = "subscription_keys_pkey";

#[cfg(test)]
pub(crate) const STATEMENTS: &[&str] =
    &[INSERT_CLIENT, INSERT_KEYS, SELECT_CREDENTIALS, SELECT_SECRET, SELECT_KEY_OWNER, SELECT_COVERAGE];

const INSERT_CLIENT: &str = "
    INSERT INTO api_clients (client_id, secret_hash, msn, active, created_at, changed_revision)
    VALUES ($1, $2, $3, TRUE, $4, $5)
    ON CONFLICT (client_id) DO NOTHING";

const INSERT_KEYS: &str = "
    INSERT INTO subscription_keys (key_hash, client_id, slot)
    VALUES ($2, $1, 'primary'), ($3, $1, 'secondary')";

const SELECT_CREDENTIALS: &str = "
    SELECT client.secret_hash, client.msn, one.key_hash AS primary_hash, two.key_hash AS secondary_hash
    FROM api_clients AS client
    JOIN subscription_keys AS one ON one.client_id = client.client_id AND one.slot = 'primary'
    JOIN subscription_keys AS two ON two.client_id = client.client_id AND two.slot = 'secondary'
    WHERE client.client_id = $1";

const SELECT_SECRET: &str = "
    SELECT secret_hash FROM api_clients WHERE client_id = $1 AND active";

const SELECT_KEY_OWNER: &str = "
    SELECT client.client_id, (SELECT value FROM revision) AS revision
    FROM subscription_keys AS key JOIN api_clients AS client ON client.client_id = key.client_id
    WHERE key.key_hash = $1 AND client.active";

/// One row at least: the revision is there, whatever is covered.
const SELECT_COVERAGE: &str = r#"
    SELECT revision.value AS revision, client.msn
    FROM revision LEFT JOIN api_clients AS client ON client.client_id = $1 AND client.active
    ORDER BY client.msn COLLATE "C""#;

/// Credentials as they are kept.
#[derive(Debug, Clone)]
pub(crate) struct HashedCredentials {
    pub(crate) client_id: ClientId,
    pub(crate) secret: Hash,
    pub(crate) primary: Hash,
    pub(crate) secondary: Hash,
    pub(crate) msn: Msn,
}

/// Whether the client was stored, as changed at `revision`; `false` when its id is taken.
pub(crate) async fn insert(
    tx: &mut PgConnection,
    credentials: &HashedCredentials,
    revision: i64,
    now: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    let client = sqlx::query(INSERT_CLIENT)
        .bind(credentials.client_id.as_uuid())
        .bind(credentials.secret.as_bytes())
        .bind(credentials.msn.as_str())
        .bind(now)
        .bind(revision)
        .execute(&mut *tx)
        .await?;
    if client.rows_affected() == 0 {
        return Ok(false);
    }
    sqlx::query(INSERT_KEYS)
        .bind(credentials.client_id.as_uuid())
        .bind(credentials.primary.as_bytes())
        .bind(credentials.secondary.as_bytes())
        .execute(tx)
        .await?;
    Ok(true)
}

pub(crate) async fn find(
    tx: &mut PgConnection,
    client_id: ClientId,
) -> Result<Option<HashedCredentials>, sqlx::Error> {
    let row = sqlx::query(SELECT_CREDENTIALS).bind(client_id.as_uuid()).fetch_optional(tx).await?;
    row.map(|row| {
        Ok(HashedCredentials {
            client_id,
            secret: hash(&row, "secret_hash")?,
            primary: hash(&row, "primary_hash")?,
            secondary: hash(&row, "secondary_hash")?,
            msn: msn(&row)?,
        })
    })
    .transpose()
}

/// The hashed secret of an active client.
pub(crate) async fn find_secret(
    tx: &mut PgConnection,
    client_id: ClientId,
) -> Result<Option<Hash>, sqlx::Error> {
    let row = sqlx::query(SELECT_SECRET).bind(client_id.as_uuid()).fetch_optional(tx).await?;
    row.map(|row| hash(&row, "secret_hash")).transpose()
}

/// The active client that a subscription key belongs to.
pub(crate) async fn find_key_owner(
    tx: &mut PgConnection,
    key: &Hash,
) -> Result<Option<AsOf<ClientId>>, sqlx::Error> {
    let row = sqlx::query(SELECT_KEY_OWNER).bind(key.as_bytes()).fetch_optional(tx).await?;
    row.map(|row| {
        let value = ClientId::from_uuid(row.try_get("client_id")?);
        Ok(AsOf { value, revision: row.try_get("revision")? })
    })
    .transpose()
}

/// What an active client acts for, ascending.
pub(crate) async fn list_coverage(
    tx: &mut PgConnection,
    client_id: ClientId,
) -> Result<AsOf<Vec<Msn>>, sqlx::Error> {
    let rows = sqlx::query(SELECT_COVERAGE).bind(client_id.as_uuid()).fetch_all(tx).await?;
    let value = rows.iter().map(find_msn).filter_map(Result::transpose).collect::<Result<_, _>>()?;
    Ok(AsOf { value, revision: revision::of(&rows)? })
}

fn hash(row: &PgRow, column: &str) -> Result<Hash, sqlx::Error> {
    row.try_get(column).map(Hash::from_bytes)
}

fn msn(row: &PgRow) -> Result<Msn, sqlx::Error> {
    find_msn(row)?.ok_or_else(|| sqlx::Error::Decode("a client without an MSN".into()))
}

/// The MSN, where the statement may have joined none.
fn find_msn(row: &PgRow) -> Result<Option<Msn>, sqlx::Error> {
    let text: Option<&str> = row.try_get("msn")?;
    let msn = text.map(|text| text.parse::<Msn>()).transpose();
    msn.map_err(|invalid| sqlx::Error::Decode(invalid.into()))
}
