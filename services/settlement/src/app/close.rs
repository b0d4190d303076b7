//! Closes ledger dates that are over: what their end brings is posted, and payouts are made ready.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kvitt_postgres::transaction;
use kvitt_primitives::{Market, Msn};
use kvitt_runtime::crash;
use sqlx::PgConnection;
use tracing::error;

use super::{App, Error};
use crate::{
    domain::{self, Agreement, Frequency, Ledger, Owner, Terms, Transfer, ledger::TooLarge},
    store::{
        agreements::{self, Agreements},
        ledgers, payouts, transfers,
    },
};

/// Ledgers that are closed in one transaction.
const CHUNK: i64 = 200;
/// Dates of one ledger that are closed at once; what is left is due at once again.
const MOST_DATES: usize = 20_000;

/// What closings bring, gathered to be stored at once.
#[derive(Debug, Default)]
pub(crate) struct Closings {
    transfers: Vec<Transfer>,
    payouts: Vec<payouts::New>,
    dates: u64,
    /// Why a date could not be closed.
    failure: Option<TooLarge>,
}

impl Closings {
    /// Closes every date of a ledger that is over at `at`. Without terms it stops before a date whose end depends on them.
    pub(crate) fn close(
        &mut self,
        ledger: &mut Ledger,
        at: DateTime<Utc>,
        agreements: &Agreements,
        terms: Option<&Terms>,
    ) {
        let idle = idle_terms(ledger.market);
        for _ in 0..MOST_DATES {
            let Some(terms) = terms.or((!needs_terms(ledger)).then_some(&idle)) else { return };
            if !ledger.is_behind(at) || !self.close_date(ledger, agreements, terms) {
                return;
            }
        }
    }

    /// Adds what was posted between two closings, in order.
    pub(crate) fn post(&mut self, transfer: Transfer) {
        self.transfers.push(transfer);
    }

    /// Stores it, in the transaction in which the ledgers are locked; these themselves are not stored.
    pub(crate) async fn store(&self, tx: &mut PgConnection) -> Result<(), sqlx::Error> {
        transfers::insert(tx, &self.transfers).await?;
        payouts::insert(tx, &self.payouts).await
    }

    /// Closes the first open date; whether it could be.
    fn close_date(&mut self, ledger: &mut Ledger, agreements: &Agreements, terms: &Terms) -> bool {
        let nothing_agreed = Agreement::default();
        let date = ledger.first_open();
        let scheduled_at = ledger.closes_at;
        let agreement = agreements.in_force(&ledger.msn, date).unwrap_or(&nothing_agreed);
        let next = date.succ_opt().unwrap_or(date);
        let next_cut_off = agreements.cut_off(&ledger.msn, next);
        let closing = match domain::close(ledger, terms, agreement, next_cut_off) {
            Ok(closing) => closing,
            Err(error) => {
                error!(msn = %ledger.msn, %date, %error, "a ledger date cannot be closed");
                self.failure = Some(error);
                return false;
            }
        };
        let product = if agreement.product.is_empty() { &terms.product } else { &agreement.product };
        self.transfers.extend(closing.transfers);
        self.payouts.extend(closing.payout.map(|payout| payouts::New {
            msn: ledger.msn.clone(),
            currency: ledger.currency,
            payout,
            scheduled_at,
            sales_unit_name: terms.sales_unit_name.clone(),
            product: product.clone(),
            gross: terms.gross,
            owner: terms.owner.clone(),
        }));
        self.dates += 1;
        true
    }
}

/// Whether the end of the first open date depends on what merchant knows of the unit.
pub(crate) fn needs_terms(ledger: &Ledger) -> bool {
    ledger.funds.after_minor > 0 || ledger.fees.after_minor != 0
}

impl App {
    /// Closes all dates that are over at `now`, ledger by ledger; how many they were. The error is that of the first ledger that could
    /// not be closed, once all of them have had their turn.
    pub(crate) async fn close_dates(&self, now: DateTime<Utc>) -> Result<u64, Error> {
        let (mut closed, mut failure, mut last) = (0, None, None);
        loop {
            let mut connection = self.pool.acquire().await?;
            let due = ledgers::due(&mut connection, now, last.as_ref(), CHUNK).await?;
            drop(connection);
            let Some(end) = due.last() else { break };
            last = Some(end.clone());
            let asked: Vec<_> =
                due.iter().filter(|one| needs_terms(one)).map(|one| one.msn.clone()).collect();
            let (terms, unknown) = self.terms_of(&asked).await;
            failure = failure.or(unknown);
            let mut msns: Vec<_> = due.into_iter().map(|one| one.msn).collect();
            msns.sort_unstable();
            let closings = self.close_chunk(&msns, &terms, now).await?;
            crash::point("settlement.close.after");
            closed += closings.dates;
            failure = failure.or(closings.failure.map(Error::TooLarge));
            self.check(&msns).await?;
        }
        failure.map_or(Ok(closed), Err)
    }

    /// Closes all dates of these ledgers that are over.
    async fn close_chunk(
        &self,
        msns: &[Msn],
        terms: &HashMap<Msn, Terms>,
        now: DateTime<Utc>,
    ) -> Result<Closings, Error> {
        transaction!(&self.pool, "close_dates", async |tx| -> Result<Closings, Error> {
            // Another instance may have closed them meanwhile.
            let mut locked = ledgers::lock(tx, msns).await?;
            let agreements = agreements::of_units(tx, msns).await?;
            let mut closings = Closings::default();
            for ledger in &mut locked {
                closings.close(ledger, now, &agreements, terms.get(&ledger.msn));
            }
            closings.store(tx).await?;
            ledgers::save(tx, &locked.iter().collect::<Vec<_>>()).await?;
            crash::point("settlement.close.before");
            Ok(closings)
        })
    }

    /// Looks whether these ledgers are what was posted, by what indexes tell. Whoever reads the log hears of it; the audit tells
    /// what it is.
    async fn check(&self, msns: &[Msn]) -> Result<(), Error> {
        let mut connection = self.pool.acquire().await?;
        for (msn, what) in ledgers::uneven(&mut connection, msns).await? {
            error!(msn, what, "a ledger is not what was posted");
        }
        Ok(())
    }
}

/// The terms of a date on which nothing depends on them.
fn idle_terms(market: Market) -> Terms {
    Terms {
        market,
        frequency: Frequency::Daily,
        gross: false,
        account: None,
        sales_unit_name: String::new(),
        product: String::new(),
        owner: Owner::default(),
    }
}

#[cfg(test)]
mod tests;
