//! `bank_transfers`: the bank's own book. Another party, so nothing else is touched in its transactions.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, Row as _, postgres::PgRow};

use crate::bank::Order;

/// Every statement.
#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[INSERT, FIND];

/// What is in the book stays there.
const INSERT: &str = "\
INSERT INTO bank_transfers (msn, payout_number, amount_minor, currency, account_scheme, account_id, reference,
    asked_at, executed, failure)
SELECT msn, payout_number, amount_minor, currency, account_scheme, account_id, reference, $10, executed, failure
FROM UNNEST($1::text[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::boolean[],
    $9::text[]) AS n (msn, payout_number, amount_minor, currency, account_scheme, account_id, reference, executed,
    failure)
ORDER BY msn, payout_number
ON CONFLICT ON CONSTRAINT bank_transfers_pkey DO NOTHING";

/// Each of those that are asked for, in order.
const FIND: &str = "\
SELECT b.amount_minor, b.currency, b.account_scheme, b.account_id, b.executed, b.failure
FROM UNNEST($1::text[], $2::bigint[]) WITH ORDINALITY AS n (msn, payout_number, place)
JOIN bank_transfers b ON b.msn = n.msn AND b.payout_number = n.payout_number
ORDER BY n.place";

/// What the book says of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Booked {
    pub(crate) amount_minor: i64,
    pub(crate) currency: String,
    /// Scheme and digits.
    pub(crate) account: (String, String),
    pub(crate) executed: bool,
    /// Why not; empty otherwise.
    pub(crate) failure: String,
}

/// Books orders that are not in the book: executed, or refused with a reason.
pub(crate) async fn insert(
    tx: &mut PgConnection,
    decided: &[(&Order, Result<(), &str>)],
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let insert = sqlx::query(INSERT)
        .bind(decided.iter().map(|(order, _)| order.msn.as_str()).collect::<Vec<_>>())
        .bind(decided.iter().map(|(order, _)| order.number).collect::<Vec<_>>())
        .bind(decided.iter().map(|(order, _)| order.amount_minor).collect::<Vec<_>>())
        .bind(decided.iter().map(|(order, _)| order.currency.code()).collect::<Vec<_>>())
        .bind(decided.iter().map(|(order, _)| order.account.0.as_str()).collect::<Vec<_>>())
        .bind(decided.iter().map(|(order, _)| order.account.1.as_str()).collect::<Vec<_>>())
        .bind(decided.iter().map(|(order, _)| order.reference.as_str()).collect::<Vec<_>>())
        .bind(decided.iter().map(|(_, decision)| decision.is_ok()).collect::<Vec<_>>())
        .bind(decided.iter().map(|(_, decision)| decision.err().unwrap_or_default()).collect::<Vec<_>>())
        .bind(now);
    insert.execute(tx).await.map(drop)
}

/// What the book says of these orders, all of which are in it, in their order.
pub(crate) async fn find(tx: &mut PgConnection, orders: &[&Order]) -> Result<Vec<Booked>, sqlx::Error> {
    let find = sqlx::query(FIND)
        .bind(orders.iter().map(|order| order.msn.as_str()).collect::<Vec<_>>())
        .bind(orders.iter().map(|order| order.number).collect::<Vec<_>>());
    let read = |row: &PgRow| -> Result<Booked, sqlx::Error> {
        Ok(Booked {
            amount_minor: row.try_get("amount_minor")?,
            currency: row.try_get("currency")?,
            account: (row.try_get("account_scheme")?, row.try_get("account_id")?),
            executed: row.try_get("executed")?,
            failure: row.try_get("failure")?,
        })
    };
    find.fetch_all(tx).await?.iter().map(read).collect()
}
