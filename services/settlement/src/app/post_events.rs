//! Posts what events of payment's log say was captured and refunded.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, NaiveDate, Utc};
use kvitt_primitives::{Money, Msn};
use sqlx::PgConnection;
use tracing::error;
use uuid::Uuid;

use super::{App, Error, close::Closings, units::Basic};
use crate::{
    domain::{
        Account, Agreement, Cause, EntryType, Ledger, Terms, calendar,
        ledger::{TooLarge, Unit},
    },
    store::{
        agreements::{self, Agreements},
        charges::{self, Charge},
        ledgers,
        payers::{self, Payer},
    },
};

/// What an event says was moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Posting {
    pub(crate) msn: Msn,
    pub(crate) movement: Movement,
    /// More than nothing.
    pub(crate) amount: Money,
    pub(crate) reference: String,
    /// The event's own.
    pub(crate) event_id: Uuid,
    pub(crate) occurred_at: DateTime<Utc>,
}

/// Which way money moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Movement {
    Captured,
    Refunded,
}

/// What is told of payments when they are created.
#[derive(Debug, Default)]
pub(crate) struct Named {
    /// Who pays VM numbers.
    pub(crate) payers: Vec<Payer>,
    /// What recurring charges are called.
    pub(crate) charges: Vec<Charge>,
}

/// What events say, and what is known of the units.
#[derive(Debug)]
pub(crate) struct Known {
    postings: Vec<Posting>,
    named: Named,
    basics: HashMap<Msn, Basic>,
    /// Of units whose dates may have to be closed before something can be posted.
    terms: HashMap<Msn, Terms>,
}

impl App {
    /// Asks what must be known before these are posted, in their order. Units that have no ledger are passed over.
    pub(crate) async fn prepare_posting(
        &self,
        mut postings: Vec<Posting>,
        mut named: Named,
    ) -> Result<Known, Error> {
        let mut msns: BTreeSet<Msn> = postings.iter().map(|one| one.msn.clone()).collect();
        msns.extend(named.payers.iter().map(|one| one.msn.clone()));
        msns.extend(named.charges.iter().map(|one| one.msn.clone()));
        let msns: Vec<_> = msns.into_iter().collect();
        let basics = self.basics_of(&msns).await?;
        for msn in msns.iter().filter(|msn| !basics.contains_key(msn)) {
            error!(%msn, "merchant knows no such unit; what payment's log says of it is not posted");
        }
        let has_ledger = |msn: &Msn| basics.get(msn).is_some_and(|basic| basic.has_ledger);
        postings.retain(|one| has_ledger(&one.msn));
        named.payers.retain(|one| has_ledger(&one.msn));
        named.charges.retain(|one| has_ledger(&one.msn));
        let (terms, failure) = self.terms_of(&self.crossing(&postings, &basics).await?).await;
        failure.map_or(Ok(Known { postings, named, basics, terms }), Err)
    }

    /// The units with something to post that happened after the end of a date which is still open.
    async fn crossing(&self, postings: &[Posting], basics: &HashMap<Msn, Basic>) -> Result<Vec<Msn>, Error> {
        // By unit, when the first in order and the last in time happened.
        let mut spans = BTreeMap::<Msn, (DateTime<Utc>, DateTime<Utc>)>::new();
        for Posting { msn, occurred_at, .. } in postings {
            let (_, last) = spans.entry(msn.clone()).or_insert((*occurred_at, *occurred_at));
            *last = (*last).max(*occurred_at);
        }
        let msns: Vec<_> = spans.keys().cloned().collect();
        if msns.is_empty() {
            return Ok(msns);
        }
        let mut connection = self.pool.acquire().await?;
        let open = ledgers::find_all(&mut connection, &msns).await?;
        let open: HashMap<_, _> = open.iter().map(|one| (&one.msn, one)).collect();
        let absent: Vec<_> = msns.iter().filter(|msn| !open.contains_key(msn)).cloned().collect();
        let agreements = match absent.is_empty() {
            true => Agreements::default(),
            false => agreements::of_units(&mut connection, &absent).await?,
        };
        let crosses = |msn: &Msn| {
            let (first, last) = spans[msn];
            match open.get(msn) {
                Some(ledger) => ledger.is_behind(last),
                None => {
                    basics.get(msn).is_some_and(|basic| basic.open(msn, first, &agreements).is_behind(last))
                }
            }
        };
        Ok(msns.iter().filter(|msn| crosses(msn)).cloned().collect())
    }
}

impl Known {
    /// Posts it all, in order, and closes the dates that are over before something happened, so that each date has been
    /// closed with what belongs to it and nothing else.
    pub(crate) async fn post(&self, tx: &mut PgConnection) -> Result<(), sqlx::Error> {
        payers::keep(tx, &self.named.payers).await?;
        charges::keep(tx, &self.named.charges).await?;
        let msns: BTreeSet<_> = self.postings.iter().map(|one| one.msn.clone()).collect();
        let msns: Vec<_> = msns.into_iter().collect();
        if msns.is_empty() {
            return Ok(());
        }
        let before = agreements::of_units(tx, &msns).await?;
        let mut open = self.lock(tx, &msns, &before).await?;
        // While a ledger was waited for, something else may have been agreed.
        let agreements = agreements::of_units(tx, &msns).await?;
        let mut closings = Closings::default();
        for posting in &self.postings {
            let (Some(ledger), Some(basic)) = (open.get_mut(&posting.msn), self.basics.get(&posting.msn))
            else {
                continue;
            };
            let terms = self.terms.get(&posting.msn);
            closings.close(ledger, posting.occurred_at, &agreements, terms);
            let fee_of = |date| {
                let agreed = agreements.in_force(&posting.msn, date).map(|one| one.fee(posting.amount.minor));
                agreed.unwrap_or_else(|| basic.fee(posting.amount.minor))
            };
            if let Err(error) = post(&mut closings, ledger, posting, fee_of) {
                let event_id = posting.event_id;
                error!(msn = %posting.msn, %event_id, %error, "an event of payment's log is not posted");
            }
        }
        closings.store(tx).await?;
        ledgers::save(tx, &open.values().collect::<Vec<_>>()).await
    }

    /// The ledgers of these units, which nobody else changes until the transaction ends; those that there are not are opened.
    async fn lock(
        &self,
        tx: &mut PgConnection,
        msns: &[Msn],
        agreements: &Agreements,
    ) -> Result<BTreeMap<Msn, Ledger>, sqlx::Error> {
        let by_msn = |ledgers: Vec<Ledger>| ledgers.into_iter().map(|one| (one.msn.clone(), one));
        let mut open: BTreeMap<_, _> = by_msn(ledgers::lock(tx, msns).await?).collect();
        let absent: Vec<_> = msns.iter().filter(|msn| !open.contains_key(msn)).cloned().collect();
        if !absent.is_empty() {
            let new: Vec<_> = absent.iter().filter_map(|msn| self.opened(msn, agreements)).collect();
            ledgers::open(tx, &new).await?;
            open.extend(by_msn(ledgers::lock(tx, &absent).await?));
        }
        Ok(open)
    }

    /// The ledger that begins with the first thing to post.
    fn opened(&self, msn: &Msn, agreements: &Agreements) -> Option<Ledger> {
        let basic = self.basics.get(msn)?;
        let first = self.postings.iter().find(|one| one.msn == *msn)?;
        Some(basic.open(msn, first.occurred_at, agreements))
    }
}

impl Basic {
    /// The ledger of the unit, which begins with what happened then.
    pub(crate) fn open(&self, msn: &Msn, at: DateTime<Utc>, agreements: &Agreements) -> Ledger {
        let midnight = calendar::date_of(self.market, at, 0);
        let cut_off = |date: NaiveDate| agreements.cut_off(msn, date);
        let date = calendar::date_of(self.market, at, cut_off(midnight));
        let (market, currency, vm_number) = (self.market, self.currency, self.vm_number);
        Ledger::open(Unit { msn: msn.clone(), market, currency, vm_number }, date, cut_off(date))
    }

    /// What a capture costs where nothing was agreed.
    fn fee(&self, amount_minor: i64) -> i64 {
        Agreement { percentage: self.percentage, ..Agreement::default() }.fee(amount_minor)
    }
}

/// Posts one on the first open date, a capture with its fee.
fn post(
    closings: &mut Closings,
    ledger: &mut Ledger,
    posting: &Posting,
    fee_of: impl Fn(NaiveDate) -> i64,
) -> Result<(), Unposted> {
    if posting.amount.currency != ledger.currency {
        return Err(Unposted::Currency);
    }
    let cause = || Cause {
        psp_reference: posting.event_id.to_string(),
        reference: posting.reference.clone(),
        occurred_at: posting.occurred_at,
        source: posting.event_id,
    };
    let minor = posting.amount.minor;
    match posting.movement {
        Movement::Refunded => {
            let sides = (Account::Funds, Account::Acquirer);
            closings.post(ledger.post(EntryType::Refund, sides, minor, cause())?);
        }
        Movement::Captured => {
            let fee = fee_of(ledger.first_open());
            // Both or none.
            let mut after = ledger.clone();
            let sides = (Account::Acquirer, Account::Funds);
            let captured = after.post(EntryType::Capture, sides, minor, cause())?;
            let sides = (Account::Fees, Account::Income);
            let fee =
                (fee > 0).then(|| after.post(EntryType::CaptureFee, sides, fee, cause())).transpose()?;
            *ledger = after;
            closings.post(captured);
            fee.into_iter().for_each(|fee| closings.post(fee));
        }
    }
    Ok(())
}

/// Why something is not posted.
#[derive(Debug, thiserror::Error)]
enum Unposted {
    #[error("it is in another currency than the ledger")]
    Currency,
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
}

#[cfg(test)]
mod tests;
