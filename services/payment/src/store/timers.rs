//! When a payment needs attention by itself.

use chrono::{DateTime, Utc};
use kvitt_primitives::{Msn, PaymentId, Reference};
use sqlx::{FromRow, PgConnection, Row as _, postgres::PgRow};
use uuid::Uuid;

use super::unreadable;
use crate::domain::Payment;

/// A timer to set, or to drop when there is no due instant any more.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TimerChange<'a> {
    pub(crate) payment: &'a Payment,
    pub(crate) due_at: Option<DateTime<Utc>>,
}

/// A timer that has run out.
#[derive(Debug, Clone)]
pub(crate) struct Due {
    pub(crate) msn: Msn,
    pub(crate) reference: Reference,
    at: DateTime<Utc>,
    payment: PaymentId,
}

pub(super) const DUE: &str = "
SELECT msn, reference, due_at, payment_id FROM payment_timers
WHERE due_at <= $1 AND (due_at, payment_id) > ($2, $3) ORDER BY due_at, payment_id LIMIT $4";

/// Payments that are due, longest overdue first, after the one given.
pub(crate) async fn due(
    connection: &mut PgConnection,
    now: DateTime<Utc>,
    after: Option<&Due>,
    limit: i64,
) -> Result<Vec<Due>, sqlx::Error> {
    let (at, payment) =
        after.map_or((DateTime::UNIX_EPOCH, Uuid::nil()), |due| (due.at, due.payment.as_uuid()));
    sqlx::query_as(DUE).bind(now).bind(at).bind(payment).bind(limit).fetch_all(connection).await
}

impl<'r> FromRow<'r, PgRow> for Due {
    fn from_row(row: &'r PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            msn: row.try_get::<&str, _>("msn")?.parse().map_err(|_| unreadable("msn"))?,
            reference: row.try_get::<&str, _>("reference")?.parse().map_err(|_| unreadable("reference"))?,
            at: row.try_get("due_at")?,
            payment: PaymentId::from_uuid(row.try_get("payment_id")?),
        })
    }
}

pub(super) const NEXT: &str = "SELECT min(due_at) FROM payment_timers";

/// The next instant at which anything is due; it may have passed.
pub(crate) async fn next(connection: &mut PgConnection) -> Result<Option<DateTime<Utc>>, sqlx::Error> {
    sqlx::query_scalar(NEXT).fetch_one(connection).await
}
