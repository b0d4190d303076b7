//! `payouts`: what was made ready for the bank, and what became of it.

use chrono::{DateTime, NaiveDate, Utc};
use kvitt_primitives::{Currency, Msn};
use sqlx::{PgConnection, Row as _, postgres::PgRow};

use super::broken;
use crate::{
    bank::Order,
    domain::{NewPayout, Owner},
};

/// Every statement.
#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[INSERT, DUE, NEXT_ASK, END, ASK_AGAIN, OF_UNIT];

const INSERT: &str = "\
INSERT INTO payouts (msn, payout_number, from_date, to_date, amount_minor, currency, reference, account_scheme,
    account_id, value_date, scheduled_at, state, ask_at, sales_unit_name, product, gross, organization_name,
    organization_number, address, post_code, city, country_code)
SELECT msn, payout_number, from_date, to_date, amount_minor, currency, reference, account_scheme, account_id,
    value_date, scheduled_at, 1, ask_at, sales_unit_name, product, gross, organization_name, organization_number,
    address, post_code, city, country_code
FROM UNNEST($1::text[], $2::bigint[], $3::date[], $4::date[], $5::bigint[], $6::text[], $7::text[], $8::text[],
    $9::text[], $10::date[], $11::timestamptz[], $12::timestamptz[], $13::text[], $14::text[], $15::boolean[],
    $16::text[], $17::text[], $18::text[], $19::text[], $20::text[], $21::text[]) AS n (msn, payout_number, from_date,
    to_date, amount_minor, currency, reference, account_scheme, account_id, value_date, scheduled_at, ask_at,
    sales_unit_name, product, gross, organization_name, organization_number, address, post_code, city, country_code)";

const DUE: &str = "\
SELECT msn, payout_number, amount_minor, currency, reference, account_scheme, account_id, ask_at FROM payouts
WHERE ask_at <= $1 ORDER BY ask_at, msn, payout_number LIMIT $2";

const NEXT_ASK: &str = "SELECT min(ask_at) FROM payouts WHERE ask_at IS NOT NULL";

/// Only what waits ends, so it ends once.
const END: &str = "\
UPDATE payouts AS p SET state = n.state, ended_at = $5, failure = n.failure, ask_at = NULL
FROM UNNEST($1::text[], $2::bigint[], $3::smallint[], $4::text[]) AS n (msn, payout_number, state, failure)
WHERE p.msn = n.msn AND p.payout_number = n.payout_number AND p.state = 1
RETURNING p.msn, p.payout_number";

const ASK_AGAIN: &str = "\
UPDATE payouts AS p SET ask_at = $3
FROM UNNEST($1::text[], $2::bigint[]) AS n (msn, payout_number)
WHERE p.msn = n.msn AND p.payout_number = n.payout_number AND p.state = 1 AND p.ask_at < $3";

const OF_UNIT: &str = "\
SELECT msn, payout_number, from_date, to_date, amount_minor, currency, reference, account_scheme, account_id,
    value_date, scheduled_at, state, ended_at, failure
FROM payouts WHERE msn = $1 AND payout_number < $2 ORDER BY payout_number DESC LIMIT $3";

/// A payout made ready, and what a report says at its head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct New {
    pub(crate) msn: Msn,
    pub(crate) currency: Currency,
    pub(crate) payout: NewPayout,
    pub(crate) scheduled_at: DateTime<Utc>,
    pub(crate) sales_unit_name: String,
    pub(crate) product: String,
    pub(crate) gross: bool,
    pub(crate) owner: Owner,
}

/// How far a payout has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Scheduled,
    Executed,
    Aborted,
}

/// A payout as merchants see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Payout {
    pub(crate) msn: Msn,
    pub(crate) number: i64,
    pub(crate) from: NaiveDate,
    pub(crate) to: NaiveDate,
    pub(crate) amount_minor: i64,
    pub(crate) currency: Currency,
    /// What the bank statement says.
    pub(crate) reference: String,
    /// Scheme and digits.
    pub(crate) account: (String, String),
    pub(crate) value_date: NaiveDate,
    pub(crate) scheduled_at: DateTime<Utc>,
    pub(crate) state: State,
    pub(crate) ended_at: Option<DateTime<Utc>>,
    /// Why the bank refused it; empty otherwise.
    pub(crate) failure: String,
}

/// Adds payouts of ledgers that are locked.
pub(crate) async fn insert(tx: &mut PgConnection, payouts: &[New]) -> Result<(), sqlx::Error> {
    if payouts.is_empty() {
        return Ok(());
    }
    let insert = sqlx::query(INSERT)
        .bind(column(payouts, |one| one.msn.as_str()))
        .bind(column(payouts, |one| one.payout.number))
        .bind(column(payouts, |one| one.payout.from))
        .bind(column(payouts, |one| one.payout.to))
        .bind(column(payouts, |one| one.payout.amount_minor))
        .bind(column(payouts, |one| one.currency.code()))
        .bind(column(payouts, |one| one.payout.text.as_str()))
        .bind(column(payouts, |one| one.payout.account.0.as_str()))
        .bind(column(payouts, |one| one.payout.account.1.as_str()))
        .bind(column(payouts, |one| one.payout.value_date))
        .bind(column(payouts, |one| one.scheduled_at))
        .bind(column(payouts, |one| one.payout.ask_at))
        .bind(column(payouts, |one| one.sales_unit_name.as_str()))
        .bind(column(payouts, |one| one.product.as_str()))
        .bind(column(payouts, |one| one.gross))
        .bind(column(payouts, |one| one.owner.name.as_str()))
        .bind(column(payouts, |one| one.owner.organization_number.as_str()))
        .bind(column(payouts, |one| one.owner.address.as_str()))
        .bind(column(payouts, |one| one.owner.post_code.as_str()))
        .bind(column(payouts, |one| one.owner.city.as_str()))
        .bind(column(payouts, |one| one.owner.country_code.as_str()));
    insert.execute(tx).await.map(drop)
}

/// At most `limit` that the bank is to be asked for by now, those first that have waited longest.
pub(crate) async fn due(
    connection: &mut PgConnection,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<Order>, sqlx::Error> {
    let read = |row: &PgRow| -> Result<Order, sqlx::Error> {
        Ok(Order {
            msn: msn(row)?,
            number: row.try_get("payout_number")?,
            amount_minor: row.try_get("amount_minor")?,
            currency: currency(row)?,
            reference: row.try_get("reference")?,
            account: (row.try_get("account_scheme")?, row.try_get("account_id")?),
        })
    };
    sqlx::query(DUE).bind(now).bind(limit).fetch_all(connection).await?.iter().map(read).collect()
}

/// When the bank is asked next.
pub(crate) async fn next_ask(connection: &mut PgConnection) -> Result<Option<DateTime<Utc>>, sqlx::Error> {
    sqlx::query_scalar(NEXT_ASK).fetch_one(connection).await
}

/// Ends payouts whose ledgers are locked: as executed, or with the reason for which the bank has refused. Answers those that
/// had not ended before.
pub(crate) async fn end(
    tx: &mut PgConnection,
    answered: &[(&Order, Result<(), &str>)],
    now: DateTime<Utc>,
) -> Result<Vec<(String, i64)>, sqlx::Error> {
    if answered.is_empty() {
        return Ok(Vec::new());
    }
    let state = |answer: Result<(), &str>| match answer {
        Ok(()) => code(State::Executed),
        Err(_) => code(State::Aborted),
    };
    let update = sqlx::query_as(END)
        .bind(answered.iter().map(|(order, _)| order.msn.as_str()).collect::<Vec<_>>())
        .bind(answered.iter().map(|(order, _)| order.number).collect::<Vec<_>>())
        .bind(answered.iter().map(|(_, answer)| state(*answer)).collect::<Vec<_>>())
        .bind(answered.iter().map(|(_, answer)| answer.err().unwrap_or_default()).collect::<Vec<_>>())
        .bind(now);
    update.fetch_all(tx).await
}

/// Asks the bank again at `at` for these, unless they have ended.
pub(crate) async fn ask_again(
    tx: &mut PgConnection,
    unanswered: &[&Order],
    at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    if unanswered.is_empty() {
        return Ok(());
    }
    let update = sqlx::query(ASK_AGAIN)
        .bind(unanswered.iter().map(|order| order.msn.as_str()).collect::<Vec<_>>())
        .bind(unanswered.iter().map(|order| order.number).collect::<Vec<_>>())
        .bind(at);
    update.execute(tx).await.map(drop)
}

/// At most `limit` of a unit with smaller numbers than `before`, newest first; from the newest on without it.
pub(crate) async fn of_unit(
    connection: &mut PgConnection,
    of: &Msn,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<Payout>, sqlx::Error> {
    let query = sqlx::query(OF_UNIT).bind(of.as_str()).bind(before.unwrap_or(i64::MAX)).bind(limit);
    query.fetch_all(connection).await?.iter().map(payout).collect()
}

/// The number that stands for a state.
pub(crate) fn code(state: State) -> i16 {
    match state {
        State::Scheduled => 1,
        State::Executed => 2,
        State::Aborted => 3,
    }
}

/// The state that a number stands for.
pub(super) fn state(code: i16) -> Result<State, sqlx::Error> {
    match code {
        1 => Ok(State::Scheduled),
        2 => Ok(State::Executed),
        3 => Ok(State::Aborted),
        _ => Err(broken("state")),
    }
}

fn payout(row: &PgRow) -> Result<Payout, sqlx::Error> {
    Ok(Payout {
        msn: msn(row)?,
        number: row.try_get("payout_number")?,
        from: row.try_get("from_date")?,
        to: row.try_get("to_date")?,
        amount_minor: row.try_get("amount_minor")?,
        currency: currency(row)?,
        reference: row.try_get("reference")?,
        account: (row.try_get("account_scheme")?, row.try_get("account_id")?),
        value_date: row.try_get("value_date")?,
        scheduled_at: row.try_get("scheduled_at")?,
        state: state(row.try_get("state")?)?,
        ended_at: row.try_get("ended_at")?,
        failure: row.try_get("failure")?,
    })
}

fn msn(row: &PgRow) -> Result<Msn, sqlx::Error> {
    row.try_get::<&str, _>("msn")?.parse().map_err(|_| broken("msn"))
}

fn currency(row: &PgRow) -> Result<Currency, sqlx::Error> {
    row.try_get::<&str, _>("currency")?.parse().map_err(|_| broken("currency"))
}

fn column<'a, T>(payouts: &'a [New], value: impl Fn(&'a New) -> T) -> Vec<T> {
    payouts.iter().map(value).collect()
}
