//! `mails`: reports that have been sent to people, or wait for it.

use chrono::{DateTime, NaiveDate, Utc};
use kvitt_primitives::{EmailAddress, Msn};
use kvitt_reports::{Format, Language};
use sqlx::{PgConnection, Row as _, postgres::PgRow};
use uuid::Uuid;

use super::{
    broken,
    subscriptions::{emails, format, language, of_format, of_language, texts},
};

/// Every statement.
#[cfg(test)]
pub(super) const STATEMENTS: &[&str] =
    &[INSERT, CLAIM, FINISH, END_OF_SUBSCRIPTION, NEXT_TRY, OLDEST, FORGET, LIST, MESSAGES];

const INSERT: &str = "\
INSERT INTO mails
    (msn, mail_id, subscription_id, emails, format, language, from_date, to_date, subject, made_at, try_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)
ON CONFLICT ON CONSTRAINT mails_once DO NOTHING";

/// Takes what is due, the longest due first. Nobody else does before the claim is over.
const CLAIM: &str = "\
WITH due AS (
    SELECT msn, mail_id FROM mails WHERE try_at <= $1 ORDER BY try_at, msn, mail_id LIMIT $3 FOR UPDATE SKIP LOCKED
)
UPDATE mails m SET try_at = $2, attempts = m.attempts + 1
FROM due WHERE m.msn = due.msn AND m.mail_id = due.mail_id
RETURNING m.msn, m.mail_id, m.emails, m.taken, m.format, m.language, m.from_date, m.to_date, m.subject, m.made_at,
    m.attempts";

/// What was taken away from this try in the meantime is left to whoever has it now.
const FINISH: &str = "\
UPDATE mails SET taken = $4, failure = $5, try_at = $6, sent_at = $7, message = $8
WHERE msn = $1 AND mail_id = $2 AND attempts = $3 AND try_at IS NOT NULL";

const END_OF_SUBSCRIPTION: &str = "\
UPDATE mails SET try_at = NULL, failure = $3 WHERE msn = $1 AND subscription_id = $2 AND try_at IS NOT NULL";

const NEXT_TRY: &str = "SELECT MIN(try_at) FROM mails WHERE try_at IS NOT NULL";

const OLDEST: &str = "SELECT MIN(made_at) FROM mails";

const FORGET: &str = "\
WITH old AS (
    SELECT msn, mail_id FROM mails WHERE made_at <= $1 ORDER BY made_at LIMIT $2 FOR UPDATE SKIP LOCKED
)
DELETE FROM mails m USING old WHERE m.msn = old.msn AND m.mail_id = old.mail_id";

const LIST: &str = "\
SELECT mail_id, subscription_id, emails, from_date, to_date, subject, made_at, attempts, failure,
    sent_at IS NOT NULL AS sent, COALESCE(OCTET_LENGTH(message), 0) AS length
FROM mails WHERE msn = $1 AND (made_at, mail_id) < ($2, $3)
ORDER BY made_at DESC, mail_id DESC LIMIT $4";

const MESSAGES: &str = "\
SELECT mail_id, message FROM mails WHERE msn = $1 AND mail_id = ANY($2) AND message IS NOT NULL";

/// A mail to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewMail {
    pub(crate) msn: Msn,
    pub(crate) mail_id: Uuid,
    pub(crate) subscription_id: Uuid,
    pub(crate) emails: Vec<EmailAddress>,
    pub(crate) format: Format,
    pub(crate) language: Language,
    pub(crate) from: NaiveDate,
    pub(crate) to: NaiveDate,
    pub(crate) subject: String,
    pub(crate) made_at: DateTime<Utc>,
}

/// A mail that this process is to try now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Claimed {
    pub(crate) msn: Msn,
    pub(crate) mail_id: Uuid,
    pub(crate) emails: Vec<EmailAddress>,
    /// Those of them that have it.
    pub(crate) taken: Vec<EmailAddress>,
    pub(crate) format: Format,
    pub(crate) language: Language,
    pub(crate) from: NaiveDate,
    pub(crate) to: NaiveDate,
    pub(crate) subject: String,
    pub(crate) made_at: DateTime<Utc>,
    /// Tries, this one among them.
    pub(crate) attempts: i32,
}

/// How a try ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tried {
    /// Everybody who has it now.
    pub(crate) taken: Vec<EmailAddress>,
    /// Empty when nothing failed.
    pub(crate) failure: String,
    /// When it is tried again; `None` when it is not.
    pub(crate) try_at: Option<DateTime<Utc>>,
    pub(crate) sent_at: Option<DateTime<Utc>>,
    /// What was sent, where that is kept.
    pub(crate) message: Option<Vec<u8>>,
}

/// A mail as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) mail_id: Uuid,
    pub(crate) subscription_id: Uuid,
    pub(crate) emails: Vec<String>,
    pub(crate) from: NaiveDate,
    pub(crate) to: NaiveDate,
    pub(crate) subject: String,
    pub(crate) made_at: DateTime<Utc>,
    pub(crate) attempts: i32,
    pub(crate) failure: String,
    pub(crate) sent: bool,
    /// How long what was sent is, in bytes; 0 where it is not kept.
    pub(crate) length: i32,
}

/// Adds a mail, unless there is one of this period.
pub(crate) async fn insert(tx: &mut PgConnection, mail: &NewMail) -> Result<(), sqlx::Error> {
    let insert = sqlx::query(INSERT)
        .bind(mail.msn.as_str())
        .bind(mail.mail_id)
        .bind(mail.subscription_id)
        .bind(texts(&mail.emails))
        .bind(of_format(mail.format))
        .bind(of_language(mail.language))
        .bind(mail.from)
        .bind(mail.to)
        .bind(&mail.subject)
        .bind(mail.made_at);
    insert.execute(tx).await.map(|_| ())
}

/// Takes some that are due, until `until`.
pub(crate) async fn claim(
    connection: &mut PgConnection,
    (now, until): (DateTime<Utc>, DateTime<Utc>),
    limit: i64,
) -> Result<Vec<Claimed>, sqlx::Error> {
    let rows = sqlx::query(CLAIM).bind(now).bind(until).bind(limit).fetch_all(connection).await?;
    rows.iter().map(claimed).collect()
}

/// Writes down how a try ended.
pub(crate) async fn finish(
    connection: &mut PgConnection,
    claimed: &Claimed,
    tried: &Tried,
) -> Result<(), sqlx::Error> {
    let finish = sqlx::query(FINISH)
        .bind(claimed.msn.as_str())
        .bind(claimed.mail_id)
        .bind(claimed.attempts)
        .bind(texts(&tried.taken))
        .bind(&tried.failure)
        .bind(tried.try_at)
        .bind(tried.sent_at)
        .bind(tried.message.as_deref());
    finish.execute(connection).await.map(|_| ())
}

/// Tries none of these again, and says why.
pub(crate) async fn end_of_subscription(
    tx: &mut PgConnection,
    (msn, subscription_id): (&Msn, Uuid),
    failure: &str,
) -> Result<(), sqlx::Error> {
    let end = sqlx::query(END_OF_SUBSCRIPTION).bind(msn.as_str()).bind(subscription_id).bind(failure);
    end.execute(tx).await.map(|_| ())
}

/// When the next one is to be tried.
pub(crate) async fn next_try(connection: &mut PgConnection) -> Result<Option<DateTime<Utc>>, sqlx::Error> {
    sqlx::query_scalar(NEXT_TRY).fetch_one(connection).await
}

/// When the oldest was made.
pub(crate) async fn oldest(connection: &mut PgConnection) -> Result<Option<DateTime<Utc>>, sqlx::Error> {
    sqlx::query_scalar(OLDEST).fetch_one(connection).await
}

/// Forgets some that were made by then; how many they were.
pub(crate) async fn forget(
    connection: &mut PgConnection,
    made_by: DateTime<Utc>,
    limit: i64,
) -> Result<u64, sqlx::Error> {
    let forget = sqlx::query(FORGET).bind(made_by).bind(limit);
    Ok(forget.execute(connection).await?.rows_affected())
}

/// A unit's, newest first, behind `after`.
pub(crate) async fn list(
    connection: &mut PgConnection,
    msn: &Msn,
    (made_at, mail_id): (DateTime<Utc>, Uuid),
    limit: i64,
) -> Result<Vec<Shown>, sqlx::Error> {
    let list = sqlx::query(LIST).bind(msn.as_str()).bind(made_at).bind(mail_id).bind(limit);
    list.fetch_all(connection).await?.iter().map(shown).collect()
}

/// What was sent with these, where it is kept.
pub(crate) async fn messages(
    connection: &mut PgConnection,
    msn: &Msn,
    mail_ids: &[Uuid],
) -> Result<Vec<(Uuid, Vec<u8>)>, sqlx::Error> {
    sqlx::query_as(MESSAGES).bind(msn.as_str()).bind(mail_ids).fetch_all(connection).await
}

fn claimed(row: &PgRow) -> Result<Claimed, sqlx::Error> {
    let msn: &str = row.try_get("msn")?;
    Ok(Claimed {
        msn: msn.parse().map_err(|_| broken("msn"))?,
        mail_id: row.try_get("mail_id")?,
        emails: emails(&row.try_get::<Vec<String>, _>("emails")?)?,
        taken: emails(&row.try_get::<Vec<String>, _>("taken")?)?,
        format: format(row.try_get("format")?)?,
        language: language(row.try_get("language")?)?,
        from: row.try_get("from_date")?,
        to: row.try_get("to_date")?,
        subject: row.try_get("subject")?,
        made_at: row.try_get("made_at")?,
        attempts: row.try_get("attempts")?,
    })
}

fn shown(row: &PgRow) -> Result<Shown, sqlx::Error> {
    Ok(Shown {
        mail_id: row.try_get("mail_id")?,
        subscription_id: row.try_get("subscription_id")?,
        emails: row.try_get("emails")?,
        from: row.try_get("from_date")?,
        to: row.try_get("to_date")?,
        subject: row.try_get("subject")?,
        made_at: row.try_get("made_at")?,
        attempts: row.try_get("attempts")?,
        failure: row.try_get("failure")?,
        sent: row.try_get("sent")?,
        length: row.try_get("length")?,
    })
}
