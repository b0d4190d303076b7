//! The log as followers read it.

use kvitt_primitives::Msn;
use sqlx::{FromRow as _, PgConnection, Row as _};

use super::Record;

pub(super) const READ: &str = "
SELECT * FROM payment_log WHERE part = $1 AND pos > $2 ORDER BY pos LIMIT $3";
pub(super) const READ_MSN: &str = "
SELECT * FROM payment_log WHERE part = $1 AND pos > $2 AND msn = $4 ORDER BY pos LIMIT $3";

/// Rows of a part after a position, with their own positions, in order; hidden ones too. With `msn`, only its rows.
pub(crate) async fn read(
    connection: &mut PgConnection,
    part: i16,
    after: i64,
    limit: i64,
    msn: Option<&Msn>,
) -> Result<Vec<(i64, Record)>, sqlx::Error> {
    let query = match msn {
        None => sqlx::query(READ).bind(part).bind(after).bind(limit),
        Some(msn) => sqlx::query(READ_MSN).bind(part).bind(after).bind(limit).bind(msn.as_str()),
    };
    let rows = query.fetch_all(connection).await?;
    rows.iter().map(|row| Ok((row.try_get("pos")?, Record::from_row(row)?))).collect()
}

pub(super) const HEADS: &str = "SELECT part, next_pos FROM log_head";

/// The next free position of each part.
pub(crate) async fn heads(connection: &mut PgConnection) -> Result<Vec<(i16, i64)>, sqlx::Error> {
    sqlx::query_as(HEADS).fetch_all(connection).await
}
