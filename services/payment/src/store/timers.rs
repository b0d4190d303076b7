//! When a payment needs attention by itself. Timers are added, never moved: a payment may have several, and whoever
//! finds one due looks at the payment and leaves the next. So whatever a payment waits for, it has a timer that is due
//! no later, or within the longest pause between two looks.

use chrono::{DateTime, Utc};
use kvitt_primitives::{Msn, PaymentId, Reference};
use sqlx::{FromRow, PgConnection, Row as _, postgres::PgRow};
use uuid::Uuid;

use super::unreadable;
use crate::domain::Payment;

/// A timer to add.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Timer<'a> {
    pub(crate) payment: &'a Payment,
    pub(crate) due_at: DateTime<Utc>,
}

/// A timer that has run out.
#[derive(Debug, Clone)]
pub(crate) struct Due {
    pub(crate) msn: Msn,
    pub(crate) reference: Reference,
    at: DateTime<Utc>,
    payment: PaymentId,
    version: i32,
}

pub(super) const DUE: &str = "
SELECT msn, reference, due_at, payment_id, version FROM payment_timers WHERE due_at <= $1
ORDER BY due_at, payment_id, version, msn LIMIT $2";

/// Timers that have run out, longest first.
pub(crate) async fn due(
    connection: &mut PgConnection,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<Due>, sqlx::Error> {
    sqlx::query_as(DUE).bind(now).bind(limit).fetch_all(connection).await
}

pub(super) const REPLACE: &str = "
WITH fired AS (
    DELETE FROM payment_timers t
    USING unnest($1::timestamptz[], $2::uuid[], $3::int[], $4::text[]) AS f (due_at, payment_id, version, msn)
    WHERE t.due_at = f.due_at AND t.payment_id = f.payment_id AND t.version = f.version AND t.msn = f.msn
)
INSERT INTO payment_timers (due_at, payment_id, version, msn, reference)
SELECT * FROM unnest($5::timestamptz[], $6::uuid[], $7::int[], $8::text[], $9::text[]) ON CONFLICT DO NOTHING";

/// Removes timers that have run out and adds the next ones, which have not.
pub(crate) async fn replace(
    connection: &mut PgConnection,
    fired: &[Due],
    next: &[Timer<'_>],
) -> Result<(), sqlx::Error> {
    sqlx::query(REPLACE)
        .bind(fired.iter().map(|due| due.at).collect::<Vec<_>>())
        .bind(fired.iter().map(|due| due.payment.as_uuid()).collect::<Vec<_>>())
        .bind(fired.iter().map(|due| due.version).collect::<Vec<_>>())
        .bind(fired.iter().map(|due| due.msn.to_string()).collect::<Vec<_>>())
        .bind(next.iter().map(|timer| timer.due_at).collect::<Vec<_>>())
        .bind(next.iter().map(|timer| timer.payment.id.as_uuid()).collect::<Vec<_>>())
        .bind(next.iter().map(|timer| timer.payment.version).collect::<Vec<_>>())
        .bind(next.iter().map(|timer| timer.payment.msn.to_string()).collect::<Vec<_>>())
        .bind(next.iter().map(|timer| timer.payment.reference.to_string()).collect::<Vec<_>>())
        .execute(connection)
        .await
        .map(drop)
}

pub(super) const NEXT: &str = "SELECT min(due_at) FROM payment_timers";

/// The next instant at which anything is due; it may have passed.
pub(crate) async fn next(connection: &mut PgConnection) -> Result<Option<DateTime<Utc>>, sqlx::Error> {
    sqlx::query_scalar(NEXT).fetch_one(connection).await
}

/// The CASE is `Payment::next_due_at`. The number stands in the text: what is the best plan for few is not for many.
#[cfg(feature = "sandbox")]
macro_rules! take_away_idle {
    ($first:literal) => {
        concat!(
            "
WITH first AS MATERIALIZED (
    SELECT due_at, payment_id, version, msn, reference FROM payment_timers
    ORDER BY due_at, payment_id, version, msn LIMIT ",
            $first,
            "
), looked AS (
    SELECT f.*, p.version AS payment_version, CASE
        WHEN p.pending_due_at IS NOT NULL THEN p.pending_due_at
        WHEN p.state = 1 THEN p.expires_at
        WHEN p.state = 4 AND p.captured + p.cancelled < p.authorized THEN p.capture_until
    END AS wanted_at
    FROM first f JOIN payments p ON p.msn = f.msn AND p.reference = f.reference
), idle AS (
    SELECT * FROM looked WHERE wanted_at IS NULL OR wanted_at > due_at
), taken AS (
    DELETE FROM payment_timers t USING idle i
    WHERE t.due_at = i.due_at AND t.payment_id = i.payment_id AND t.version = i.version AND t.msn = i.msn
), added AS (
    INSERT INTO payment_timers (due_at, payment_id, version, msn, reference)
    SELECT DISTINCT wanted_at, payment_id, payment_version, msn, reference FROM idle WHERE wanted_at IS NOT NULL
    ON CONFLICT DO NOTHING
)
SELECT count(*) FROM idle"
        )
    };
}

#[cfg(feature = "sandbox")]
pub(super) const IDLE_AMONG_FEW: &str = take_away_idle!(32);
#[cfg(feature = "sandbox")]
pub(super) const IDLE_AMONG_MANY: &str = take_away_idle!(100_000);

/// Takes away timers at whose instant their payment waits for nothing, until the first that is left is not one of them. If a
/// payment waits for something later, a timer for that is left; one that begins to wait meanwhile adds its own.
#[cfg(feature = "sandbox")]
pub(crate) async fn take_away_idle(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    let mut idle: i64 = sqlx::query_scalar(IDLE_AMONG_FEW).fetch_one(&mut *connection).await?;
    let mut all = 32;
    while idle == all {
        idle = sqlx::query_scalar(IDLE_AMONG_MANY).fetch_one(&mut *connection).await?;
        all = 100_000;
    }
    Ok(())
}

impl<'r> FromRow<'r, PgRow> for Due {
    fn from_row(row: &'r PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            msn: row.try_get::<&str, _>("msn")?.parse().map_err(|_| unreadable("msn"))?,
            reference: row.try_get::<&str, _>("reference")?.parse().map_err(|_| unreadable("reference"))?,
            at: row.try_get("due_at")?,
            payment: PaymentId::from_uuid(row.try_get::<Uuid, _>("payment_id")?),
            version: row.try_get("version")?,
        })
    }
}
