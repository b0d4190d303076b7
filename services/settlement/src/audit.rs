//! Proves that the books agree with each other, page by page, so that memory stays flat however much was posted.
//!
//! Transfers are the record, everything else must follow from them. Each ledger's are folded in their order: numbers without
//! holes, streams that chain, dates that never go back, the ledger's own row. Each payout is what was made ready for it: it
//! takes all that `funds` held on the last of its dates but for the reserve, so it is the sum of what was posted since the one
//! before, and no date is in two. What the bank's book says of it must be what the payout says. It never writes.
//!
//! Whether the transfers are the right ones, payment's log tells: [`Snapshot::sums`] and [`Snapshot::reached`] are for the
//! launcher, which brings both together.

mod finding;
mod fold;
mod rows;

pub use finding::{Finding, Wrong};

use std::fmt;

use sqlx::{PgPool, Postgres, Transaction};

use crate::store;
use fold::Fold;
use rows::Rows;

/// Transfers on a page.
const PAGE: u64 = 4_000;

/// The tables of this service as they were at one instant.
#[derive(Debug)]
pub struct Snapshot {
    tx: Transaction<'static, Postgres>,
}

/// What was captured and refunded of a unit, as posted in its ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sums {
    /// The sales unit.
    pub msn: String,
    /// ISO code.
    pub currency: String,
    /// Minor units.
    pub captured: i128,
    /// Minor units.
    pub refunded: i128,
}

/// A part of what was walked.
#[derive(Debug, Default)]
pub struct Page {
    /// What is wrong.
    pub findings: Vec<Finding>,
    /// Ledgers that ended on this page.
    pub ledgers: u64,
    /// Transfers.
    pub transfers: u64,
    /// Payouts.
    pub payouts: u64,
}

impl Snapshot {
    /// The tables as they are now.
    pub async fn take(pool: &PgPool) -> Result<Self, sqlx::Error> {
        Ok(Self { tx: kvitt_postgres::snapshot(pool).await? })
    }

    /// What was captured and refunded of every unit that has a ledger, by MSN.
    pub async fn sums(&mut self) -> Result<Vec<Sums>, sqlx::Error> {
        let rows = store::audit::sums(&mut self.tx).await?;
        let sums = rows.into_iter().map(|(msn, currency, sums)| {
            let [captured, refunded] = sums;
            Sums { msn, currency, captured, refunded }
        });
        Ok(sums.collect())
    }

    /// How far payment's log has been posted: parts, and the positions in them.
    pub async fn reached(&mut self) -> Result<Vec<(i16, i64)>, sqlx::Error> {
        store::audit::reached(&mut self.tx).await
    }

    /// Begins to walk.
    pub fn audit(&mut self) -> Audit<'_> {
        Audit {
            tx: &mut self.tx,
            ledgers: Rows::default(),
            transfers: Rows::default(),
            payouts: Rows::default(),
            booked: Rows::default(),
            reserves: Rows::default(),
            open: None,
            ended: false,
        }
    }
}

/// A walk over everything: all tables side by side, in the order of units.
pub struct Audit<'a> {
    tx: &'a mut Transaction<'static, Postgres>,
    ledgers: Rows<store::audit::Ledger>,
    transfers: Rows<store::audit::Transfer>,
    payouts: Rows<store::audit::Payout>,
    booked: Rows<store::audit::Booked>,
    reserves: Rows<store::audit::Reserve>,
    /// The ledger whose transfers are read.
    open: Option<Fold>,
    ended: bool,
}

impl Audit<'_> {
    /// The next page; none when everything has been walked.
    pub async fn next(&mut self) -> Result<Option<Page>, sqlx::Error> {
        if self.ended {
            return Ok(None);
        }
        let mut page = Page::default();
        while page.transfers < PAGE && page.ledgers < PAGE {
            let Some(mut fold) = self.next_ledger(&mut page).await? else {
                self.ended = true;
                break;
            };
            match self.transfers.next_of(self.tx, fold.msn()).await? {
                Some(transfer) => {
                    page.transfers += 1;
                    self.take(&mut fold, &transfer, &mut page).await?;
                    self.open = Some(fold);
                }
                None => self.end(fold, &mut page).await?,
            }
        }
        Ok(Some(page))
    }

    /// The ledger that is being read, or the next one.
    async fn next_ledger(&mut self, page: &mut Page) -> Result<Option<Fold>, sqlx::Error> {
        if let Some(open) = self.open.take() {
            return Ok(Some(open));
        }
        let next = self.ledgers.next(self.tx).await?;
        let msn = next.as_ref().map(|ledger| ledger.msn.as_str());
        // What the bank has done for units without a ledger.
        while let Some(strange) = self.booked.next_before(self.tx, msn).await? {
            page.findings.push(unknown(strange));
        }
        let Some(ledger) = next else { return Ok(None) };
        let mut reserves = Vec::new();
        while self.reserves.next_before(self.tx, Some(&ledger.msn)).await?.is_some() {}
        while let Some(reserve) = self.reserves.next_of(self.tx, &ledger.msn).await? {
            reserves.push((reserve.from, reserve.reserve_minor));
        }
        Ok(Some(Fold::new(ledger, reserves)))
    }

    async fn take(
        &mut self,
        fold: &mut Fold,
        transfer: &store::audit::Transfer,
        page: &mut Page,
    ) -> Result<(), sqlx::Error> {
        let msn = fold.msn().to_owned();
        let mut wrong = Vec::new();
        let payout = match fold.is_payout(transfer) {
            true => self.payouts.next_of(self.tx, &msn).await?,
            false => None,
        };
        if let Some(payout) = &payout {
            page.payouts += 1;
            let booked = self.booked_for(payout, page).await?;
            wrong.extend(fold::bank(payout, booked.as_ref()));
        }
        fold.take(transfer, payout, &mut wrong);
        page.findings.extend(wrong.into_iter().map(|wrong| Finding { msn: msn.clone(), wrong }));
        Ok(())
    }

    /// What the bank's book says of a payout.
    async fn booked_for(
        &mut self,
        payout: &store::audit::Payout,
        page: &mut Page,
    ) -> Result<Option<store::audit::Booked>, sqlx::Error> {
        loop {
            let before = |booked: &store::audit::Booked| booked.number <= payout.number;
            match self.booked.next_of_if(self.tx, &payout.msn, before).await? {
                Some(booked) if booked.number < payout.number => page.findings.push(unknown(booked)),
                booked => return Ok(booked),
            }
        }
    }

    async fn end(&mut self, fold: Fold, page: &mut Page) -> Result<(), sqlx::Error> {
        page.ledgers += 1;
        let msn = fold.msn().to_owned();
        let mut wrong = Vec::new();
        while let Some(payout) = self.payouts.next_of(self.tx, &msn).await? {
            page.payouts += 1;
            wrong.push(Wrong::Unposted { number: payout.number });
        }
        while let Some(booked) = self.booked.next_of(self.tx, &msn).await? {
            page.findings.push(unknown(booked));
        }
        fold.end(&mut wrong);
        page.findings.extend(wrong.into_iter().map(|wrong| Finding { msn: msn.clone(), wrong }));
        Ok(())
    }
}

impl fmt::Debug for Audit<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Audit").field("ended", &self.ended).finish_non_exhaustive()
    }
}

/// The bank has done something for a payout that there is none of.
fn unknown(booked: store::audit::Booked) -> Finding {
    let what = "it in its book, and there is no such payout".to_owned();
    Finding { msn: booked.msn, wrong: Wrong::Bank { number: booked.number, what } }
}

#[cfg(test)]
mod tests;
