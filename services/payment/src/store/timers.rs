//! When a payment needs attention by itself.

use chrono::{DateTime, Utc};
use kvitt_primitives::{Msn, Reference};
use sqlx::PgConnection;

use super::unreadable;
use crate::domain::Payment;

/// A timer to set, or to drop when there is no due instant any more.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TimerChange<'a> {
    pub(crate) payment: &'a Payment,
    pub(crate) due_at: Option<DateTime<Utc>>,
}

pub(super) const DUE: &str = "
SELECT msn, reference FROM payment_timers WHERE due_at <= $1 ORDER BY due_at LIMIT $2";

/// Payments that are due, longest overdue first.
pub(crate) async fn due(
    connection: &mut PgConnection,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<(Msn, Reference)>, sqlx::Error> {
    let rows: Vec<(String, String)> = sqlx::query_as(DUE).bind(now).bind(limit).fetch_all(connection).await?;
    rows.into_iter()
        .map(|(msn, reference)| {
            let msn = msn.parse().map_err(|_| unreadable("msn"))?;
            Ok((msn, reference.parse().map_err(|_| unreadable("reference"))?))
        })
        .collect()
}

pub(super) const NEXT: &str = "SELECT min(due_at) FROM payment_timers WHERE due_at > $1";

/// The next instant after `now` at which anything is due.
pub(crate) async fn next(
    connection: &mut PgConnection,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, sqlx::Error> {
    sqlx::query_scalar(NEXT).bind(now).fetch_one(connection).await
}
