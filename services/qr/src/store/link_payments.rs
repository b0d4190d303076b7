//! `link_payments`: payments that were begun by links. Whoever changes both locks these rows before the links'.

use chrono::{DateTime, Utc};
use kvitt_primitives::{IdempotencyKey, Msn, Reference};
use sqlx::{PgConnection, Row as _, postgres::PgRow};

use super::broken;
use crate::domain::{
    attempt::{Attempt, Named, Standing},
    link::LinkId,
};

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] =
    &[INSERT, FIND, LOCK, MOVE, TAKE_AGAIN, RENEW, GIVE_BACK, MARK_MADE, UNMADE, OLDEST_UNMADE];

const INSERT: &str = "\
INSERT INTO link_payments
    (msn, reference, payment_link_id, idempotency_key, request_hash, amount, begun_at, state, made)
VALUES ($1, $2, $3, $4, $5, $6, $7, 1, false)
ON CONFLICT ON CONSTRAINT link_payments_attempt_key DO NOTHING";

const FIND: &str = "\
SELECT msn, reference, payment_link_id, idempotency_key, request_hash, amount, state, made FROM link_payments
WHERE msn = $1 AND payment_link_id = $2 AND idempotency_key = $3";

/// In one order, so that nobody waits in a circle.
const LOCK: &str = "\
SELECT p.msn, p.reference, p.payment_link_id, p.idempotency_key, p.request_hash, p.amount, p.state, p.made
FROM UNNEST($1::text[], $2::text[]) AS told (msn, reference)
JOIN link_payments AS p ON p.msn = told.msn AND p.reference = told.reference
ORDER BY p.msn, p.reference
FOR UPDATE OF p";

const MOVE: &str = "\
UPDATE link_payments AS p SET state = moved.state, made = true
FROM UNNEST($1::text[], $2::text[], $3::smallint[]) AS moved (msn, reference, state)
WHERE p.msn = moved.msn AND p.reference = moved.reference";

const TAKE_AGAIN: &str = "\
UPDATE link_payments SET state = 1, begun_at = $3
WHERE msn = $1 AND reference = $2 AND state = 3 AND NOT made";

const RENEW: &str = "\
UPDATE link_payments SET begun_at = $3 WHERE msn = $1 AND reference = $2 AND state = 1 AND NOT made";

/// One that is known to be there is told of by payment's log alone.
const GIVE_BACK: &str = "\
UPDATE link_payments SET state = 3
WHERE msn = $1 AND reference = $2 AND state = 1 AND NOT made AND begun_at <= $3";

const MARK_MADE: &str =
    "UPDATE link_payments SET made = true WHERE msn = $1 AND reference = $2 AND state = 1";

const UNMADE: &str = "\
SELECT msn, reference, payment_link_id, begun_at FROM link_payments
WHERE NOT made AND state = 1 AND begun_at <= $1 AND (begun_at, msn, reference) > ($2, $3, $4)
ORDER BY begun_at, msn, reference LIMIT $5";

const OLDEST_UNMADE: &str = "SELECT min(begun_at) FROM link_payments WHERE NOT made AND state = 1";

/// One that holds a place and is not known to be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unmade {
    pub(crate) named: Named,
    pub(crate) link_id: LinkId,
    pub(crate) begun_at: DateTime<Utc>,
}

/// Begins one; false when the link has seen an attempt of this name.
pub(crate) async fn insert(
    tx: &mut PgConnection,
    attempt: &Attempt,
    now: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    let insert = sqlx::query(INSERT)
        .bind(attempt.msn.as_str())
        .bind(attempt.reference.as_str())
        .bind(attempt.link_id.0)
        .bind(attempt.key.as_str())
        .bind(&attempt.request_hash)
        .bind(attempt.amount_minor)
        .bind(now);
    Ok(insert.execute(tx).await?.rows_affected() > 0)
}

/// The link's attempt of this name.
pub(crate) async fn find(
    connection: &mut PgConnection,
    (msn, link_id): (&Msn, LinkId),
    key: &IdempotencyKey,
) -> Result<Option<Attempt>, sqlx::Error> {
    let find = sqlx::query(FIND).bind(msn.as_str()).bind(link_id.0).bind(key.as_str());
    find.fetch_optional(connection).await?.as_ref().map(attempt).transpose()
}

/// Those of these payments that links have begun, which nobody else changes until the transaction ends.
pub(crate) async fn lock(tx: &mut PgConnection, payments: &[&Named]) -> Result<Vec<Attempt>, sqlx::Error> {
    let lock = sqlx::query(LOCK)
        .bind(payments.iter().map(|(msn, _)| msn.as_str()).collect::<Vec<_>>())
        .bind(payments.iter().map(|(_, reference)| reference.as_str()).collect::<Vec<_>>());
    lock.fetch_all(tx).await?.iter().map(attempt).collect()
}

/// Moves payments that are there.
pub(crate) async fn move_to(tx: &mut PgConnection, moved: &[(Named, Standing)]) -> Result<(), sqlx::Error> {
    if moved.is_empty() {
        return Ok(());
    }
    let update = sqlx::query(MOVE)
        .bind(moved.iter().map(|((msn, _), _)| msn.as_str()).collect::<Vec<_>>())
        .bind(moved.iter().map(|((_, reference), _)| reference.as_str()).collect::<Vec<_>>())
        .bind(moved.iter().map(|(_, standing)| number(*standing)).collect::<Vec<_>>());
    update.execute(tx).await.map(|_| ())
}

/// Holds a place again that was given back; false when it was not, or another was faster.
pub(crate) async fn take_again(
    tx: &mut PgConnection,
    (msn, reference): (&Msn, &Reference),
    now: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    let update = sqlx::query(TAKE_AGAIN).bind(msn.as_str()).bind(reference.as_str()).bind(now);
    Ok(update.execute(tx).await?.rows_affected() > 0)
}

/// Asks for one anew that holds a place: its time begins again, so that nobody gives the place away meanwhile. False when it
/// holds none, or is known to be there.
pub(crate) async fn renew(
    connection: &mut PgConnection,
    (msn, reference): (&Msn, &Reference),
    now: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    let update = sqlx::query(RENEW).bind(msn.as_str()).bind(reference.as_str()).bind(now);
    Ok(update.execute(connection).await?.rows_affected() > 0)
}

/// Gives the place back of a payment that there is none of, if it was begun by then; whether it held one.
pub(crate) async fn give_back(
    tx: &mut PgConnection,
    (msn, reference): (&Msn, &Reference),
    begun_by: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    let update = sqlx::query(GIVE_BACK).bind(msn.as_str()).bind(reference.as_str()).bind(begun_by);
    Ok(update.execute(tx).await?.rows_affected() > 0)
}

/// Notes that the payment is there.
pub(crate) async fn mark_made(
    connection: &mut PgConnection,
    (msn, reference): (&Msn, &Reference),
) -> Result<(), sqlx::Error> {
    let update = sqlx::query(MARK_MADE).bind(msn.as_str()).bind(reference.as_str());
    update.execute(connection).await.map(|_| ())
}

/// At most `limit` that hold a place since then or longer and are not known to be there, oldest first, behind `after`.
pub(crate) async fn unmade(
    connection: &mut PgConnection,
    begun_by: DateTime<Utc>,
    after: Option<&Unmade>,
    limit: i64,
) -> Result<Vec<Unmade>, sqlx::Error> {
    let (at, msn, reference) = match after {
        None => (DateTime::UNIX_EPOCH, "", ""),
        Some(Unmade { named: (msn, reference), begun_at, .. }) => {
            (*begun_at, msn.as_str(), reference.as_str())
        }
    };
    let unmade = sqlx::query(UNMADE).bind(begun_by).bind(at).bind(msn).bind(reference).bind(limit);
    let read = |row: &PgRow| -> Result<Unmade, sqlx::Error> {
        let link_id = LinkId(row.try_get("payment_link_id")?);
        Ok(Unmade { named: named(row)?, link_id, begun_at: row.try_get("begun_at")? })
    };
    unmade.fetch_all(connection).await?.iter().map(read).collect()
}

/// Since when the one holds its place that does so for longest without being known to be there.
pub(crate) async fn oldest_unmade(
    connection: &mut PgConnection,
) -> Result<Option<DateTime<Utc>>, sqlx::Error> {
    sqlx::query_scalar(OLDEST_UNMADE).fetch_one(connection).await
}

fn number(standing: Standing) -> i16 {
    match standing {
        Standing::Waits => 1,
        Standing::Approved => 2,
        Standing::EndedWithout => 3,
    }
}

fn named(row: &PgRow) -> Result<Named, sqlx::Error> {
    let msn = row.try_get::<&str, _>("msn")?.parse().map_err(|_| broken("msn"))?;
    Ok((msn, row.try_get::<&str, _>("reference")?.parse().map_err(|_| broken("reference"))?))
}

fn attempt(row: &PgRow) -> Result<Attempt, sqlx::Error> {
    let (msn, reference) = named(row)?;
    let standing = match row.try_get("state")? {
        1_i16 => Standing::Waits,
        2 => Standing::Approved,
        3 => Standing::EndedWithout,
        _ => return Err(broken("state")),
    };
    Ok(Attempt {
        msn,
        reference,
        link_id: LinkId(row.try_get("payment_link_id")?),
        key: row.try_get::<&str, _>("idempotency_key")?.parse().map_err(|_| broken("idempotency_key"))?,
        request_hash: row.try_get("request_hash")?,
        amount_minor: row.try_get("amount")?,
        standing,
        made: row.try_get("made")?,
    })
}

#[cfg(test)]
mod tests;
