//! What the audit reads: everything, page by page, each page after the key of the last one.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kvitt_primitives::{OperationId, PaymentId};
use sqlx::{FromRow as _, PgConnection, Row as _, postgres::PgRow};
use uuid::Uuid;

use super::{Kind, Record};
use crate::{domain::Payment, engine::Head};

/// Rows in a page.
pub(crate) const PAGE: i64 = 2_000;

/// A row of the log as it was found, readable or not.
#[derive(Debug)]
pub(crate) struct LogRow {
    pub(crate) payment_id: PaymentId,
    pub(crate) seq: i32,
    pub(crate) msn: String,
    pub(crate) reference: String,
    pub(crate) part: i16,
    pub(crate) pos: i64,
    pub(crate) record: Result<Record, sqlx::Error>,
}

/// A payment's row as it was found.
#[derive(Debug)]
pub(crate) struct Stored {
    pub(crate) payment_id: PaymentId,
    pub(crate) payment: Result<Payment, sqlx::Error>,
}

pub(super) const LOG: &str = concat!(
    "SELECT ",
    log_columns!(),
    " FROM payment_log l WHERE (payment_id, seq, msn) > ($1, $2, $3) ORDER BY payment_id, seq, msn LIMIT $4"
);

/// The log in the order of payments, each payment's rows in the order of their versions.
pub(crate) async fn log(
    connection: &mut PgConnection,
    after: &(Uuid, i32, String),
) -> Result<Vec<LogRow>, sqlx::Error> {
    let (payment, seq, msn) = after;
    let rows = sqlx::query(LOG).bind(payment).bind(seq).bind(msn).bind(PAGE).fetch_all(connection).await?;
    rows.iter().map(log_row).collect()
}

fn log_row(row: &PgRow) -> Result<LogRow, sqlx::Error> {
    Ok(LogRow {
        payment_id: PaymentId::from_uuid(row.try_get("payment_id")?),
        seq: row.try_get("seq")?,
        msn: row.try_get("msn")?,
        reference: row.try_get("reference")?,
        part: row.try_get("part")?,
        pos: row.try_get("pos")?,
        record: Record::from_row(row),
    })
}

pub(super) const STORED: &str = concat!(
    "SELECT ",
    payment_columns!(),
    " FROM unnest($1::text[], $2::text[]) AS k (msn, reference)
JOIN payments p ON p.msn = k.msn AND p.reference = k.reference"
);

/// The payments of these keys.
pub(crate) async fn stored(
    connection: &mut PgConnection,
    keys: Vec<(String, String)>,
) -> Result<HashMap<(String, String), Stored>, sqlx::Error> {
    let (msns, references): (Vec<_>, Vec<_>) = keys.into_iter().unzip();
    let rows = sqlx::query(STORED).bind(msns).bind(references).fetch_all(connection).await?;
    let mut found = HashMap::with_capacity(rows.len());
    for row in &rows {
        let stored = Stored {
            payment_id: PaymentId::from_uuid(row.try_get("payment_id")?),
            payment: Payment::from_row(row),
        };
        found.insert((row.try_get("msn")?, row.try_get("reference")?), stored);
    }
    Ok(found)
}

/// No index leads with the payment, so the server sorts the timers once, where it keeps what does not fit in memory.
pub(super) const TIMERS: &str = "
DECLARE timers_of_payments NO SCROLL CURSOR FOR
SELECT payment_id, msn, reference, due_at FROM payment_timers ORDER BY payment_id, due_at";
const NEXT_TIMERS: &str = "FETCH FORWARD 2000 FROM timers_of_payments";

/// Whose timer it is, and when it is due.
pub(crate) type TimerOf = (Uuid, String, String, DateTime<Utc>);

/// Opens the timers in the order of payments, each payment's first one first; once in a transaction.
pub(crate) async fn open_timers(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query(TIMERS).persistent(false).execute(connection).await.map(drop)
}

/// The next ones.
pub(crate) async fn next_timers(connection: &mut PgConnection) -> Result<Vec<TimerOf>, sqlx::Error> {
    sqlx::query_as(NEXT_TIMERS).persistent(false).fetch_all(connection).await
}

/// One part at a time, and `pos` by itself: a comparison of whole rows makes PostgreSQL expect one row and read all.
pub(super) const POSITIONS: &str = "
SELECT part, pos, payment_id, seq FROM payment_log
WHERE part = $1 AND pos >= $2 AND (pos > $2 OR (payment_id, seq) > ($3, $4))
ORDER BY pos, payment_id, seq LIMIT $5";

/// A place in the log, and what stands there.
pub(crate) type Position = (i16, i64, Uuid, i32);

/// The next places of a part, in order.
pub(crate) async fn positions(
    connection: &mut PgConnection,
    (part, pos, payment, seq): Position,
) -> Result<Vec<Position>, sqlx::Error> {
    let query = sqlx::query_as(POSITIONS).bind(part).bind(pos).bind(payment).bind(seq);
    query.bind(PAGE).fetch_all(connection).await
}

pub(super) const NEXT_PART: &str = "SELECT min(part) FROM payment_log WHERE part > $1";

/// The next part that has rows, with or without a head.
pub(crate) async fn next_part(connection: &mut PgConnection, after: i16) -> Result<Option<i16>, sqlx::Error> {
    sqlx::query_scalar(NEXT_PART).bind(after).fetch_one(connection).await
}

pub(super) const HEADS: &str = "
SELECT h.part, h.generation, h.next_pos, h.closed, c.pos AS cleared
FROM log_head h LEFT JOIN clearing_cursors c ON c.part = h.part";

/// Each part, and how far it has been cleared.
pub(crate) async fn heads(connection: &mut PgConnection) -> Result<Vec<(Head, Option<i64>)>, sqlx::Error> {
    let rows = sqlx::query(HEADS).fetch_all(connection).await?;
    rows.iter().map(|row| Ok((Head::from_row(row)?, row.try_get("cleared")?))).collect()
}

pub(super) const SHARED_KEYS: &str = "
SELECT idem, msn FROM payment_log WHERE idem IS NOT NULL AND (idem, msn) > ($1, $2)
GROUP BY idem, msn HAVING count(*) > 1 ORDER BY idem, msn LIMIT $3";

/// Keys with more than one effect.
pub(crate) async fn shared_keys(
    connection: &mut PgConnection,
    (idem, msn): &(Uuid, String),
) -> Result<Vec<(Uuid, String)>, sqlx::Error> {
    sqlx::query_as(SHARED_KEYS).bind(idem).bind(msn).bind(PAGE).fetch_all(connection).await
}

/// What a row outside the log says it belongs to.
pub(crate) type Owner = (String, String, Uuid);

pub(super) const WITHOUT_LOG: &str = "
SELECT p.msn, p.reference, p.payment_id FROM payments p WHERE (p.msn, p.reference) > ($1, $2) AND NOT EXISTS (
    SELECT FROM payment_log l
    WHERE l.payment_id = p.payment_id AND l.msn = p.msn AND l.reference = p.reference)
ORDER BY p.msn, p.reference LIMIT $3";

/// Payments that no row of the log speaks of.
pub(crate) async fn without_log(
    connection: &mut PgConnection,
    (msn, reference, _): &Owner,
) -> Result<Vec<Owner>, sqlx::Error> {
    sqlx::query_as(WITHOUT_LOG).bind(msn).bind(reference).bind(PAGE).fetch_all(connection).await
}

pub(super) const FOREIGN_TIMERS: &str = "
SELECT DISTINCT t.msn, t.reference, t.payment_id FROM payment_timers t
WHERE (t.payment_id, t.msn) > ($1, $2) AND NOT EXISTS (
    SELECT FROM payments p WHERE p.msn = t.msn AND p.payment_id = t.payment_id AND p.reference = t.reference)
ORDER BY t.payment_id, t.msn LIMIT $3";

/// Timers of no payment.
pub(crate) async fn foreign_timers(
    connection: &mut PgConnection,
    (msn, _, payment): &Owner,
) -> Result<Vec<Owner>, sqlx::Error> {
    sqlx::query_as(FOREIGN_TIMERS).bind(payment).bind(msn).bind(PAGE).fetch_all(connection).await
}

/// A capture that the acquirer was asked for first has a row that asks and, if it was done, a row that says so.
pub(super) const ASKED: &str = "
SELECT greatest(count(l.seq) FILTER (WHERE l.kind = k.kind), count(l.seq) FILTER (WHERE l.kind <> k.kind))
FROM unnest($1::text[], $2::uuid[], $3::uuid[], $4::smallint[])
    WITH ORDINALITY AS k (msn, payment_id, operation, kind, ordinal)
LEFT JOIN payment_log l ON l.payment_id = k.payment_id AND l.msn = k.msn
    AND (l.kind = k.kind OR (k.kind = $6 AND l.kind = $7))
    AND k.operation = CASE WHEN l.kind = ANY ($5::smallint[]) THEN l.event_id ELSE l.operation END
GROUP BY k.ordinal ORDER BY k.ordinal";

/// How many rows asked the acquirer for each of these: `(msn, payment, operation, kind of the row)`.
pub(crate) async fn asked(
    connection: &mut PgConnection,
    operations: &[(String, PaymentId, OperationId, Kind)],
) -> Result<Vec<i64>, sqlx::Error> {
    let decided_here = [Kind::Captured, Kind::Cancelled].map(Kind::number);
    sqlx::query_scalar(ASKED)
        .bind(operations.iter().map(|(msn, ..)| msn.as_str()).collect::<Vec<_>>())
        .bind(operations.iter().map(|(_, payment, ..)| payment.as_uuid()).collect::<Vec<_>>())
        .bind(operations.iter().map(|(_, _, operation, _)| operation.as_uuid()).collect::<Vec<_>>())
        .bind(operations.iter().map(|(.., kind)| kind.number()).collect::<Vec<_>>())
        .bind(decided_here.to_vec())
        .bind(Kind::Captured.number())
        .bind(Kind::CaptureRequested.number())
        .fetch_all(connection)
        .await
}

/// The sums are text, since those of a whole unit may be longer than 64 bits. Under way is what the acquirer may have
/// done or not: rows behind the clearing cursor, and what is pending.
pub(super) const SUMS: &str = "
WITH uncleared AS (
    SELECT l.msn, l.currency, sum(l.amount) FILTER (WHERE l.kind = $1) AS captured,
        sum(l.amount) FILTER (WHERE l.kind = $2) AS cancelled
    FROM clearing_cursors c JOIN payment_log l ON l.part = c.part AND l.pos > c.pos
    WHERE l.kind = ANY (ARRAY[$1, $2]) GROUP BY l.msn, l.currency
), settled AS (
    SELECT msn, currency, sum(authorized) AS authorized, sum(captured) AS captured,
        coalesce(sum(cancelled) FILTER (WHERE reservation IS NOT NULL), 0) AS cancelled, sum(refunded) AS refunded,
        coalesce(sum(pending_amount) FILTER (WHERE pending_kind = 1), 0) AS reserving,
        coalesce(sum(pending_amount) FILTER (WHERE pending_kind = 2), 0) AS refunding,
        coalesce(sum(pending_amount) FILTER (WHERE pending_kind = 3), 0) AS capturing
    FROM payments GROUP BY msn, currency
)
SELECT s.msn, s.currency, s.authorized::text, (s.captured - coalesce(u.captured, 0))::text,
    (s.cancelled - coalesce(u.cancelled, 0))::text, s.refunded::text, (s.authorized + s.reserving)::text,
    (s.captured + s.capturing)::text, s.cancelled::text, (s.refunded + s.refunding)::text
FROM settled s LEFT JOIN uncleared u ON u.msn = s.msn AND u.currency = s.currency";

pub(super) const SETTLED: &str = "
SELECT l.msn, l.currency, coalesce(sum(l.amount) FILTER (WHERE l.kind = $3), 0)::text,
    coalesce(sum(l.amount) FILTER (WHERE l.kind = $4), 0)::text
FROM UNNEST($1::smallint[], $2::bigint[]) AS reached (part, pos)
JOIN payment_log l ON l.part = reached.part AND l.pos <= reached.pos
WHERE l.kind = ANY (ARRAY[$3, $4]) GROUP BY l.msn, l.currency";

/// Of each unit and currency what was captured and refunded up to these positions of the parts.
pub(crate) async fn settled(
    connection: &mut PgConnection,
    reached: &[(i16, i64)],
) -> Result<Vec<(String, String, [i128; 2])>, sqlx::Error> {
    let (parts, positions): (Vec<_>, Vec<_>) = reached.iter().copied().unzip();
    let query = sqlx::query(SETTLED).bind(parts).bind(positions);
    let query = query.bind(Kind::Captured.number()).bind(Kind::Refunded.number());
    let rows = query.fetch_all(connection).await?;
    rows.iter()
        .map(|row| Ok((row.try_get(0)?, row.try_get(1)?, [number(row, 2)?, number(row, 3)?])))
        .collect()
}

/// Of each unit and currency what the acquirer must have authorized, captured, cancelled and refunded, and then what it
/// may have.
pub(crate) async fn sums(
    connection: &mut PgConnection,
) -> Result<Vec<(String, String, [i128; 4], [i128; 4])>, sqlx::Error> {
    let query = sqlx::query(SUMS).bind(Kind::Captured.number()).bind(Kind::Cancelled.number());
    let rows = query.fetch_all(connection).await?;
    let four = |row: &PgRow, first: usize| -> Result<[i128; 4], sqlx::Error> {
        Ok([number(row, first)?, number(row, first + 1)?, number(row, first + 2)?, number(row, first + 3)?])
    };
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?, four(row, 2)?, four(row, 6)?))).collect()
}

/// A sum, which may be larger than any column.
fn number(row: &PgRow, column: usize) -> Result<i128, sqlx::Error> {
    row.try_get::<&str, _>(column)?
        .parse()
        .map_err(|error: std::num::ParseIntError| sqlx::Error::Decode(error.into()))
}
