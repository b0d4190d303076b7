//! `subscriptions`: who is sent reports, and how far they have been.

use chrono::{DateTime, NaiveDate, Utc};
use kvitt_primitives::{EmailAddress, Msn};
use kvitt_reports::{Format, Language};
use sqlx::{PgConnection, Row as _, postgres::PgRow};
use uuid::Uuid;

use super::broken;
use crate::domain::mail::Interval;

/// Every statement.
#[cfg(test)]
pub(super) const STATEMENTS: &[&str] =
    &[LOCK, COUNT, INSERT, LIST, UPDATE, DELETE, CLOSED_THROUGH, BEHIND, SETTLED, MOVE_ON];

/// Whoever else adds one to a unit that has any waits here.
const LOCK: &str =
    "SELECT subscription_id FROM subscriptions WHERE msn = $1 ORDER BY subscription_id FOR UPDATE";

const COUNT: &str = "SELECT COUNT(*) FROM subscriptions WHERE msn = $1";

const INSERT: &str = "\
INSERT INTO subscriptions
    (msn, subscription_id, report_interval, emails, format, language, reported_through, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

const LIST: &str = "\
SELECT msn, subscription_id, report_interval, emails, format, language
FROM subscriptions WHERE msn = $1 ORDER BY created_at, subscription_id";

const UPDATE: &str = "\
UPDATE subscriptions SET report_interval = $3, emails = $4, format = $5, language = $6
WHERE msn = $1 AND subscription_id = $2";

const DELETE: &str = "DELETE FROM subscriptions WHERE msn = $1 AND subscription_id = $2";

const CLOSED_THROUGH: &str = "SELECT closed_through FROM ledgers WHERE msn = $1";

/// What another instance deals with is left to it.
const BEHIND: &str = "\
SELECT s.msn, s.subscription_id, s.report_interval, s.emails, s.format, s.language, s.reported_through, l.closed_through
FROM subscriptions s
JOIN ledgers l ON l.msn = s.msn AND l.closed_through > s.reported_through
ORDER BY s.msn, s.subscription_id LIMIT $1
FOR UPDATE OF s SKIP LOCKED";

const SETTLED: &str = "\
SELECT asked.place, p.to_date, p.sales_unit_name
FROM UNNEST($1::bigint[], $2::text[], $3::date[], $4::date[]) AS asked (place, msn, first, last)
JOIN payouts p ON p.msn = asked.msn AND p.to_date BETWEEN asked.first AND asked.last
ORDER BY asked.place, p.to_date";

const MOVE_ON: &str = "\
UPDATE subscriptions s SET reported_through = moved.through
FROM UNNEST($1::text[], $2::uuid[], $3::date[]) AS moved (msn, subscription_id, through)
WHERE s.msn = moved.msn AND s.subscription_id = moved.subscription_id";

/// Who is sent reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Subscription {
    pub(crate) msn: Msn,
    pub(crate) id: Uuid,
    pub(crate) interval: Interval,
    /// 1 to 20, each once.
    pub(crate) emails: Vec<EmailAddress>,
    pub(crate) format: Format,
    pub(crate) language: Language,
}

/// A subscription whose unit has closed dates that it has not been dealt with for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Behind {
    pub(crate) subscription: Subscription,
    pub(crate) reported_through: NaiveDate,
    pub(crate) closed_through: NaiveDate,
}

/// A settlement's end, and what its unit was called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Settled {
    /// Which of the asked it answers.
    pub(crate) place: usize,
    pub(crate) to: NaiveDate,
    pub(crate) sales_unit_name: String,
}

/// Adds one, unless the unit has `most` already; whether it was added.
pub(crate) async fn insert(
    tx: &mut PgConnection,
    subscription: &Subscription,
    reported_through: NaiveDate,
    (now, most): (DateTime<Utc>, i64),
) -> Result<bool, sqlx::Error> {
    let msn = subscription.msn.as_str();
    sqlx::query(LOCK).bind(msn).execute(&mut *tx).await?;
    let count: i64 = sqlx::query_scalar(COUNT).bind(msn).fetch_one(&mut *tx).await?;
    if count >= most {
        return Ok(false);
    }
    let insert = sqlx::query(INSERT)
        .bind(msn)
        .bind(subscription.id)
        .bind(of_interval(subscription.interval))
        .bind(texts(&subscription.emails))
        .bind(of_format(subscription.format))
        .bind(of_language(subscription.language))
        .bind(reported_through)
        .bind(now);
    insert.execute(tx).await.map(|_| true)
}

/// A unit's, oldest first.
pub(crate) async fn list(connection: &mut PgConnection, msn: &Msn) -> Result<Vec<Subscription>, sqlx::Error> {
    let rows = sqlx::query(LIST).bind(msn.as_str()).fetch_all(connection).await?;
    rows.iter().map(subscription).collect()
}

/// Changes one; false when there is none.
pub(crate) async fn update(
    connection: &mut PgConnection,
    subscription: &Subscription,
) -> Result<bool, sqlx::Error> {
    let update = sqlx::query(UPDATE)
        .bind(subscription.msn.as_str())
        .bind(subscription.id)
        .bind(of_interval(subscription.interval))
        .bind(texts(&subscription.emails))
        .bind(of_format(subscription.format))
        .bind(of_language(subscription.language));
    Ok(update.execute(connection).await?.rows_affected() > 0)
}

/// Ends one; false when there is none.
pub(crate) async fn delete(
    connection: &mut PgConnection,
    (msn, id): (&Msn, Uuid),
) -> Result<bool, sqlx::Error> {
    Ok(sqlx::query(DELETE).bind(msn.as_str()).bind(id).execute(connection).await?.rows_affected() > 0)
}

/// The last closed date of a unit that has a ledger.
pub(crate) async fn closed_through(
    connection: &mut PgConnection,
    msn: &Msn,
) -> Result<Option<NaiveDate>, sqlx::Error> {
    sqlx::query_scalar(CLOSED_THROUGH).bind(msn.as_str()).fetch_optional(connection).await
}

/// Takes some of those that are behind; the rows stay locked.
pub(crate) async fn behind(tx: &mut PgConnection, limit: i64) -> Result<Vec<Behind>, sqlx::Error> {
    let rows = sqlx::query(BEHIND).bind(limit).fetch_all(tx).await?;
    let behind = |row: &PgRow| {
        Ok(Behind {
            subscription: subscription(row)?,
            reported_through: row.try_get("reported_through")?,
            closed_through: row.try_get("closed_through")?,
        })
    };
    rows.iter().map(behind).collect()
}

/// The settlements of units that end on these dates, in their order.
pub(crate) async fn settled(
    tx: &mut PgConnection,
    asked: &[(&Msn, NaiveDate, NaiveDate)],
) -> Result<Vec<Settled>, sqlx::Error> {
    let places: Result<Vec<i64>, _> = (0..asked.len()).map(i64::try_from).collect();
    let settled = sqlx::query(SETTLED)
        .bind(places.map_err(|_| broken("place"))?)
        .bind(asked.iter().map(|(msn, ..)| msn.as_str()).collect::<Vec<_>>())
        .bind(asked.iter().map(|(_, first, _)| *first).collect::<Vec<_>>())
        .bind(asked.iter().map(|(.., last)| *last).collect::<Vec<_>>());
    let one = |row: &PgRow| {
        let place: i64 = row.try_get("place")?;
        Ok(Settled {
            place: usize::try_from(place).map_err(|_| broken("place"))?,
            to: row.try_get("to_date")?,
            sales_unit_name: row.try_get("sales_unit_name")?,
        })
    };
    settled.fetch_all(tx).await?.iter().map(one).collect()
}

/// These have been dealt with for all dates that are closed.
pub(crate) async fn move_on(tx: &mut PgConnection, behind: &[Behind]) -> Result<(), sqlx::Error> {
    let of = || behind.iter().map(|one| &one.subscription);
    let update = sqlx::query(MOVE_ON)
        .bind(of().map(|one| one.msn.as_str()).collect::<Vec<_>>())
        .bind(of().map(|one| one.id).collect::<Vec<_>>())
        .bind(behind.iter().map(|one| one.closed_through).collect::<Vec<_>>());
    update.execute(tx).await.map(|_| ())
}

fn subscription(row: &PgRow) -> Result<Subscription, sqlx::Error> {
    let msn: &str = row.try_get("msn")?;
    Ok(Subscription {
        msn: msn.parse().map_err(|_| broken("msn"))?,
        id: row.try_get("subscription_id")?,
        interval: interval(row.try_get("report_interval")?)?,
        emails: emails(&row.try_get::<Vec<String>, _>("emails")?)?,
        format: format(row.try_get("format")?)?,
        language: language(row.try_get("language")?)?,
    })
}

/// Addresses as a column holds them.
pub(super) fn texts(emails: &[EmailAddress]) -> Vec<&str> {
    emails.iter().map(EmailAddress::as_str).collect()
}

/// Addresses out of a column.
pub(super) fn emails(texts: &[String]) -> Result<Vec<EmailAddress>, sqlx::Error> {
    texts.iter().map(|text| text.parse().map_err(|_| broken("emails"))).collect()
}

/// The number of a format.
pub(super) fn of_format(format: Format) -> i16 {
    match format {
        Format::SettlementXlsx => 1,
        Format::SettlementCsv => 2,
        Format::PeriodPdf => 3,
        Format::ClassicXlsx => 4,
        Format::ClassicCsv => 5,
        Format::ClassicXml => 6,
        Format::ClassicXmlZip => 7,
        Format::ClassicPdf => 8,
    }
}

/// The format that a number stands for.
pub(super) fn format(number: i16) -> Result<Format, sqlx::Error> {
    match number {
        1 => Ok(Format::SettlementXlsx),
        2 => Ok(Format::SettlementCsv),
        3 => Ok(Format::PeriodPdf),
        4 => Ok(Format::ClassicXlsx),
        5 => Ok(Format::ClassicCsv),
        6 => Ok(Format::ClassicXml),
        7 => Ok(Format::ClassicXmlZip),
        8 => Ok(Format::ClassicPdf),
        _ => Err(broken("format")),
    }
}

/// The number of a language.
pub(super) fn of_language(language: Language) -> i16 {
    match language {
        Language::English => 1,
        Language::Norwegian => 2,
        Language::Danish => 3,
        Language::Finnish => 4,
        Language::Swedish => 5,
    }
}

/// The language that a number stands for.
pub(super) fn language(number: i16) -> Result<Language, sqlx::Error> {
    match number {
        1 => Ok(Language::English),
        2 => Ok(Language::Norwegian),
        3 => Ok(Language::Danish),
        4 => Ok(Language::Finnish),
        5 => Ok(Language::Swedish),
        _ => Err(broken("language")),
    }
}

fn of_interval(interval: Interval) -> i16 {
    match interval {
        Interval::Daily => 1,
        Interval::Weekly => 2,
        Interval::Monthly => 3,
    }
}

fn interval(number: i16) -> Result<Interval, sqlx::Error> {
    match number {
        1 => Ok(Interval::Daily),
        2 => Ok(Interval::Weekly),
        3 => Ok(Interval::Monthly),
        _ => Err(broken("report_interval")),
    }
}
