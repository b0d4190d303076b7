//! The entries of a closed ledger date.

use std::collections::HashMap;

use chrono::NaiveDate;

use super::{App, Error, readable::Readable};
use crate::{
    domain::{EntryType, Topic},
    store::{
        entries::{self, Entry, Payer},
        ledgers,
    },
};

/// Most entries on a page, and as many when no number is asked for.
pub(crate) const MOST_ON_PAGE: i64 = 1000;

/// Which entries of a date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) topic: Topic,
    pub(crate) date: NaiveDate,
    /// The transfer of the last entry of the page before; 0 for the first page.
    pub(crate) after: i64,
    /// 1 to [`MOST_ON_PAGE`].
    pub(crate) size: i64,
    /// Whether to tell who paid.
    pub(crate) personal: bool,
}

/// Some entries of a stream.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Page {
    pub(crate) entries: Vec<Entry>,
    /// By the reference of their payments.
    pub(crate) payers: HashMap<String, Payer>,
    /// Whether there are others behind them.
    pub(crate) more: bool,
}

impl Page {
    /// The page for which one entry more than `size` was read.
    pub(super) fn of(mut entries: Vec<Entry>, size: i64) -> Self {
        let size = usize::try_from(size).unwrap_or_default();
        let more = entries.len() > size;
        entries.truncate(size);
        Self { entries, payers: HashMap::new(), more }
    }
}

/// A page of the date; `None` while the date is not closed, because until then nothing is told of it.
pub(crate) async fn list_entries_of_date(
    app: &App,
    ledger: &Readable,
    wanted: Wanted,
) -> Result<Option<Page>, Error> {
    let msn = ledger.msn();
    let mut connection = app.pool.acquire().await?;
    let known = ledgers::find(&mut connection, msn).await?;
    if known.is_none_or(|ledger| wanted.date > ledger.closed_through) {
        return Ok(None);
    }
    let stream = (msn, wanted.topic);
    let read = entries::of_date(&mut connection, stream, wanted.date, wanted.after, wanted.size + 1).await?;
    let page = Page::of(read, wanted.size);
    drop(connection);
    let page = if wanted.personal { app.with_payers(ledger, page).await? } else { page };
    Ok(Some(page))
}

impl App {
    /// The page with who paid, where the ledger is a VM number's.
    pub(super) async fn with_payers(&self, ledger: &Readable, page: Page) -> Result<Page, Error> {
        if !ledger.vm_number {
            return Ok(page);
        }
        let of_payments = page.entries.iter().filter(|entry| names_payment(entry.entry_type));
        let mut references: Vec<_> = of_payments.map(|entry| entry.reference.as_str()).collect();
        references.sort_unstable();
        references.dedup();
        let mut connection = self.pool.acquire().await?;
        let payers = entries::payers(&mut connection, ledger.msn(), &references).await?;
        Ok(Page { payers, ..page })
    }
}

/// Whether such an entry is of a payment; the others belong to the ledger as a whole.
pub(crate) fn names_payment(entry_type: EntryType) -> bool {
    match entry_type {
        EntryType::Capture
        | EntryType::Refund
        | EntryType::CaptureFee
        | EntryType::RetainedDisputedCapture
        | EntryType::ReturnedDisputedCapture => true,
        EntryType::ServiceFee
        | EntryType::FeesRetained
        | EntryType::FeesInvoiced
        | EntryType::PayoutScheduled
        | EntryType::PayoutAborted
        | EntryType::PayoutExecuted
        | EntryType::Correction
        | EntryType::TopUp
        | EntryType::CreditNote => false,
    }
}
