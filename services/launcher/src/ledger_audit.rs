//! Proves that what merchants are paid is what their payments say: settlement's books by themselves
//! (`kvitt_settlement::audit`), and what is posted in each ledger beside what was captured and refunded by payment's log.
//!
//! The platform may run meanwhile. Settlement is looked at first, together with the positions of the log that it has reached, and
//! then the log up to those positions, which never changes. So what differs differs, and is not just late.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use kvitt_payment::audit as payment;
use kvitt_settlement::audit as settlement;
use sqlx::PgPool;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Finding {
    /// With settlement's own tables.
    #[error(transparent)]
    Settlement(#[from] settlement::Finding),
    /// A ledger does not have what payment's log has.
    #[error("unit {msn}: {what} is {posted} {currency} in its ledger, but {logged} by its payments")]
    Sums {
        /// The sales unit.
        msn: String,
        /// ISO code.
        currency: String,
        /// `captured` or `refunded`.
        what: &'static str,
        /// Minor units in the ledger.
        posted: i128,
        /// Minor units by the log, up to where the ledger has followed it.
        logged: i128,
    },
}

/// What was walked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// Ledgers.
    pub ledgers: u64,
    /// Transfers in them.
    pub transfers: u64,
    /// Payouts.
    pub payouts: u64,
    /// How much is wrong.
    pub findings: u64,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { ledgers, transfers, payouts, findings } = self;
        write!(f, "{ledgers} ledgers, {transfers} transfers, {payouts} payouts checked: {findings} findings")
    }
}

/// Audits the database of settlement beside those of payment and merchant. `found` is told of each finding as soon as it is
/// known.
pub async fn audit(
    settlement: &PgPool,
    payment: &PgPool,
    merchant: &PgPool,
    mut found: impl FnMut(Finding),
) -> Result<Summary, sqlx::Error> {
    let mut books = settlement::Snapshot::take(settlement).await?;
    let mut log = payment::Snapshot::take(payment).await?;
    let without: BTreeSet<_> = kvitt_merchant::units_without_ledger(merchant).await?.into_iter().collect();
    let mut summary = Summary::default();
    let mut findings = 0;
    let mut tell = |finding: Finding| {
        findings += 1;
        found(finding);
    };
    let mut walk = books.audit();
    while let Some(page) = walk.next().await? {
        summary.ledgers += page.ledgers;
        summary.transfers += page.transfers;
        summary.payouts += page.payouts;
        page.findings.into_iter().for_each(|finding| tell(finding.into()));
    }
    let mut sums = BTreeMap::<(String, String), [[i128; 2]; 2]>::new();
    for of in books.sums().await? {
        sums.entry((of.msn, of.currency)).or_default()[0] = [of.captured, of.refunded];
    }
    for of in log.settled(&books.reached().await?).await? {
        if !without.contains(&of.msn) {
            sums.entry((of.msn, of.currency)).or_default()[1] = [of.captured, of.refunded];
        }
    }
    for ((msn, currency), [posted, logged]) in sums {
        for (index, what) in ["captured", "refunded"].into_iter().enumerate() {
            let (posted, logged) = (posted[index], logged[index]);
            if posted != logged {
                let (msn, currency) = (msn.clone(), currency.clone());
                tell(Finding::Sums { msn, currency, what, posted, logged });
            }
        }
    }
    Ok(Summary { findings, ..summary })
}
