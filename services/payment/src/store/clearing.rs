//! How far captures and releases have been delivered to the acquirer.

use kvitt_primitives::{Msn, PaymentId};
use sqlx::PgConnection;

use super::{Kind, Record};

pub(super) const START: &str = "
INSERT INTO clearing_cursors (part, pos) SELECT part, 0 FROM generate_series(0, $1::int - 1) AS part
ON CONFLICT DO NOTHING";

/// Gives every part a cursor.
pub(crate) async fn start(connection: &mut PgConnection, parts: i16) -> Result<(), sqlx::Error> {
    sqlx::query(START).bind(i32::from(parts)).execute(connection).await.map(drop)
}

pub(super) const CURSOR: &str = "SELECT pos FROM clearing_cursors WHERE part = $1";

/// The last position delivered.
pub(crate) async fn cursor(connection: &mut PgConnection, part: i16) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar(CURSOR).bind(part).fetch_one(connection).await
}

pub(super) const ADVANCE: &str = "UPDATE clearing_cursors SET pos = $3 WHERE part = $1 AND pos = $2";

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
