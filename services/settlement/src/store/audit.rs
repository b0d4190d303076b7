//! What the audit reads: the tables page by page, each in the order of units.

use chrono::NaiveDate;
use sqlx::{PgConnection, Row as _, postgres::PgRow};

/// Rows in a page.
const PAGE: i64 = 4_000;

/// Every statement.
#[cfg(test)]
pub(super) const STATEMENTS: &[&str] =
    &[Ledger::SQL, Transfer::SQL, Payout::SQL, Booked::SQL, Reserve::SQL, SUMS, REACHED];

const SUMS: &str = "\
SELECT l.msn, l.currency, COALESCE(sum(t.amount_minor) FILTER (WHERE t.entry_type = 1), 0)::text,
    COALESCE(sum(t.amount_minor) FILTER (WHERE t.entry_type = 2), 0)::text
FROM ledgers l LEFT JOIN transfers t ON t.msn = l.msn
GROUP BY l.msn, l.currency ORDER BY l.msn";

const REACHED: &str = "SELECT part::smallint, position FROM feed_cursors ORDER BY part";

/// A row that is read in the order of its key, which begins with the unit.
pub(crate) trait Walked: Sized {
    /// Rows behind `$1`, `$2`, at most `$3`.
    const SQL: &'static str;
    /// Reads one.
    fn read(row: &PgRow) -> Result<Self, sqlx::Error>;
    /// The unit, and a number that rises.
    fn key(&self) -> (&str, i64);
}

/// A ledger's row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ledger {
    pub(crate) msn: String,
    pub(crate) currency: String,
    pub(crate) opened_on: NaiveDate,
    pub(crate) closed_through: NaiveDate,
    pub(crate) paid_through: NaiveDate,
    pub(crate) last_number: i64,
    /// Entries and balance.
    pub(crate) funds: (i64, i64),
    pub(crate) fees: (i64, i64),
    pub(crate) payouts_balance_minor: i64,
    pub(crate) next_payout_number: i64,
}

impl Walked for Ledger {
    const SQL: &'static str = "\
SELECT msn, currency, opened_on, closed_through, paid_through, last_number, funds_seq, funds_balance_minor, fees_seq,
    fees_balance_minor, payouts_balance_minor, next_payout_number
FROM ledgers WHERE msn > $1 AND $2::bigint IS NOT NULL ORDER BY msn LIMIT $3";

    fn read(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            msn: row.try_get("msn")?,
            currency: row.try_get("currency")?,
            opened_on: row.try_get("opened_on")?,
            closed_through: row.try_get("closed_through")?,
            paid_through: row.try_get("paid_through")?,
            last_number: row.try_get("last_number")?,
            funds: (row.try_get("funds_seq")?, row.try_get("funds_balance_minor")?),
            fees: (row.try_get("fees_seq")?, row.try_get("fees_balance_minor")?),
            payouts_balance_minor: row.try_get("payouts_balance_minor")?,
            next_payout_number: row.try_get("next_payout_number")?,
        })
    }

    fn key(&self) -> (&str, i64) {
        (&self.msn, 0)
    }
}

/// A transfer's row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Transfer {
    pub(crate) msn: String,
    pub(crate) number: i64,
    pub(crate) entry_type: i16,
    pub(crate) debit: i16,
    pub(crate) credit: i16,
    pub(crate) amount_minor: i64,
    /// Place and balance after it.
    pub(crate) funds: Option<(i64, i64)>,
    pub(crate) fees: Option<(i64, i64)>,
    pub(crate) psp_reference: String,
    pub(crate) ledger_date: NaiveDate,
}

impl Walked for Transfer {
    const SQL: &'static str = "\
SELECT msn, number, entry_type, debit, credit, amount_minor, funds_seq, funds_after_minor, fees_seq, fees_after_minor,
    psp_reference, ledger_date
FROM transfers WHERE (msn, number) > ($1, $2) ORDER BY msn, number LIMIT $3";

    fn read(row: &PgRow) -> Result<Self, sqlx::Error> {
        let place = |seq: &str, after: &str| -> Result<Option<(i64, i64)>, sqlx::Error> {
            let (seq, after): (Option<i64>, Option<i64>) = (row.try_get(seq)?, row.try_get(after)?);
            Ok(seq.zip(after))
        };
        Ok(Self {
            msn: row.try_get("msn")?,
            number: row.try_get("number")?,
            entry_type: row.try_get("entry_type")?,
            debit: row.try_get("debit")?,
            credit: row.try_get("credit")?,
            amount_minor: row.try_get("amount_minor")?,
            funds: place("funds_seq", "funds_after_minor")?,
            fees: place("fees_seq", "fees_after_minor")?,
            psp_reference: row.try_get("psp_reference")?,
            ledger_date: row.try_get("ledger_date")?,
        })
    }

    fn key(&self) -> (&str, i64) {
        (&self.msn, self.number)
    }
}

/// A payout's row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Payout {
    pub(crate) msn: String,
    pub(crate) number: i64,
    pub(crate) from: NaiveDate,
    pub(crate) to: NaiveDate,
    pub(crate) amount_minor: i64,
    pub(crate) currency: String,
    /// Scheme and digits.
    pub(crate) account: (String, String),
    /// 1 scheduled, 2 executed, 3 aborted.
    pub(crate) state: i16,
}

impl Walked for Payout {
    const SQL: &'static str = "\
SELECT msn, payout_number, from_date, to_date, amount_minor, currency, account_scheme, account_id, state
FROM payouts WHERE (msn, payout_number) > ($1, $2) ORDER BY msn, payout_number LIMIT $3";

    fn read(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            msn: row.try_get("msn")?,
            number: row.try_get("payout_number")?,
            from: row.try_get("from_date")?,
            to: row.try_get("to_date")?,
            amount_minor: row.try_get("amount_minor")?,
            currency: row.try_get("currency")?,
            account: (row.try_get("account_scheme")?, row.try_get("account_id")?),
            state: row.try_get("state")?,
        })
    }

    fn key(&self) -> (&str, i64) {
        (&self.msn, self.number)
    }
}

/// What the bank's book says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Booked {
    pub(crate) msn: String,
    pub(crate) number: i64,
    pub(crate) amount_minor: i64,
    pub(crate) currency: String,
    /// Scheme and digits.
    pub(crate) account: (String, String),
    pub(crate) executed: bool,
}

impl Walked for Booked {
    const SQL: &'static str = "\
SELECT msn, payout_number, amount_minor, currency, account_scheme, account_id, executed
FROM bank_transfers WHERE (msn, payout_number) > ($1, $2) ORDER BY msn, payout_number LIMIT $3";

    fn read(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            msn: row.try_get("msn")?,
            number: row.try_get("payout_number")?,
            amount_minor: row.try_get("amount_minor")?,
            currency: row.try_get("currency")?,
            account: (row.try_get("account_scheme")?, row.try_get("account_id")?),
            executed: row.try_get("executed")?,
        })
    }

    fn key(&self) -> (&str, i64) {
        (&self.msn, self.number)
    }
}

/// What payouts leave, from a date on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reserve {
    pub(crate) msn: String,
    pub(crate) from: NaiveDate,
    pub(crate) reserve_minor: i64,
    day: i64,
}

impl Walked for Reserve {
    const SQL: &'static str = "\
SELECT msn, effective_from, reserve_minor, (effective_from - DATE '1970-01-01')::bigint AS day
FROM agreements WHERE (msn, (effective_from - DATE '1970-01-01')::bigint) > ($1, $2)
ORDER BY msn, effective_from LIMIT $3";

    fn read(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            msn: row.try_get("msn")?,
            from: row.try_get("effective_from")?,
            reserve_minor: row.try_get("reserve_minor")?,
            day: row.try_get("day")?,
        })
    }

    fn key(&self) -> (&str, i64) {
        (&self.msn, self.day)
    }
}

/// The next rows behind a key.
pub(crate) async fn page<R: Walked>(
    connection: &mut PgConnection,
    (msn, number): (&str, i64),
) -> Result<Vec<R>, sqlx::Error> {
    let query = sqlx::query(R::SQL).bind(msn).bind(number).bind(PAGE);
    query.fetch_all(connection).await?.iter().map(R::read).collect()
}

/// What was captured and refunded, by unit. Sums of a whole unit may be longer than 64 bits.
pub(crate) async fn sums(
    connection: &mut PgConnection,
) -> Result<Vec<(String, String, [i128; 2])>, sqlx::Error> {
    let number = |row: &PgRow, column: usize| {
        row.try_get::<&str, _>(column)?.parse::<i128>().map_err(|error| sqlx::Error::Decode(error.into()))
    };
    let rows = sqlx::query(SUMS).fetch_all(connection).await?;
    rows.iter()
        .map(|row| Ok((row.try_get(0)?, row.try_get(1)?, [number(row, 2)?, number(row, 3)?])))
        .collect()
}

/// How far each part of payment's log has been posted.
pub(crate) async fn reached(connection: &mut PgConnection) -> Result<Vec<(i16, i64)>, sqlx::Error> {
    sqlx::query_as(REACHED).fetch_all(connection).await
}
