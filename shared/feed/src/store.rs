//! The table `feed_cursors` of the service that follows.

use sqlx::PgConnection;

/// Every statement, for the test that prepares those of a service.
pub const STATEMENTS: &[&str] = &[OPEN_CURSOR, FIND_CURSOR, MOVE_CURSOR];

const OPEN_CURSOR: &str = "INSERT INTO feed_cursors (part, cursor) VALUES ($1, '') ON CONFLICT DO NOTHING";

const FIND_CURSOR: &str = "SELECT cursor FROM feed_cursors WHERE part = $1";

const MOVE_CURSOR: &str = "UPDATE feed_cursors SET cursor = $3 WHERE part = $1 AND cursor = $2";

/// How far a part of the log has been dealt with; opens the part when it is new.
pub(crate) async fn open_cursor(connection: &mut PgConnection, part: i32) -> Result<String, sqlx::Error> {
    sqlx::query(OPEN_CURSOR).bind(part).execute(&mut *connection).await?;
    sqlx::query_scalar(FIND_CURSOR).bind(part).fetch_one(connection).await
}

/// Moves the cursor of a part on; false when it does not stand at `old`, because another instance leads.
pub(crate) async fn move_cursor(
    tx: &mut PgConnection,
    part: i32,
    (old, new): (&str, &str),
) -> Result<bool, sqlx::Error> {
    let moved = sqlx::query(MOVE_CURSOR).bind(part).bind(old).bind(new).execute(tx).await?;
    Ok(moved.rows_affected() == 1)
}
