//! `transfers`: everything that ever moved. Rows are only added.

use sqlx::PgConnection;

use super::codes::{of_account, of_entry_type};
use crate::domain::{Transfer, ledger::Place};

/// Every statement.
#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[INSERT];

const INSERT: &str = "\
INSERT INTO transfers (msn, number, entry_type, debit, credit, amount_minor, funds_seq, funds_after_minor, fees_seq,
    fees_after_minor, psp_reference, reference, occurred_at, ledger_date, source)
SELECT * FROM UNNEST($1::text[], $2::bigint[], $3::smallint[], $4::smallint[], $5::smallint[], $6::bigint[],
    $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[], $11::text[], $12::text[], $13::timestamptz[],
    $14::date[], $15::uuid[])";

/// Adds transfers of ledgers that are locked.
pub(crate) async fn insert(tx: &mut PgConnection, transfers: &[Transfer]) -> Result<(), sqlx::Error> {
    if transfers.is_empty() {
        return Ok(());
    }
    let (seq, after) = (|place: Place| place.seq, |place: Place| place.after_minor);
    let insert = sqlx::query(INSERT)
        .bind(column(transfers, |one| one.msn.as_str()))
        .bind(column(transfers, |one| one.number))
        .bind(column(transfers, |one| of_entry_type(one.entry_type)))
        .bind(column(transfers, |one| of_account(one.debit)))
        .bind(column(transfers, |one| of_account(one.credit)))
        .bind(column(transfers, |one| one.amount_minor))
        .bind(column(transfers, |one| one.funds.map(seq)))
        .bind(column(transfers, |one| one.funds.map(after)))
        .bind(column(transfers, |one| one.fees.map(seq)))
        .bind(column(transfers, |one| one.fees.map(after)))
        .bind(column(transfers, |one| one.cause.psp_reference.as_str()))
        .bind(column(transfers, |one| one.cause.reference.as_str()))
        .bind(column(transfers, |one| one.cause.occurred_at))
        .bind(column(transfers, |one| one.ledger_date))
        .bind(column(transfers, |one| one.cause.source));
    insert.execute(tx).await.map(drop)
}

fn column<'a, T>(transfers: &'a [Transfer], value: impl Fn(&'a Transfer) -> T) -> Vec<T> {
    transfers.iter().map(value).collect()
}
