//! The heads of the parts: how the log is divided, and how far each part is written.

use sqlx::{FromRow, PgConnection, Row as _, postgres::PgRow};

use crate::engine::Head;

pub(super) const OPEN_PARTS: &str = "
INSERT INTO log_head (part, next_pos, closed, generation)
SELECT part, 1, false, 0 FROM generate_series(0, $1::int - 1) AS part
WHERE NOT EXISTS (SELECT 1 FROM log_head) ON CONFLICT DO NOTHING";

/// Divides the log of a database that has none into `wanted` parts.
pub(crate) async fn open(connection: &mut PgConnection, wanted: i16) -> Result<(), sqlx::Error> {
    sqlx::query(OPEN_PARTS).bind(i32::from(wanted)).execute(connection).await.map(drop)
}

pub(super) const CLOSE: &str = "UPDATE log_head SET closed = true WHERE NOT closed";
pub(super) const GROW: &str = "
INSERT INTO log_head (part, next_pos, closed, generation)
SELECT last.part + number, 1, false, last.generation + 1
FROM generate_series(1, $1::int) AS number,
    (SELECT max(part) AS part, max(generation) AS generation FROM log_head) AS last";

/// Closes the open parts and opens `wanted` new ones. To be called in a transaction: a batch under way ends before the
/// old parts are closed, and one that comes later finds them closed and the new ones open.
pub(crate) async fn grow(connection: &mut PgConnection, wanted: i16) -> Result<(), sqlx::Error> {
    sqlx::query(CLOSE).execute(&mut *connection).await?;
    sqlx::query(GROW).bind(i32::from(wanted)).execute(connection).await.map(drop)
}

pub(super) const ALL: &str = "SELECT part, generation, next_pos, closed FROM log_head ORDER BY part";

/// All heads, ascending.
pub(crate) async fn all(connection: &mut PgConnection) -> Result<Vec<Head>, sqlx::Error> {
    sqlx::query_as(ALL).fetch_all(connection).await
}

pub(super) const CLOSED: &str = "SELECT closed FROM log_head WHERE part = $1";

/// Whether a part takes no more rows.
pub(crate) async fn is_closed(connection: &mut PgConnection, part: i16) -> Result<bool, sqlx::Error> {
    let closed = sqlx::query_scalar(CLOSED).bind(part).fetch_optional(connection).await?;
    Ok(closed.unwrap_or_default())
}

impl<'r> FromRow<'r, PgRow> for Head {
    fn from_row(row: &'r PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            part: row.try_get("part")?,
            generation: row.try_get("generation")?,
            next_pos: row.try_get("next_pos")?,
            closed: row.try_get("closed")?,
        })
    }
}
