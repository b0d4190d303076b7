//! Sets of keys as people handle them.

use kvitt_primitives::{ClientId, Msn, PartnerId};
use sqlx::{PgConnection, Row as _};

use super::{credentials::SealedSecrets, key_set::key_set};
use crate::{
    domain::credentials::{KeySet, Slot},
    hashing::Hash,
};

#[cfg(test)]
pub(crate) const STATEMENTS: &[&str] = &[
    SELECT,
    SELECT_OF_UNIT,
    SELECT_OF_PARTNER,
    SELECT_SEALED,
    SELECT_CLIENT_SECRET,
    REPLACE_CLIENT_SECRET,
    REPLACE_SUBSCRIPTION_KEY,
    REPLACE_SEALED_PRIMARY,
    REPLACE_SEALED_SECONDARY,
    END,
];

const SELECT: &str = "
    SELECT client_id, kind, msn, merchant_id, partner_id, owner_name, active, created_at
    FROM api_clients WHERE client_id = $1";

const SELECT_OF_UNIT: &str = "
    SELECT client_id, kind, msn, merchant_id, partner_id, owner_name, active, created_at
    FROM api_clients WHERE msn = $1
    ORDER BY created_at DESC, client_id DESC
    LIMIT $2";

const SELECT_OF_PARTNER: &str = "
    SELECT client_id, kind, msn, merchant_id, partner_id, owner_name, active, created_at
    FROM api_clients WHERE partner_id = $1
    ORDER BY created_at DESC, client_id DESC
    LIMIT $2";

/// A set that has an owner comes before one that is older than owners.
const SELECT_SEALED: &str = "
    SELECT client_id, kind, msn, merchant_id, partner_id, owner_name, active, created_at,
        sealed_client_secret, sealed_primary_key, sealed_secondary_key
    FROM api_clients WHERE msn = $1 AND active
    ORDER BY merchant_id IS NULL, created_at DESC, client_id
    LIMIT 1";

const SELECT_CLIENT_SECRET: &str = "
    SELECT sealed_client_secret FROM api_clients
    WHERE client_id = $1 AND active AND sealed_client_secret IS NOT NULL";

const REPLACE_CLIENT_SECRET: &str = "
    UPDATE api_clients SET secret_hash = $2, sealed_client_secret = $3, changed_revision = $4
    WHERE client_id = $1";

const REPLACE_SUBSCRIPTION_KEY: &str = "
    UPDATE subscription_keys SET key_hash = $2 WHERE client_id = $1 AND slot = $3";

const REPLACE_SEALED_PRIMARY: &str = "
    UPDATE api_clients SET sealed_primary_key = $2, changed_revision = $3 WHERE client_id = $1";

const REPLACE_SEALED_SECONDARY: &str = "
    UPDATE api_clients SET sealed_secondary_key = $2, changed_revision = $3 WHERE client_id = $1";

const END: &str = "
    UPDATE api_clients
    SET active = FALSE, changed_revision = $2,
        sealed_client_secret = NULL, sealed_primary_key = NULL, sealed_secondary_key = NULL
    WHERE client_id = $1 AND active";

/// A secret that takes the place of another.
#[derive(Debug)]
pub(crate) struct NewSecret {
    pub(crate) slot: Slot,
    pub(crate) hash: Hash,
    /// Where it is needed again.
    pub(crate) sealed: Option<Vec<u8>>,
}

/// A set, without its secrets.
pub(crate) async fn find(tx: &mut PgConnection, client_id: ClientId) -> Result<Option<KeySet>, sqlx::Error> {
    let row = sqlx::query(SELECT).bind(client_id.as_uuid()).fetch_optional(tx).await?;
    row.as_ref().map(key_set).transpose()
}

/// The newest sets of a sales unit, oldest first.
pub(crate) async fn list_of_unit(
    tx: &mut PgConnection,
    msn: &Msn,
    limit: i64,
) -> Result<Vec<KeySet>, sqlx::Error> {
    let rows = sqlx::query(SELECT_OF_UNIT).bind(msn.as_str()).bind(limit).fetch_all(tx).await?;
    rows.iter().rev().map(key_set).collect()
}

/// The newest sets of a partner, oldest first.
pub(crate) async fn list_of_partner(
    tx: &mut PgConnection,
    partner_id: PartnerId,
    limit: i64,
) -> Result<Vec<KeySet>, sqlx::Error> {
    let rows = sqlx::query(SELECT_OF_PARTNER).bind(partner_id.as_uuid()).bind(limit).fetch_all(tx).await?;
    rows.iter().rev().map(key_set).collect()
}

/// The active set of a sales unit, with its sealed secrets.
pub(crate) async fn find_sealed(
    tx: &mut PgConnection,
    msn: &Msn,
) -> Result<Option<(KeySet, SealedSecrets)>, sqlx::Error> {
    let row = sqlx::query(SELECT_SEALED).bind(msn.as_str()).fetch_optional(tx).await?;
    row.map(|row| {
        let sealed = SealedSecrets {
            client_secret: row.try_get("sealed_client_secret")?,
            primary: row.try_get("sealed_primary_key")?,
            secondary: row.try_get("sealed_secondary_key")?,
        };
        Ok((key_set(&row)?, sealed))
    })
    .transpose()
}

/// The sealed secret of an active client, where it was kept.
pub(crate) async fn find_client_secret(
    tx: &mut PgConnection,
    client_id: ClientId,
) -> Result<Option<Vec<u8>>, sqlx::Error> {
    sqlx::query_scalar(SELECT_CLIENT_SECRET).bind(client_id.as_uuid()).fetch_optional(tx).await
}

/// Puts a secret in the place of another, as changed at `revision`.
pub(crate) async fn replace(
    tx: &mut PgConnection,
    client_id: ClientId,
    new: &NewSecret,
    revision: i64,
) -> Result<(), sqlx::Error> {
    let (slot, reseal) = match new.slot {
        Slot::ClientSecret => {
            sqlx::query(REPLACE_CLIENT_SECRET)
                .bind(client_id.as_uuid())
                .bind(new.hash.as_bytes())
                .bind(&new.sealed)
                .bind(revision)
                .execute(tx)
                .await?;
            return Ok(());
        }
        Slot::Primary => ("primary", REPLACE_SEALED_PRIMARY),
        Slot::Secondary => ("secondary", REPLACE_SEALED_SECONDARY),
    };
    sqlx::query(REPLACE_SUBSCRIPTION_KEY)
        .bind(client_id.as_uuid())
        .bind(new.hash.as_bytes())
        .bind(slot)
        .execute(&mut *tx)
        .await?;
    sqlx::query(reseal).bind(client_id.as_uuid()).bind(&new.sealed).bind(revision).execute(tx).await?;
    Ok(())
}

/// Whether the set was active; it has ended now, and its secrets cannot be shown any more.
pub(crate) async fn end(
    tx: &mut PgConnection,
    client_id: ClientId,
    revision: i64,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(END).bind(client_id.as_uuid()).bind(revision).execute(tx).await?;
    Ok(done.rows_affected() == 1)
}
