//! How far captures and releases have been delivered to the acquirer.

use kvitt_primitives::{Msn, PaymentId};
use sqlx::{FromRow as _, PgConnection, Row as _};

use super::{Kind, Record, feed::Stretch};

pub(super) const START: &str = "
INSERT INTO clearing_cursors (part, pos) SELECT part, 0 FROM log_head ON CONFLICT DO NOTHING";

/// Gives every part a cursor.
pub(crate) async fn start(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query(START).execute(connection).await.map(drop)
}

pub(super) const CURSOR: &str = "SELECT pos FROM clearing_cursors WHERE part = $1";

/// The last position delivered.
pub(crate) async fn cursor(connection: &mut PgConnection, part: i16) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar(CURSOR).bind(part).fetch_one(connection).await
}

/// The commit does not wait for the disk: a cursor that is lost only delivers again what is delivered at least once.
pub(super) const ADVANCE: &str = "
WITH relaxed AS (SELECT set_config('synchronous_commit', 'off', true) AS setting)
UPDATE clearing_cursors SET pos = $3 FROM relaxed WHERE part = $1 AND pos = $2 AND setting = 'off'";

/// Moves the cursor on; false when another instance has moved it.
pub(crate) async fn advance(
    connection: &mut PgConnection,
    part: i16,
    from: i64,
    to: i64,
) -> Result<bool, sqlx::Error> {
    let moved = sqlx::query(ADVANCE).bind(part).bind(from).bind(to).execute(connection).await?;
    Ok(moved.rows_affected() == 1)
}

pub(super) const REACHED: &str = "
SELECT h.part, h.next_pos - 1, c.pos FROM log_head h JOIN clearing_cursors c ON c.part = h.part";

/// Of each part the last position, and the last one delivered.
pub(crate) async fn reached(connection: &mut PgConnection) -> Result<Vec<(i16, i64, i64)>, sqlx::Error> {
    sqlx::query_as(REACHED).fetch_all(connection).await
}

#[cfg(feature = "sandbox")]
pub(super) const BEHIND: &str = "
SELECT EXISTS (SELECT FROM log_head h JOIN clearing_cursors c ON c.part = h.part WHERE c.pos < h.next_pos - 1)";

/// Whether there is anything in the log that has not been delivered yet.
#[cfg(feature = "sandbox")]
pub(crate) async fn is_behind(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar(BEHIND).fetch_one(connection).await
}

pub(super) const READ: &str = concat!(
    "SELECT ",
    log_columns!(),
    " FROM payment_log l WHERE part = $1 AND pos > $2 AND pos <= $3 AND kind = ANY ($4::smallint[]) \
     ORDER BY pos LIMIT $5"
);

/// The captures and releases of a stretch of the log, with their positions, in order.
pub(crate) async fn read(
    connection: &mut PgConnection,
    stretch: Stretch,
) -> Result<Vec<(i64, Record)>, sqlx::Error> {
    let rows = sqlx::query(READ)
        .bind(stretch.part)
        .bind(stretch.after)
        .bind(stretch.until)
        .bind([Kind::Captured, Kind::Cancelled].map(Kind::number).to_vec())
        .bind(stretch.limit)
        .fetch_all(connection)
        .await?;
    rows.iter().map(|row| Ok((row.try_get("pos")?, Record::from_row(row)?))).collect()
}

pub(super) const UNCLEARED: &str = concat!(
    "SELECT ",
    log_columns!(),
    " FROM payment_log l JOIN clearing_cursors c ON c.part = l.part
WHERE l.payment_id = $1 AND l.msn = $2 AND l.kind = $3 AND l.pos > c.pos ORDER BY l.seq"
);

/// The captures of a payment that may not have reached the acquirer yet, oldest first.
pub(crate) async fn uncleared_captures(
    connection: &mut PgConnection,
    msn: &Msn,
    payment: PaymentId,
) -> Result<Vec<Record>, sqlx::Error> {
    sqlx::query_as(UNCLEARED)
        .bind(payment.as_uuid())
        .bind(msn.as_str())
        .bind(Kind::Captured.number())
        .fetch_all(connection)
        .await
}
