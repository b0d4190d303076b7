//! The log as followers read it.

use kvitt_primitives::Msn;
use sqlx::{FromRow as _, PgConnection, Row as _};

use super::Record;

/// A stretch of one part of the log: what lies after a position, up to and with another.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stretch {
    pub(crate) part: i16,
    pub(crate) after: i64,
    pub(crate) until: i64,
    /// Most rows.
    pub(crate) limit: i64,
}

pub(super) const READ: &str = concat!(
    "SELECT ",
    log_columns!(),
    " FROM payment_log l WHERE part = $1 AND pos > $2 AND pos <= $3 ORDER BY pos LIMIT $4"
);
pub(super) const READ_MSN: &str = concat!(
    "SELECT ",
    log_columns!(),
    " FROM payment_log l WHERE part = $1 AND pos > $2 AND pos <= $3 AND msn = $5 ORDER BY pos LIMIT $4"
);

/// The rows of a stretch, with their positions, in order; hidden ones too. With `msn`, only its rows.
pub(crate) async fn read(
    connection: &mut PgConnection,
    stretch: Stretch,
    msn: Option<&Msn>,
) -> Result<Vec<(i64, Record)>, sqlx::Error> {
    let query = sqlx::query(if msn.is_some() { READ_MSN } else { READ })
        .bind(stretch.part)
        .bind(stretch.after)
        .bind(stretch.until)
        .bind(stretch.limit);
    let query = match msn {
        Some(msn) => query.bind(msn.as_str()),
        None => query,
    };
    let rows = query.fetch_all(connection).await?;
    rows.iter().map(|row| Ok((row.try_get("pos")?, Record::from_row(row)?))).collect()
}
