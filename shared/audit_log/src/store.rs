//! The tables `audit_log` and `audit_log_head`.

use kvitt_primitives::MerchantId;
use sqlx::{PgConnection, Row as _, postgres::PgRow};

use crate::entry::{Entry, Hash, Stored};

/// Every statement, for the test that prepares them.
#[cfg(test)]
pub(crate) const STATEMENTS: &[&str] = &[LOCK_HEAD, APPEND, SELECT_OF_MERCHANT, SELECT_HEAD, SELECT_CHAIN];

const LOCK_HEAD: &str = "SELECT sequence, hash FROM audit_log_head FOR UPDATE";

const APPEND: &str = "
    WITH head AS (UPDATE audit_log_head SET sequence = $1, hash = $10)
    INSERT INTO audit_log
        (sequence, at, actor, action, subject, merchant_id, before, after, trace_id, hash)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";

const SELECT_OF_MERCHANT: &str = "
    SELECT sequence, at, actor, action, subject, merchant_id, before, after, trace_id FROM audit_log
    WHERE merchant_id = $1 AND sequence < $2
    ORDER BY sequence DESC
    LIMIT $3";

const SELECT_HEAD: &str = "SELECT sequence, hash FROM audit_log_head";

const SELECT_CHAIN: &str = "
    SELECT sequence, at, actor, action, subject, merchant_id, before, after, trace_id, hash FROM audit_log
    WHERE sequence > $1
    ORDER BY sequence
    LIMIT $2";

/// Adds an entry to the log, in the transaction of the change it tells of. Other transactions that change something wait
/// for this one to end, so it comes last.
pub async fn append(tx: &mut PgConnection, entry: &Entry) -> Result<(), sqlx::Error> {
    let head = sqlx::query(LOCK_HEAD).fetch_one(&mut *tx).await?;
    let (sequence, previous): (i64, Hash) = (head.try_get("sequence")?, head.try_get("hash")?);
    let stored = Stored::of(entry, sequence + 1);
    sqlx::query(APPEND)
        .bind(stored.sequence)
        .bind(stored.at)
        .bind(&stored.actor)
        .bind(&stored.action)
        .bind(&stored.subject)
        .bind(stored.merchant_id.map(MerchantId::as_uuid))
        .bind(&stored.before)
        .bind(&stored.after)
        .bind(&stored.trace_id)
        .bind(stored.hash_after(&previous).as_slice())
        .execute(tx)
        .await?;
    Ok(())
}

/// The newest entries of a merchant, of those before `before_sequence`.
pub async fn list(
    connection: &mut PgConnection,
    merchant_id: MerchantId,
    before_sequence: Option<i64>,
    limit: i64,
) -> Result<Vec<Stored>, sqlx::Error> {
    let rows = sqlx::query(SELECT_OF_MERCHANT)
        .bind(merchant_id.as_uuid())
        .bind(before_sequence.unwrap_or(i64::MAX))
        .bind(limit)
        .fetch_all(connection)
        .await?;
    rows.iter().map(stored).collect()
}

/// Where the chain ends.
pub(crate) async fn head(connection: &mut PgConnection) -> Result<(i64, Hash), sqlx::Error> {
    let head = sqlx::query(SELECT_HEAD).fetch_one(connection).await?;
    Ok((head.try_get("sequence")?, head.try_get("hash")?))
}

/// The first entries after `sequence`, each with its hash.
pub(crate) async fn chain(
    connection: &mut PgConnection,
    sequence: i64,
    limit: i64,
) -> Result<Vec<(Stored, Hash)>, sqlx::Error> {
    let rows = sqlx::query(SELECT_CHAIN).bind(sequence).bind(limit).fetch_all(connection).await?;
    rows.iter().map(|row| Ok((stored(row)?, row.try_get("hash")?))).collect()
}

fn stored(row: &PgRow) -> Result<Stored, sqlx::Error> {
    Ok(Stored {
        sequence: row.try_get("sequence")?,
        at: row.try_get("at")?,
        actor: row.try_get("actor")?,
        action: row.try_get("action")?,
        subject: row.try_get("subject")?,
        merchant_id: row.try_get::<Option<_>, _>("merchant_id")?.map(MerchantId::from_uuid),
        before: row.try_get("before")?,
        after: row.try_get("after")?,
        trace_id: row.try_get("trace_id")?,
    })
}
