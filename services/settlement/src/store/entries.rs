//! The streams as merchants read them, a page at a time. Every page is a walk along an index that begins where the page
//! before it ended, so that the last page of a ledger costs as much as the first.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use kvitt_primitives::Msn;
use sqlx::{PgConnection, Row as _, postgres::PgRow};
use uuid::Uuid;

use super::{broken, codes};
use crate::domain::{Account, EntryType, Topic, Transfer, manual::Disputed};

/// Every statement.
#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[
    FUNDS_OF_DATE,
    FEES_OF_DATE,
    FUNDS_SINCE,
    FEES_SINCE,
    FUNDS_OF_DATES,
    OF_SOURCE,
    OF_CAPTURE,
    PAYERS,
    DATES_OF_PAYOUT,
    OPENED,
];

/// What is read of a transfer for the stream in which it has these columns. What is of a recurring charge shows what the
/// merchant calls it, if it does; types 1, 2, 3, 9 and 10 are those of payments.
macro_rules! of_stream {
    ($account:literal, $seq:literal, $after:literal, $rest:literal) => {
        concat!(
            "SELECT number, entry_type, credit = ",
            $account,
            " AS gains, amount_minor, ",
            $seq,
            " AS seq, ",
            $after,
            " AS after_minor,
    psp_reference, COALESCE(c.external_id, t.reference) AS reference, occurred_at, ledger_date
FROM transfers t
LEFT JOIN charges c ON c.msn = t.msn AND c.reference = t.reference AND t.entry_type IN (1, 2, 3, 9, 10)
WHERE t.msn = $1 AND ",
            $seq,
            $rest
        )
    };
}

macro_rules! funds {
    ($rest:literal) => {
        of_stream!("1", "funds_seq", "funds_after_minor", $rest)
    };
}

macro_rules! fees {
    ($rest:literal) => {
        of_stream!("2", "fees_seq", "fees_after_minor", $rest)
    };
}

const FUNDS_OF_DATE: &str =
    funds!(" IS NOT NULL AND ledger_date = $2 AND number > $3 ORDER BY number LIMIT $4");

const FEES_OF_DATE: &str =
    fees!(" IS NOT NULL AND ledger_date = $2 AND number > $3 ORDER BY number LIMIT $4");

const FUNDS_SINCE: &str = funds!(" > $2 ORDER BY funds_seq LIMIT $3");

const FEES_SINCE: &str = fees!(" > $2 ORDER BY fees_seq LIMIT $3");

const FUNDS_OF_DATES: &str = funds!(
    " IS NOT NULL AND (ledger_date, number) > ($2, $3) AND ledger_date <= $4
ORDER BY ledger_date, number LIMIT $5"
);

const OF_SOURCE: &str = "\
SELECT number, entry_type, credit = CASE WHEN funds_seq IS NULL THEN 2 ELSE 1 END AS gains, amount_minor,
    COALESCE(funds_seq, fees_seq) AS seq, COALESCE(funds_after_minor, fees_after_minor) AS after_minor,
    psp_reference, reference, occurred_at, ledger_date, funds_seq IS NOT NULL AS in_funds
FROM transfers WHERE msn = $1 AND source = $2";

/// 1 is a capture, 9 and 10 are disputes that were opened and won.
const OF_CAPTURE: &str = "\
SELECT COALESCE(SUM(amount_minor) FILTER (WHERE entry_type = 1), 0)::bigint AS captured,
    COALESCE(SUM(amount_minor) FILTER (WHERE entry_type = 9), 0)::bigint AS retained,
    COALESCE(SUM(amount_minor) FILTER (WHERE entry_type = 10), 0)::bigint AS returned
FROM transfers WHERE msn = $1 AND reference = $2 AND reference <> ''";

const PAYERS: &str = "\
SELECT reference, name, masked_phone_no, message FROM payers WHERE msn = $1 AND reference = ANY($2)";

const DATES_OF_PAYOUT: &str = "SELECT from_date, to_date FROM payouts WHERE msn = $1 AND payout_number = $2";

const OPENED: &str = "SELECT msn FROM ledgers WHERE msn > $1 ORDER BY msn LIMIT $2";

/// A line of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Of the transfer.
    pub(crate) number: i64,
    /// Its place in the stream.
    pub(crate) seq: i64,
    pub(crate) entry_type: EntryType,
    /// Signed.
    pub(crate) amount_minor: i64,
    /// The balance of the stream with it.
    pub(crate) after_minor: i64,
    pub(crate) psp_reference: String,
    pub(crate) reference: String,
    pub(crate) occurred_at: DateTime<Utc>,
    pub(crate) ledger_date: NaiveDate,
}

/// Who paid a VM number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Payer {
    pub(crate) name: String,
    pub(crate) masked_phone_no: String,
    pub(crate) message: String,
}

impl Entry {
    /// What a transfer looks like in a stream; `None` where it is not in it.
    pub(crate) fn of(transfer: &Transfer, topic: Topic) -> Option<Self> {
        let (place, account) = match topic {
            Topic::Funds => (transfer.funds?, Account::Funds),
            Topic::Fees => (transfer.fees?, Account::Fees),
        };
        let gains = transfer.credit == account;
        let amount_minor = if gains { transfer.amount_minor } else { -transfer.amount_minor };
        Some(Self {
            number: transfer.number,
            seq: place.seq,
            entry_type: transfer.entry_type,
            amount_minor,
            after_minor: place.after_minor,
            psp_reference: transfer.cause.psp_reference.clone(),
            reference: transfer.cause.reference.clone(),
            occurred_at: transfer.cause.occurred_at,
            ledger_date: transfer.ledger_date,
        })
    }
}

/// A date's entries behind the transfer `after`, oldest first.
pub(crate) async fn of_date(
    connection: &mut PgConnection,
    (msn, topic): (&Msn, Topic),
    date: NaiveDate,
    after: i64,
    limit: i64,
) -> Result<Vec<Entry>, sqlx::Error> {
    let sql = match topic {
        Topic::Funds => FUNDS_OF_DATE,
        Topic::Fees => FEES_OF_DATE,
    };
    let read = sqlx::query(sql).bind(msn.as_str()).bind(date).bind(after).bind(limit);
    read.fetch_all(connection).await?.iter().map(entry).collect()
}

/// The entries of a stream behind the place `after`, in the order in which they were added.
pub(crate) async fn since(
    connection: &mut PgConnection,
    (msn, topic): (&Msn, Topic),
    after: i64,
    limit: i64,
) -> Result<Vec<Entry>, sqlx::Error> {
    let sql = match topic {
        Topic::Funds => FUNDS_SINCE,
        Topic::Fees => FEES_SINCE,
    };
    let read = sqlx::query(sql).bind(msn.as_str()).bind(after).bind(limit);
    read.fetch_all(connection).await?.iter().map(entry).collect()
}

/// The entries of `funds` behind the transfer `after` up to the date `to`, date by date.
pub(crate) async fn of_dates(
    connection: &mut PgConnection,
    msn: &Msn,
    after: (NaiveDate, i64),
    to: NaiveDate,
    limit: i64,
) -> Result<Vec<Entry>, sqlx::Error> {
    let read =
        sqlx::query(FUNDS_OF_DATES).bind(msn.as_str()).bind(after.0).bind(after.1).bind(to).bind(limit);
    read.fetch_all(connection).await?.iter().map(entry).collect()
}

/// What was posted by hand under this source, and in which stream it is.
pub(crate) async fn of_source(
    connection: &mut PgConnection,
    msn: &Msn,
    source: Uuid,
) -> Result<Option<(Topic, Entry)>, sqlx::Error> {
    let find = sqlx::query(OF_SOURCE).bind(msn.as_str()).bind(source);
    let Some(row) = find.fetch_optional(connection).await? else { return Ok(None) };
    let topic = if row.try_get("in_funds")? { Topic::Funds } else { Topic::Fees };
    Ok(Some((topic, entry(&row)?)))
}

/// What is on the ledger under the reference of a capture.
pub(crate) async fn of_capture(
    connection: &mut PgConnection,
    msn: &Msn,
    reference: &str,
) -> Result<Disputed, sqlx::Error> {
    let row = sqlx::query(OF_CAPTURE).bind(msn.as_str()).bind(reference).fetch_one(connection).await?;
    Ok(Disputed {
        captured_minor: row.try_get("captured")?,
        retained_minor: row.try_get("retained")?,
        returned_minor: row.try_get("returned")?,
    })
}

/// Who made these payments to a VM number, as far as it is known.
pub(crate) async fn payers(
    connection: &mut PgConnection,
    msn: &Msn,
    references: &[&str],
) -> Result<HashMap<String, Payer>, sqlx::Error> {
    let read = sqlx::query(PAYERS).bind(msn.as_str()).bind(references);
    let payer = |row: &PgRow| {
        let payer = Payer {
            name: row.try_get("name")?,
            masked_phone_no: row.try_get("masked_phone_no")?,
            message: row.try_get("message")?,
        };
        Ok((row.try_get("reference")?, payer))
    };
    read.fetch_all(connection).await?.iter().map(payer).collect()
}

/// The first and the last date that a payout covers.
pub(crate) async fn dates_of_payout(
    connection: &mut PgConnection,
    msn: &Msn,
    number: i64,
) -> Result<Option<(NaiveDate, NaiveDate)>, sqlx::Error> {
    let find = sqlx::query(DATES_OF_PAYOUT).bind(msn.as_str()).bind(number);
    let row = find.fetch_optional(connection).await?;
    row.map(|row| Ok((row.try_get("from_date")?, row.try_get("to_date")?))).transpose()
}

/// Units whose ledgers have been opened, ascending, behind `after`.
pub(crate) async fn opened(
    connection: &mut PgConnection,
    after: &str,
    limit: i64,
) -> Result<Vec<Msn>, sqlx::Error> {
    let read = sqlx::query(OPENED).bind(after).bind(limit);
    let msn = |row: &PgRow| row.try_get::<&str, _>("msn")?.parse().map_err(|_| broken("msn"));
    read.fetch_all(connection).await?.iter().map(msn).collect()
}

fn entry(row: &PgRow) -> Result<Entry, sqlx::Error> {
    let amount_minor: i64 = row.try_get("amount_minor")?;
    Ok(Entry {
        number: row.try_get("number")?,
        seq: row.try_get("seq")?,
        entry_type: codes::entry_type(row.try_get("entry_type")?)?,
        amount_minor: if row.try_get("gains")? { amount_minor } else { -amount_minor },
        after_minor: row.try_get("after_minor")?,
        psp_reference: row.try_get("psp_reference")?,
        reference: row.try_get("reference")?,
        occurred_at: row.try_get("occurred_at")?,
        ledger_date: row.try_get("ledger_date")?,
    })
}
