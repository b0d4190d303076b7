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
