//! API clients and their subscription keys as whoever calls proves them: known by keyed hashes.

use chrono::{DateTime, Utc};
use kvitt_primitives::{ClientId, MerchantId, Msn, PartnerId};
use sqlx::{PgConnection, Row as _, postgres::PgRow};

use super::{
    key_set::{self, key_set},
    revision::AsOf,
};
use crate::{
    domain::{
        credentials::KeySet,
        owner::{KeyKind, Owner},
    },
    hashing::Hash,
};

/// The unique key that says: another client has this subscription key.
pub(crate) const KEY_OF_ANOTHER_CLIENT: &str = "subscription_keys_pkey";

/// The unique index that says: the sales unit has an active set of keys.
pub(crate) const UNIT_HAS_KEYS: &str = "api_clients_active_unit_key";

#[cfg(test)]
pub(crate) const STATEMENTS: &[&str] = &[
    INSERT_CLIENT,
    INSERT_KEYS,
    COMPLETE,
    SELECT_CREDENTIALS,
    SELECT_SECRET,
    SELECT_KEY_OWNER,
    SELECT_COVERAGE,
];

const INSERT_CLIENT: &str = "
    INSERT INTO api_clients (
        client_id, kind, msn, merchant_id, partner_id, owner_name, active, created_at, changed_revision,
        secret_hash, sealed_client_secret, sealed_primary_key, sealed_secondary_key)
    VALUES ($1, $2, $3, $4, $5, $6, TRUE, $7, $8, $9, $10, $11, $12)";

const INSERT_KEYS: &str = "
    INSERT INTO subscription_keys (key_hash, client_id, slot)
    VALUES ($2, $1, 'primary'), ($3, $1, 'secondary')";

const COMPLETE: &str = "
    UPDATE api_clients
    SET merchant_id = $2, changed_revision = $3,
        sealed_client_secret = $4, sealed_primary_key = $5, sealed_secondary_key = $6
    WHERE client_id = $1 AND merchant_id IS NULL AND active";

const SELECT_CREDENTIALS: &str = "
    SELECT client.client_id, client.kind, client.msn, client.merchant_id, client.partner_id, client.owner_name,
        client.active, client.created_at, client.secret_hash,
        one.key_hash AS primary_hash, two.key_hash AS secondary_hash
    FROM api_clients AS client
    LEFT JOIN subscription_keys AS one ON one.client_id = client.client_id AND one.slot = 'primary'
    LEFT JOIN subscription_keys AS two ON two.client_id = client.client_id AND two.slot = 'secondary'
    WHERE client.client_id = $1";

const SELECT_SECRET: &str = "
    SELECT kind, secret_hash FROM api_clients WHERE client_id = $1 AND active";

const SELECT_KEY_OWNER: &str = "
    SELECT client.client_id, (SELECT value FROM revision) AS revision
    FROM subscription_keys AS key JOIN api_clients AS client ON client.client_id = key.client_id
    WHERE key.key_hash = $1 AND client.active";

/// One row always: the revision is there, whatever is covered.
const SELECT_COVERAGE: &str = "
    SELECT revision.value AS revision, client.client_id, client.kind, client.msn, client.merchant_id,
        client.partner_id, client.owner_name,
        ARRAY(
            SELECT given.msn FROM accounting_grants AS given
            WHERE given.client_id = client.client_id ORDER BY given.msn
        ) AS granted
    FROM revision LEFT JOIN api_clients AS client ON client.client_id = $1 AND client.active";

/// Keyed hashes of the secrets of a set.
#[derive(Debug, Clone)]
pub(crate) struct Hashes {
    pub(crate) client_secret: Hash,
    /// Primary and secondary, where keys of the kind have them.
    pub(crate) subscription_keys: Option<[Hash; 2]>,
}

/// The secrets that are needed again, sealed: all of a sales unit's keys, the client secret of a partner's and a PSP's, none
/// of other kinds.
#[derive(Debug, Clone, Default)]
pub(crate) struct SealedSecrets {
    pub(crate) client_secret: Option<Vec<u8>>,
    pub(crate) primary: Option<Vec<u8>>,
    pub(crate) secondary: Option<Vec<u8>>,
}

/// A set of keys with what is kept of its secrets.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    pub(crate) client_id: ClientId,
    pub(crate) owner: Owner,
    pub(crate) hashes: Hashes,
    pub(crate) sealed: SealedSecrets,
}

/// What an active client acts for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Coverage {
    pub(crate) owner: Owner,
    /// The unit of a sales unit's keys, or those that an accounting client was granted; ascending.
    pub(crate) msns: Vec<Msn>,
}

/// Stores a set that is new, as changed at `revision`.
pub(crate) async fn insert(
    tx: &mut PgConnection,
    kept: &Kept,
    revision: i64,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let Kept { client_id, owner, hashes, sealed } = kept;
    sqlx::query(INSERT_CLIENT)
        .bind(client_id.as_uuid())
        .bind(owner.kind().as_str())
        .bind(owner.msn().map(Msn::as_str))
        .bind(owner.merchant_id().map(MerchantId::as_uuid))
        .bind(owner.partner_id().map(PartnerId::as_uuid))
        .bind(owner.name().map(|name| name.as_str()))
        .bind(now)
        .bind(revision)
        .bind(hashes.client_secret.as_bytes())
        .bind(&sealed.client_secret)
        .bind(&sealed.primary)
        .bind(&sealed.secondary)
        .execute(&mut *tx)
        .await?;
    if let Some([primary, secondary]) = &hashes.subscription_keys {
        sqlx::query(INSERT_KEYS)
            .bind(client_id.as_uuid())
            .bind(primary.as_bytes())
            .bind(secondary.as_bytes())
            .execute(tx)
            .await?;
    }
    Ok(())
}

/// Adds to a set that is older than owners whose it is, and its sealed secrets.
pub(crate) async fn complete(tx: &mut PgConnection, kept: &Kept, revision: i64) -> Result<(), sqlx::Error> {
    sqlx::query(COMPLETE)
        .bind(kept.client_id.as_uuid())
        .bind(kept.owner.merchant_id().map(MerchantId::as_uuid))
        .bind(revision)
        .bind(&kept.sealed.client_secret)
        .bind(&kept.sealed.primary)
        .bind(&kept.sealed.secondary)
        .execute(tx)
        .await?;
    Ok(())
}

/// A set, and what its secrets are compared with.
pub(crate) async fn find(
    tx: &mut PgConnection,
    client_id: ClientId,
) -> Result<Option<(KeySet, Hashes)>, sqlx::Error> {
    let row = sqlx::query(SELECT_CREDENTIALS).bind(client_id.as_uuid()).fetch_optional(tx).await?;
    row.map(|row| {
        let (primary, secondary) = (find_hash(&row, "primary_hash")?, find_hash(&row, "secondary_hash")?);
        let client_secret = Hash::from_bytes(row.try_get("secret_hash")?);
        let subscription_keys = primary.zip(secondary).map(<[Hash; 2]>::from);
        Ok((key_set(&row)?, Hashes { client_secret, subscription_keys }))
    })
    .transpose()
}

/// The kind and the hashed secret of an active client.
pub(crate) async fn find_secret(
    tx: &mut PgConnection,
    client_id: ClientId,
) -> Result<Option<(KeyKind, Hash)>, sqlx::Error> {
    let row = sqlx::query(SELECT_SECRET).bind(client_id.as_uuid()).fetch_optional(tx).await?;
    row.map(|row| Ok((key_set::kind(&row)?, Hash::from_bytes(row.try_get("secret_hash")?)))).transpose()
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

/// What a client acts for; `None` when it is unknown or has ended.
pub(crate) async fn find_coverage(
    tx: &mut PgConnection,
    client_id: ClientId,
) -> Result<AsOf<Option<Coverage>>, sqlx::Error> {
    let row = sqlx::query(SELECT_COVERAGE).bind(client_id.as_uuid()).fetch_one(tx).await?;
    let known: Option<uuid::Uuid> = row.try_get("client_id")?;
    let value = known.map(|_| coverage(&row)).transpose()?;
    Ok(AsOf { value, revision: row.try_get("revision")? })
}

fn coverage(row: &PgRow) -> Result<Coverage, sqlx::Error> {
    let owner = key_set::owner(row)?;
    let granted: Vec<String> = row.try_get("granted")?;
    let granted = granted.into_iter().map(Msn::try_from);
    let msns = owner.msn().cloned().map(Ok).into_iter().chain(granted);
    let msns = msns.collect::<Result<_, _>>().map_err(|invalid| sqlx::Error::Decode(invalid.into()))?;
    Ok(Coverage { owner, msns })
}

fn find_hash(row: &PgRow, column: &str) -> Result<Option<Hash>, sqlx::Error> {
    Ok(row.try_get::<Option<_>, _>(column)?.map(Hash::from_bytes))
}
