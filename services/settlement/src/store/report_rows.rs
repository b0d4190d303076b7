//! What reports are made of, read in their order: by date, and within a date by number. Every page is a walk along an index
//! that begins where the page before it ended, so that memory and time do not grow with what is behind.

use chrono::{DateTime, NaiveDate, Utc};
use kvitt_primitives::{Currency, Market, Msn};
use kvitt_reports::{Kind, Personal, Row, Settlement};
use sqlx::{PgConnection, Row as _, postgres::PgRow};

use super::{broken, codes};
use crate::domain::EntryType;

/// Every statement.
#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[LEDGERS, SETTLED, NAMED, SETTLEMENTS, LINES, LINES_WITH_PAYERS];

const LEDGERS: &str = "\
SELECT msn, market, currency, vm_number, closed_through FROM ledgers WHERE msn = ANY($1) ORDER BY msn";

const SETTLED: &str = "\
SELECT EXISTS (
    SELECT FROM UNNEST($1::text[]) AS asked (msn)
    JOIN payouts p ON p.msn = asked.msn AND p.to_date BETWEEN $2 AND $3)";

/// The unit and its merchant as they were when its last payout was made.
const NAMED: &str = "\
SELECT account_id, sales_unit_name, product, gross, organization_name, organization_number, address, post_code, city,
    country_code
FROM payouts WHERE msn = $1 AND to_date <= $2 ORDER BY to_date DESC LIMIT 1";

/// Types of entries: 1 is a capture, 2 a refund, 3 the fee of a capture.
const SETTLEMENTS: &str = "\
SELECT p.payout_number, p.from_date, p.to_date, p.value_date, p.account_id, p.reference, p.amount_minor,
    sums.captured, sums.refunded, sums.fees, sums.transactions
FROM payouts p
CROSS JOIN LATERAL (
    SELECT COALESCE(SUM(t.amount_minor) FILTER (WHERE t.entry_type = 1), 0)::bigint AS captured,
        COALESCE(SUM(t.amount_minor) FILTER (WHERE t.entry_type = 2), 0)::bigint AS refunded,
        COALESCE(SUM(t.amount_minor) FILTER (WHERE t.entry_type = 3), 0)::bigint AS fees,
        COUNT(*) FILTER (WHERE t.entry_type IN (1, 2)) AS transactions
    FROM transfers t WHERE t.msn = p.msn AND t.ledger_date BETWEEN p.from_date AND p.to_date
) sums
WHERE p.msn = $1 AND p.to_date BETWEEN $2 AND $3
ORDER BY p.to_date";

/// The stream `funds`, and the fees of captures, which follow their captures. 1 is the account `funds`. What is of a recurring
/// charge shows what the merchant calls it, if it does.
macro_rules! lines {
    ($columns:literal, $join:literal) => {
        concat!(
            "SELECT t.number, t.entry_type, t.credit = 1 AS gains, t.amount_minor, t.funds_after_minor, t.psp_reference,
    COALESCE(c.external_id, t.reference) AS reference, t.occurred_at, t.ledger_date",
            $columns,
            "\nFROM transfers t
LEFT JOIN charges c ON c.msn = t.msn AND c.reference = t.reference AND t.entry_type IN (1, 2, 9, 10)",
            $join,
            "\nWHERE t.msn = $1 AND (t.ledger_date, t.number) > ($2, $3) AND t.ledger_date <= $4
    AND (t.funds_seq IS NOT NULL OR t.entry_type = 3)
ORDER BY t.ledger_date, t.number LIMIT $5"
        )
    };
}

const LINES: &str = lines!("", "");

const LINES_WITH_PAYERS: &str = lines!(
    ", p.name, p.masked_phone_no, p.message",
    "\nLEFT JOIN payers p ON p.msn = t.msn AND p.reference = t.reference AND t.reference <> ''
    AND t.entry_type IN (1, 2, 9, 10)"
);

/// A ledger, as far as a report is concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reported {
    pub(crate) msn: Msn,
    pub(crate) market: Market,
    pub(crate) currency: Currency,
    pub(crate) vm_number: bool,
    pub(crate) closed_through: NaiveDate,
}

/// A unit and its merchant, as they were called.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Named {
    pub(crate) account_id: String,
    pub(crate) sales_unit_name: String,
    pub(crate) product: String,
    pub(crate) gross: bool,
    pub(crate) organization_name: String,
    pub(crate) organization_number: String,
    pub(crate) address: String,
    pub(crate) post_code: String,
    pub(crate) city: String,
    pub(crate) country_code: String,
}

/// Where a line stands.
pub(crate) type Place = (NaiveDate, i64);

/// A line of what is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) place: Place,
    pub(crate) told: Told,
}

/// What a line tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Told {
    /// Of the stream `funds`.
    Row(Row),
    /// The fee of the capture whose number is one less, more than nothing.
    Fee(i64),
}

/// Which lines of a unit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span<'a> {
    pub(crate) msn: &'a Msn,
    /// Those behind this place.
    pub(crate) after: Place,
    /// The last date.
    pub(crate) to: NaiveDate,
    /// Whether to tell who paid.
    pub(crate) payers: Payers,
}

/// Whether a report tells who paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Payers {
    /// It does.
    Named,
    /// It does not, and they are not even looked up.
    Unnamed,
}

/// The ledgers of these units, ascending by MSN; of a unit that has none, none.
pub(crate) async fn ledgers(
    connection: &mut PgConnection,
    msns: &[Msn],
) -> Result<Vec<Reported>, sqlx::Error> {
    let rows = sqlx::query(LEDGERS).bind(texts(msns)).fetch_all(connection).await?;
    rows.iter().map(reported).collect()
}

/// Whether any of these units has a payout that ends on these dates.
pub(crate) async fn settled(
    connection: &mut PgConnection,
    msns: &[Msn],
    (from, to): (NaiveDate, NaiveDate),
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar(SETTLED).bind(texts(msns)).bind(from).bind(to).fetch_one(connection).await
}

/// What the unit was called when its last payout up to `to` was made; `None` when there was none.
pub(crate) async fn named(
    connection: &mut PgConnection,
    msn: &Msn,
    to: NaiveDate,
) -> Result<Option<Named>, sqlx::Error> {
    let row = sqlx::query(NAMED).bind(msn.as_str()).bind(to).fetch_optional(connection).await?;
    row.as_ref().map(names).transpose()
}

/// The settlements that end on these dates, in their order. A date ends one settlement at most, so they are few.
pub(crate) async fn settlements(
    connection: &mut PgConnection,
    msn: &Msn,
    (from, to): (NaiveDate, NaiveDate),
) -> Result<Vec<Settlement>, sqlx::Error> {
    let rows = sqlx::query(SETTLEMENTS).bind(msn.as_str()).bind(from).bind(to).fetch_all(connection).await?;
    rows.iter().map(settlement).collect()
}

/// A page of lines.
pub(crate) async fn lines(
    connection: &mut PgConnection,
    span: Span<'_>,
    limit: i64,
) -> Result<Vec<Line>, sqlx::Error> {
    let statement = match span.payers {
        Payers::Named => LINES_WITH_PAYERS,
        Payers::Unnamed => LINES,
    };
    let (date, number) = span.after;
    let page = sqlx::query(statement).bind(span.msn.as_str()).bind(date).bind(number).bind(span.to);
    let rows = page.bind(limit).fetch_all(connection).await?;
    let unit: i64 = span.msn.as_str().parse().map_err(|_| broken("msn"))?;
    rows.iter().map(|row| line(row, unit, span.payers)).collect()
}

fn texts(msns: &[Msn]) -> Vec<&str> {
    msns.iter().map(Msn::as_str).collect()
}

fn reported(row: &PgRow) -> Result<Reported, sqlx::Error> {
    let text = |column: &str| row.try_get::<&str, _>(column);
    Ok(Reported {
        msn: text("msn")?.parse().map_err(|_| broken("msn"))?,
        market: text("market")?.parse().map_err(|_| broken("market"))?,
        currency: text("currency")?.parse().map_err(|_| broken("currency"))?,
        vm_number: row.try_get("vm_number")?,
        closed_through: row.try_get("closed_through")?,
    })
}

fn names(row: &PgRow) -> Result<Named, sqlx::Error> {
    Ok(Named {
        account_id: row.try_get("account_id")?,
        sales_unit_name: row.try_get("sales_unit_name")?,
        product: row.try_get("product")?,
        gross: row.try_get("gross")?,
        organization_name: row.try_get("organization_name")?,
        organization_number: row.try_get("organization_number")?,
        address: row.try_get("address")?,
        post_code: row.try_get("post_code")?,
        city: row.try_get("city")?,
        country_code: row.try_get("country_code")?,
    })
}

fn settlement(row: &PgRow) -> Result<Settlement, sqlx::Error> {
    let refunded: i64 = row.try_get("refunded")?;
    Ok(Settlement {
        number: row.try_get("payout_number")?,
        from: row.try_get("from_date")?,
        to: row.try_get("to_date")?,
        value_date: row.try_get("value_date")?,
        account_id: row.try_get("account_id")?,
        text: row.try_get("reference")?,
        captures_minor: row.try_get("captured")?,
        refunds_minor: -refunded,
        fees_minor: row.try_get("fees")?,
        payout_minor: row.try_get("amount_minor")?,
        transactions: row.try_get("transactions")?,
    })
}

fn line(row: &PgRow, unit: i64, payers: Payers) -> Result<Line, sqlx::Error> {
    let (number, ledger_date): (i64, NaiveDate) = (row.try_get("number")?, row.try_get("ledger_date")?);
    let (place, amount_minor): (_, i64) = ((ledger_date, number), row.try_get("amount_minor")?);
    let entry_type = codes::entry_type(row.try_get("entry_type")?)?;
    if entry_type == EntryType::CaptureFee {
        return Ok(Line { place, told: Told::Fee(amount_minor) });
    }
    let kind = kind(entry_type).ok_or_else(|| broken("entry_type"))?;
    let psp_reference: String = row.try_get("psp_reference")?;
    let time: DateTime<Utc> = row.try_get("occurred_at")?;
    let told = Row {
        kind,
        time,
        ledger_date,
        payout_number: payout_number(kind, &psp_reference),
        psp_reference,
        reference: row.try_get("reference")?,
        transaction_id: transaction_id(unit, number)?,
        amount_minor: if row.try_get("gains")? { amount_minor } else { -amount_minor },
        balance_after_minor: row.try_get("funds_after_minor")?,
        fee_minor: 0,
        personal: if payers == Payers::Named { personal(row)? } else { None },
    };
    Ok(Line { place, told: Told::Row(told) })
}

/// Of what stands in `funds`.
fn kind(entry_type: EntryType) -> Option<Kind> {
    Some(match entry_type {
        EntryType::Capture => Kind::Capture,
        EntryType::Refund => Kind::Refund,
        EntryType::FeesRetained => Kind::FeesRetained,
        EntryType::PayoutScheduled => Kind::PayoutScheduled,
        EntryType::PayoutAborted => Kind::PayoutAborted,
        EntryType::RetainedDisputedCapture => Kind::RetainedDisputedCapture,
        EntryType::ReturnedDisputedCapture => Kind::ReturnedDisputedCapture,
        EntryType::Correction => Kind::Correction,
        EntryType::TopUp => Kind::TopUp,
        EntryType::CreditNote => Kind::CreditNote,
        EntryType::CaptureFee
        | EntryType::ServiceFee
        | EntryType::FeesInvoiced
        | EntryType::PayoutExecuted => return None,
    })
}

/// The end of `<ledgerId>-<number>`.
fn payout_number(kind: Kind, psp_reference: &str) -> Option<i64> {
    match kind {
        Kind::PayoutScheduled | Kind::PayoutAborted => psp_reference.rsplit('-').next()?.parse().ok(),
        _ => None,
    }
}

/// The numbers of one unit are apart from those of every other.
fn transaction_id(unit: i64, number: i64) -> Result<i64, sqlx::Error> {
    let base = unit.checked_mul(100_000_000).and_then(|base| base.checked_add(number));
    base.ok_or_else(|| broken("number"))
}

fn personal(row: &PgRow) -> Result<Option<Personal>, sqlx::Error> {
    let Some(name) = row.try_get("name")? else { return Ok(None) };
    let (masked_phone_no, message) = (row.try_get("masked_phone_no")?, row.try_get("message")?);
    Ok(Some(Personal { name, masked_phone_no, message }))
}
