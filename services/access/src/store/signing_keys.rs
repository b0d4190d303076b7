//! Signing keys at rest: the public half in the clear, the private half sealed.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool, Row as _, postgres::PgRow};

use crate::{domain::rotation::Life, envelope::Sealed};

#[cfg(test)]
pub(crate) const STATEMENTS: &[&str] = &[PING, INSERT, SELECT, REWRAP, DELETE];

const PING: &str = "SELECT 1";

const INSERT: &str = "
    INSERT INTO signing_keys
        (generation, kid, public_key, wrapped_data_key, sealed_private_key, created_at, activates_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT (generation) DO NOTHING";

const SELECT: &str = "
    SELECT generation, kid, public_key, wrapped_data_key, sealed_private_key, activates_at
    FROM signing_keys
    ORDER BY generation";

const REWRAP: &str = "UPDATE signing_keys SET wrapped_data_key = $2 WHERE kid = $1";

const DELETE: &str = "DELETE FROM signing_keys WHERE generation = ANY ($1)";

/// A key as it is kept.
#[derive(Debug, Clone)]
pub(crate) struct StoredKey {
    pub(crate) life: Life,
    pub(crate) kid: String,
    pub(crate) public_key: [u8; 32],
    pub(crate) sealed: Sealed,
}

/// Whether the database answers.
pub(crate) async fn ping(pool: &PgPool) -> Result<(), sqlx::Error> {
    sqlx::query(PING).execute(pool).await.map(|_| ())
}

/// Whether the key was stored; `false` when its generation is there already.
pub(crate) async fn insert(
    tx: &mut PgConnection,
    key: &StoredKey,
    now: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(INSERT)
        .bind(key.life.generation)
        .bind(&key.kid)
        .bind(key.public_key.as_slice())
        .bind(&key.sealed.wrapped_data_key)
        .bind(&key.sealed.sealed_private_key)
        .bind(now)
        .bind(key.life.activates_at)
        .execute(tx)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// All keys, oldest first.
pub(crate) async fn list(tx: &mut PgConnection) -> Result<Vec<StoredKey>, sqlx::Error> {
    let rows = sqlx::query(SELECT).fetch_all(tx).await?;
    rows.iter().map(stored_key).collect()
}

/// The data key of a key stands under another key-encryption key.
pub(crate) async fn rewrap(
    tx: &mut PgConnection,
    kid: &str,
    wrapped_data_key: &[u8],
) -> Result<(), sqlx::Error> {
    sqlx::query(REWRAP).bind(kid).bind(wrapped_data_key).execute(tx).await?;
    Ok(())
}

/// Forgets the keys of these generations.
pub(crate) async fn delete(tx: &mut PgConnection, generations: &[i64]) -> Result<(), sqlx::Error> {
    sqlx::query(DELETE).bind(generations).execute(tx).await?;
    Ok(())
}

fn stored_key(row: &PgRow) -> Result<StoredKey, sqlx::Error> {
    Ok(StoredKey {
        life: Life { generation: row.try_get("generation")?, activates_at: row.try_get("activates_at")? },
        kid: row.try_get("kid")?,
        public_key: row.try_get("public_key")?,
        sealed: Sealed {
            wrapped_data_key: row.try_get("wrapped_data_key")?,
            sealed_private_key: row.try_get("sealed_private_key")?,
        },
    })
}
