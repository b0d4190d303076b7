//! How far the ends of guarantees have been dealt with, and what comes next.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

pub(super) const FIND: &str = "SELECT lapsed_until FROM lapse_cursor";

/// Never back: another instance may be further.
pub(super) const ADVANCE: &str = "UPDATE lapse_cursor SET lapsed_until = $1 WHERE lapsed_until < $1";

pub(super) const NEXT_GUARANTEE_END: &str = "
    SELECT min(guaranteed_until) FROM reservations
    WHERE guaranteed_until > (SELECT lapsed_until FROM lapse_cursor)";

#[cfg(feature = "sandbox")]
pub(super) const NEXT_LAPSE: &str = "
    SELECT guaranteed_until FROM reservations
    WHERE guaranteed_until > (SELECT lapsed_until FROM lapse_cursor)
      AND captured_minor + released_minor + lapsed_minor < amount_minor
    ORDER BY guaranteed_until
    LIMIT 1";

/// Every guarantee that ended before has been dealt with.
pub(crate) async fn lapse_cursor(connection: &mut PgConnection) -> Result<DateTime<Utc>, sqlx::Error> {
    sqlx::query_scalar(FIND).fetch_one(connection).await
}

/// Every guarantee that ended before `until` has been dealt with from now on.
pub(crate) async fn advance_lapse_cursor(
    connection: &mut PgConnection,
    until: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query(ADVANCE).bind(until).execute(connection).await?;
    Ok(())
}

/// The first end of a guarantee behind the cursor, whether or not anything is still held.
pub(crate) async fn next_guarantee_end(
    connection: &mut PgConnection,
) -> Result<Option<DateTime<Utc>>, sqlx::Error> {
    sqlx::query_scalar(NEXT_GUARANTEE_END).fetch_one(connection).await
}

/// When the next hold behind the cursor lapses. It walks over what holds nothing any more, so it is not for a loop.
#[cfg(feature = "sandbox")]
pub(crate) async fn next_lapse(connection: &mut PgConnection) -> Result<Option<DateTime<Utc>>, sqlx::Error> {
    sqlx::query_scalar(NEXT_LAPSE).fetch_optional(connection).await
}
