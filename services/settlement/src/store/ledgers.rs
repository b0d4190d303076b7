//! `ledgers`: where each unit's streams stand. Whoever posts locks these rows first, in the order of MSNs, so that nobody waits
//! in a circle.

use chrono::{DateTime, Utc};
use kvitt_primitives::Msn;
use sqlx::{PgConnection, Row as _, postgres::PgRow};

use super::broken;
use crate::domain::{Ledger, ledger::Place};

/// Every statement.
#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[FIND, LOCK, OPEN, SAVE, DUE, NEXT_CLOSING, UNEVEN];

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "\
SELECT msn, market, currency, vm_number, opened_on, closed_through, closes_at, last_number, funds_seq,
    funds_balance_minor, fees_seq, fees_balance_minor, payouts_balance_minor, next_payout_number, paid_through
FROM ledgers ",
            $rest
        )
    };
}

const FIND: &str = select!("WHERE msn = ANY ($1) ORDER BY msn");

const LOCK: &str = select!("WHERE msn = ANY ($1) ORDER BY msn FOR UPDATE");

/// A ledger that another has opened meanwhile stays as it is.
const OPEN: &str = "\
INSERT INTO ledgers (msn, market, currency, vm_number, opened_on, closed_through, closes_at, paid_through)
SELECT * FROM UNNEST($1::text[], $2::text[], $3::text[], $4::boolean[], $5::date[], $6::date[], $7::timestamptz[],
    $8::date[])
ON CONFLICT ON CONSTRAINT ledgers_pkey DO NOTHING";

const SAVE: &str = "\
UPDATE ledgers AS l SET closed_through = n.closed_through, closes_at = n.closes_at, last_number = n.last_number,
    funds_seq = n.funds_seq, funds_balance_minor = n.funds, fees_seq = n.fees_seq, fees_balance_minor = n.fees,
    payouts_balance_minor = n.payouts, next_payout_number = n.next_payout_number, paid_through = n.paid_through
FROM UNNEST($1::text[], $2::date[], $3::timestamptz[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[],
    $8::bigint[], $9::bigint[], $10::bigint[], $11::date[]) AS n (msn, closed_through, closes_at, last_number,
    funds_seq, funds, fees_seq, fees, payouts, next_payout_number, paid_through)
WHERE l.msn = n.msn";

const DUE: &str = select!(
    "WHERE closes_at <= $1 AND closes_at >= $2 AND (closes_at > $2 OR msn > $3) ORDER BY closes_at, msn LIMIT $4"
);

const NEXT_CLOSING: &str = "SELECT min(closes_at) FROM ledgers";

/// By indexes alone: the last transfer, the last entry of each stream, and what waits for the bank.
const UNEVEN: &str = "\
SELECT l.msn, CASE
        WHEN l.last_number <> COALESCE(n.number, 0) THEN 'numbers'
        WHEN (l.funds_seq, l.funds_balance_minor) <> (COALESCE(f.funds_seq, 0), COALESCE(f.funds_after_minor, 0))
            THEN 'funds'
        WHEN (l.fees_seq, l.fees_balance_minor) <> (COALESCE(e.fees_seq, 0), COALESCE(e.fees_after_minor, 0))
            THEN 'fees'
        ELSE 'payouts'
    END AS what
FROM ledgers l
LEFT JOIN LATERAL (SELECT number FROM transfers t WHERE t.msn = l.msn ORDER BY number DESC LIMIT 1) n ON true
LEFT JOIN LATERAL (SELECT funds_seq, funds_after_minor FROM transfers t
    WHERE t.msn = l.msn AND t.funds_seq IS NOT NULL ORDER BY funds_seq DESC LIMIT 1) f ON true
LEFT JOIN LATERAL (SELECT fees_seq, fees_after_minor FROM transfers t
    WHERE t.msn = l.msn AND t.fees_seq IS NOT NULL ORDER BY fees_seq DESC LIMIT 1) e ON true
LEFT JOIN LATERAL (SELECT COALESCE(sum(amount_minor), 0) AS waiting FROM payouts p
    WHERE p.msn = l.msn AND p.ask_at IS NOT NULL) p ON true
WHERE l.msn = ANY ($1) AND (
    l.last_number <> COALESCE(n.number, 0)
    OR (l.funds_seq, l.funds_balance_minor) <> (COALESCE(f.funds_seq, 0), COALESCE(f.funds_after_minor, 0))
    OR (l.fees_seq, l.fees_balance_minor) <> (COALESCE(e.fees_seq, 0), COALESCE(e.fees_after_minor, 0))
    OR l.payouts_balance_minor <> p.waiting)
ORDER BY l.msn";

/// The ledger of a unit.
pub(crate) async fn find(connection: &mut PgConnection, msn: &Msn) -> Result<Option<Ledger>, sqlx::Error> {
    Ok(find_all(connection, std::slice::from_ref(msn)).await?.pop())
}

/// The ledgers of these units, as far as there are any, by MSN.
pub(crate) async fn find_all(
    connection: &mut PgConnection,
    msns: &[Msn],
) -> Result<Vec<Ledger>, sqlx::Error> {
    sqlx::query(FIND).bind(texts(msns)).fetch_all(connection).await?.iter().map(ledger).collect()
}

/// The same, which nobody else changes until the transaction ends.
pub(crate) async fn lock(tx: &mut PgConnection, msns: &[Msn]) -> Result<Vec<Ledger>, sqlx::Error> {
    sqlx::query(LOCK).bind(texts(msns)).fetch_all(tx).await?.iter().map(ledger).collect()
}

/// Opens ledgers in which nothing has been posted.
pub(crate) async fn open(tx: &mut PgConnection, ledgers: &[Ledger]) -> Result<(), sqlx::Error> {
    if ledgers.is_empty() {
        return Ok(());
    }
    let insert = sqlx::query(OPEN)
        .bind(column(ledgers, |one| one.msn.as_str()))
        .bind(column(ledgers, |one| one.market.code()))
        .bind(column(ledgers, |one| one.currency.code()))
        .bind(column(ledgers, |one| one.vm_number))
        .bind(column(ledgers, |one| one.opened_on))
        .bind(column(ledgers, |one| one.closed_through))
        .bind(column(ledgers, |one| one.closes_at))
        .bind(column(ledgers, |one| one.paid_through));
    insert.execute(tx).await.map(drop)
}

/// Stores where ledgers stand that are locked.
pub(crate) async fn save(tx: &mut PgConnection, ledgers: &[&Ledger]) -> Result<(), sqlx::Error> {
    if ledgers.is_empty() {
        return Ok(());
    }
    let update = sqlx::query(SAVE)
        .bind(column(ledgers, |one| one.msn.as_str()))
        .bind(column(ledgers, |one| one.closed_through))
        .bind(column(ledgers, |one| one.closes_at))
        .bind(column(ledgers, |one| one.last_number))
        .bind(column(ledgers, |one| one.funds.seq))
        .bind(column(ledgers, |one| one.funds.after_minor))
        .bind(column(ledgers, |one| one.fees.seq))
        .bind(column(ledgers, |one| one.fees.after_minor))
        .bind(column(ledgers, |one| one.payouts_balance_minor))
        .bind(column(ledgers, |one| one.next_payout_number))
        .bind(column(ledgers, |one| one.paid_through));
    update.execute(tx).await.map(drop)
}

/// At most `limit` whose first open date is over, those first that have been so for longest, behind `after`.
pub(crate) async fn due(
    connection: &mut PgConnection,
    now: DateTime<Utc>,
    after: Option<&Ledger>,
    limit: i64,
) -> Result<Vec<Ledger>, sqlx::Error> {
    let (at, msn) = after.map_or((DateTime::UNIX_EPOCH, ""), |last| (last.closes_at, last.msn.as_str()));
    let due = sqlx::query(DUE).bind(now).bind(at).bind(msn).bind(limit);
    due.fetch_all(connection).await?.iter().map(ledger).collect()
}

/// When the next date is over.
pub(crate) async fn next_closing(
    connection: &mut PgConnection,
) -> Result<Option<DateTime<Utc>>, sqlx::Error> {
    sqlx::query_scalar(NEXT_CLOSING).fetch_one(connection).await
}

/// Those of these units whose ledger is not what was posted, and in what. There are never any.
pub(crate) async fn uneven(
    connection: &mut PgConnection,
    msns: &[Msn],
) -> Result<Vec<(String, String)>, sqlx::Error> {
    sqlx::query_as(UNEVEN).bind(texts(msns)).fetch_all(connection).await
}

fn texts(msns: &[Msn]) -> Vec<&str> {
    msns.iter().map(Msn::as_str).collect()
}

fn column<'a, L, T>(ledgers: &'a [L], value: impl Fn(&'a Ledger) -> T) -> Vec<T>
where
    L: std::borrow::Borrow<Ledger>,
{
    ledgers.iter().map(|one| value(one.borrow())).collect()
}

fn ledger(row: &PgRow) -> Result<Ledger, sqlx::Error> {
    Ok(Ledger {
        msn: row.try_get::<&str, _>("msn")?.parse().map_err(|_| broken("msn"))?,
        market: row.try_get::<&str, _>("market")?.parse().map_err(|_| broken("market"))?,
        currency: row.try_get::<&str, _>("currency")?.parse().map_err(|_| broken("currency"))?,
        vm_number: row.try_get("vm_number")?,
        opened_on: row.try_get("opened_on")?,
        closed_through: row.try_get("closed_through")?,
        closes_at: row.try_get("closes_at")?,
        last_number: row.try_get("last_number")?,
        funds: Place { seq: row.try_get("funds_seq")?, after_minor: row.try_get("funds_balance_minor")? },
        fees: Place { seq: row.try_get("fees_seq")?, after_minor: row.try_get("fees_balance_minor")? },
        payouts_balance_minor: row.try_get("payouts_balance_minor")?,
        next_payout_number: row.try_get("next_payout_number")?,
        paid_through: row.try_get("paid_through")?,
    })
}
