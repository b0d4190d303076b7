//! Mails with reports: made when the end of a period has closed, in the transaction that notes it, so that there is one for
//! each period; sent until the mail server has them or the time for it is over.

use std::{collections::BTreeMap, io::Read as _};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use kvitt_postgres::transaction;
use kvitt_primitives::EmailAddress;
use sqlx::PgConnection;
use tokio::task::{JoinSet, spawn_blocking};
use uuid::Uuid;

use super::{App, Error, report::Wanted};
use crate::{
    domain::mail::{KEPT, next_try},
    mailer::Outcome,
    store::{
        mails::{self, Claimed, NewMail, Tried},
        report_rows::Payers,
        subscriptions::{self, Behind},
    },
};

mod message;
mod words;

/// Subscriptions dealt with in one transaction, and mails forgotten in one.
const BATCH: i64 = 200;
/// Mails sent at once; each may hold its report in memory, and of the places for writing reports one stays free.
const SIDE_BY_SIDE: i64 = 2;
/// How long a mail is another's that is being sent; longer than any try takes.
const CLAIMED_FOR: TimeDelta = TimeDelta::minutes(20);
/// The largest report that is attached; mail servers refuse larger ones.
const MOST_ATTACHED: u64 = 7 * 1024 * 1024;
/// The longest message that is kept in the outbox, so that it can be read over the wire.
pub(super) const MOST_KEPT: usize = 3 * 1024 * 1024;

impl App {
    /// Makes the mails of all periods that have closed with a settlement; answers how many subscriptions were dealt with.
    pub(crate) async fn make_mails(&self) -> Result<u64, Error> {
        let (mut dealt_with, now) = (0, self.clock.now());
        loop {
            let batch = transaction!(&self.pool, "make_mails", async |tx| -> Result<usize, Error> {
                let behind = subscriptions::behind(tx, BATCH).await?;
                for mail in new_mails(tx, &behind, now).await? {
                    mails::insert(tx, &mail).await?;
                }
                subscriptions::move_on(tx, &behind).await?;
                Ok(behind.len())
            })?;
            if batch == 0 {
                return Ok(dealt_with);
            }
            dealt_with += batch as u64;
        }
    }

    /// Sends what is due, each once, and forgets what is old; answers how many mails were dealt with. The error is that of
    /// the first one for a reason of ours, once all of them have had their turn.
    pub(crate) async fn send_mails(&self) -> Result<u64, Error> {
        let now = self.clock.now();
        let (mut dealt_with, mut failure) = (self.forget_mails(now).await?, None);
        while self.sends_mails() {
            let mut connection = self.pool.acquire().await?;
            let claimed = mails::claim(&mut connection, (now, now + CLAIMED_FOR), SIDE_BY_SIDE).await?;
            drop(connection);
            if claimed.is_empty() {
                break;
            }
            dealt_with += claimed.len() as u64;
            let mut tries = JoinSet::new();
            for mail in claimed {
                let app = self.clone();
                tries.spawn(async move { app.try_mail(&mail).await });
            }
            // One that panicked is due again when its claim is over.
            while let Some(tried) = tries.join_next().await {
                if let Ok(Err(error)) = tried {
                    failure = failure.or(Some(error));
                }
            }
        }
        failure.map_or(Ok(dealt_with), Err)
    }

    /// When the next mail is to be tried or forgotten.
    pub(crate) async fn next_mail_at(&self) -> Result<Option<DateTime<Utc>>, sqlx::Error> {
        let mut connection = self.pool.acquire().await?;
        let oldest = mails::oldest(&mut connection).await?.map(|made_at| made_at + KEPT);
        let next = if self.sends_mails() { mails::next_try(&mut connection).await? } else { None };
        Ok(oldest.into_iter().chain(next).min())
    }

    /// Whether mails can go anywhere. Where they cannot they wait.
    fn sends_mails(&self) -> bool {
        self.sandbox || self.mailer.has_server()
    }

    async fn forget_mails(&self, now: DateTime<Utc>) -> Result<u64, sqlx::Error> {
        let mut forgotten = 0;
        let mut connection = self.pool.acquire().await?;
        loop {
            let batch = mails::forget(&mut connection, now - KEPT, BATCH).await?;
            forgotten += batch;
            if batch < BATCH.unsigned_abs() {
                return Ok(forgotten);
            }
        }
    }

    /// Tries a mail once and writes down what came of it. The error is ours; then it is due when its claim is over.
    async fn try_mail(&self, mail: &Claimed) -> Result<(), Error> {
        let tried = match self.message(mail).await {
            Ok(message) => self.deliver(mail, message).await,
            Err(Error::Report(error)) => {
                tracing::error!(error = &error as &dyn std::error::Error, "a report could not be made");
                self.again(mail, "the report could not be made".to_owned())
            }
            Err(error) => return Err(error),
        };
        let mut connection = self.pool.acquire().await?;
        Ok(mails::finish(&mut connection, mail, &tried).await?)
    }

    /// What is sent, as a mail server gets it. The same in every try.
    async fn message(&self, mail: &Claimed) -> Result<Vec<u8>, Error> {
        let place = self.room.wait().await?;
        let wanted = Wanted {
            msns: vec![mail.msn.clone()],
            from: mail.from,
            to: mail.to,
            format: mail.format,
            language: mail.language,
            // Whoever reads the mail may be anybody.
            payers: Payers::Unnamed,
        };
        let mut file = self.write_report(&wanted).await?;
        drop(place);
        let from = self.mailer.from().clone();
        let mail = mail.clone();
        let making = spawn_blocking(move || {
            let length = file.metadata()?.len();
            let mut report = Vec::new();
            if length <= MOST_ATTACHED {
                file.read_to_end(&mut report)?;
            }
            let report = (length <= MOST_ATTACHED).then_some(report);
            let made = message::message(from, &mail, &wanted, report);
            made.map_err(|error| kvitt_reports::Error::Format(error.to_string()))
        });
        let failed = |_| kvitt_reports::Error::Format("the writer of the mail failed".to_owned());
        Ok(making.await.map_err(failed)??)
    }

    async fn deliver(&self, mail: &Claimed, message: Vec<u8>) -> Tried {
        let to: Vec<EmailAddress> =
            mail.emails.iter().filter(|one| !mail.taken.contains(one)).cloned().collect();
        let outcomes = if self.mailer.has_server() {
            self.mailer.deliver(&message, &to).await
        } else {
            vec![Outcome::Taken; to.len()]
        };
        let (mut taken, mut refused, mut later) = (mail.taken.clone(), None, None);
        for (email, outcome) in to.into_iter().zip(outcomes) {
            match outcome {
                Outcome::Taken => taken.push(email),
                Outcome::Refused(why) => refused = refused.or(Some(format!("{email}: {why}"))),
                Outcome::Later(why) | Outcome::Away(why) => later = later.or(Some(why)),
            }
        }
        let mut tried = match later {
            Some(why) => self.again(mail, why),
            None => Tried {
                taken: Vec::new(),
                failure: refused.unwrap_or_default(),
                try_at: None,
                sent_at: None,
                message: None,
            },
        };
        if tried.try_at.is_none() && !taken.is_empty() {
            tried.sent_at = Some(self.clock.now());
            tried.message = Some(message).filter(|message| self.sandbox && message.len() <= MOST_KEPT);
        }
        Tried { taken, ..tried }
    }

    /// It is tried again, unless its time is over.
    fn again(&self, mail: &Claimed, failure: String) -> Tried {
        let try_at = next_try(mail.attempts, self.clock.now(), mail.made_at);
        Tried { taken: mail.taken.clone(), failure, try_at, sent_at: None, message: None }
    }
}

/// A mail for each period that has ended with a settlement in it since a subscription was dealt with.
async fn new_mails(
    tx: &mut PgConnection,
    behind: &[Behind],
    now: DateTime<Utc>,
) -> Result<Vec<NewMail>, sqlx::Error> {
    let asked = behind.iter().map(|one| (&one.subscription.msn, first(one), one.closed_through));
    let asked: Vec<_> = asked.collect();
    // By subscription and last date; of several settlements of a period the last says what the unit is called.
    let mut periods: BTreeMap<(usize, NaiveDate), (NaiveDate, String)> = BTreeMap::new();
    for settled in subscriptions::settled(tx, &asked).await? {
        let Some(one) = behind.get(settled.place) else { continue };
        let (from, to) = one.subscription.interval.period(settled.to);
        if one.reported_through < to && to <= one.closed_through {
            periods.insert((settled.place, to), (from, settled.sales_unit_name));
        }
    }
    let mail = |((place, to), (from, name)): ((usize, NaiveDate), (NaiveDate, String))| {
        let subscription = behind.get(place)?.subscription.clone();
        let subject = words::subject(subscription.language, (&name, &subscription.msn), (from, to));
        Some(NewMail {
            msn: subscription.msn,
            mail_id: Uuid::new_v4(),
            subscription_id: subscription.id,
            emails: subscription.emails,
            format: subscription.format,
            language: subscription.language,
            from,
            to,
            subject,
            made_at: now,
        })
    };
    Ok(periods.into_iter().filter_map(mail).collect())
}

/// The first date of the first period that has not been dealt with.
fn first(behind: &Behind) -> NaiveDate {
    let next = behind.reported_through.succ_opt().unwrap_or(behind.reported_through);
    behind.subscription.interval.period(next).0
}

#[cfg(test)]
mod tests;
