//! What the benchmark asks of the log.

use sqlx::PgConnection;

pub(super) const WRITTEN: &str =
    "SELECT count(*), count(DISTINCT at) FROM payment_log WHERE part = $1 AND pos >= $2 AND pos < $3";

/// Rows of a stretch of a part, and the instants that they took: each batch takes one.
pub(crate) async fn written(
    connection: &mut PgConnection,
    part: i16,
    begin: i64,
    end: i64,
) -> Result<(i64, i64), sqlx::Error> {
    sqlx::query_as(WRITTEN).bind(part).bind(begin).bind(end).fetch_one(connection).await
}

pub(super) const UNCLEARED: &str = "
SELECT coalesce(sum(h.next_pos - 1 - c.pos), 0)::bigint FROM log_head h JOIN clearing_cursors c ON c.part = h.part";

/// How many rows are ahead of the clearing cursors.
pub(crate) async fn uncleared(connection: &mut PgConnection) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar(UNCLEARED).fetch_one(connection).await
}
