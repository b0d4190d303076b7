//! Adds an entry by hand: a dispute, a correction, what a merchant paid in.

use chrono::{DateTime, Utc};
use kvitt_postgres::transaction;
use kvitt_primitives::IdempotencyKey;
use kvitt_proto::refusal::FieldViolation;
use sqlx::PgConnection;

use super::{App, Error, readable::Readable};
use crate::{
    domain::{
        Account, Cause, Ledger, Topic, Transfer,
        ledger::source,
        manual::{Manual, Refusal},
    },
    store::{
        agreements,
        entries::{self, Entry},
        ledgers, transfers,
    },
};

/// What is to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wish {
    pub(crate) key: IdempotencyKey,
    pub(crate) manual: Manual,
    /// Of a dispute: the capture's. Otherwise what to say.
    pub(crate) reference: String,
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Fields(vec![FieldViolation::new(refusal.field(), refusal.to_string())])
    }
}

/// The entry, which is dated on the first open date. The same key again is answered with the same entry.
pub(crate) async fn post_entry(app: &App, unit: &Readable, wish: &Wish) -> Result<Entry, Error> {
    let (msn, now) = (unit.msn(), app.clock.now());
    let basic = app.basics(msn).await?.ok_or(Error::UnitNotFound)?;
    transaction!(&app.pool, "post_entry", async |tx| -> Result<Entry, Error> {
        let msns = std::slice::from_ref(msn);
        let agreements = agreements::of_units(tx, msns).await?;
        // One that is there stays as it is.
        ledgers::open(tx, &[basic.open(msn, now, &agreements)]).await?;
        let mut ledger = ledgers::lock(tx, msns).await?.pop().ok_or(sqlx::Error::RowNotFound)?;
        let source = source("entry", msn, wish.key.as_str());
        if let Some(known) = entries::of_source(tx, msn, source).await? {
            return wish.answered_by(known);
        }
        if ledger.is_behind(now) {
            // The date that is over is closed with what was captured on it, which the log may not have told yet.
            return Err(Error::Closing);
        }
        let transfer = wish.post(tx, &mut ledger, now).await?;
        transfers::insert(tx, std::slice::from_ref(&transfer)).await?;
        ledgers::save(tx, &[&ledger]).await?;
        let entry = Entry::of(&transfer, topic((transfer.debit, transfer.credit)));
        Ok(entry.expect("what is made by hand is in one of the streams"))
    })
}

impl Wish {
    /// The entry that was posted under the key, if it is what is wished.
    fn answered_by(&self, (in_topic, entry): (Topic, Entry)) -> Result<Entry, Error> {
        let (sides, amount_minor) = self.manual.sides()?;
        let topic = topic(sides);
        let signed = if is_of(sides.1, topic) { amount_minor } else { -amount_minor };
        let known = (entry.entry_type, in_topic, entry.amount_minor, entry.reference.as_str());
        let same = known == (self.manual.entry_type, topic, signed, self.reference.as_str());
        if same { Ok(entry) } else { Err(Error::KeyConflict) }
    }

    /// Gives it its place in the ledger.
    async fn post(
        &self,
        tx: &mut PgConnection,
        ledger: &mut Ledger,
        now: DateTime<Utc>,
    ) -> Result<Transfer, Error> {
        let (sides, amount_minor) = self.manual.sides()?;
        let on_capture = entries::of_capture(tx, &ledger.msn, &self.reference).await?;
        on_capture.allows(self.manual.entry_type, amount_minor)?;
        let source = source("entry", &ledger.msn, self.key.as_str());
        let cause = Cause {
            psp_reference: source.to_string(),
            reference: self.reference.clone(),
            occurred_at: now,
            source,
        };
        Ok(ledger.post(self.manual.entry_type, sides, amount_minor, cause)?)
    }
}

/// The stream in which a transfer between these accounts is seen.
fn topic((debit, credit): (Account, Account)) -> Topic {
    if [debit, credit].contains(&Account::Fees) { Topic::Fees } else { Topic::Funds }
}

fn is_of(account: Account, topic: Topic) -> bool {
    match topic {
        Topic::Funds => account == Account::Funds,
        Topic::Fees => account == Account::Fees,
    }
}
