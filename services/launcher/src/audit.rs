//! Proves that both sides of the money agree: payment's log, and the acquirer's record of what it was told.
//!
//! Each side proves itself (`kvitt_payment::audit`, `kvitt_wallet::audit`); here every operation that the log relies on
//! is looked up at the acquirer, every operation at the acquirer is looked up in the log, and the sums of each unit are
//! compared. All of it goes page by page, so memory does not grow with the number of payments, only with that of sales
//! units.
//!
//! The platform may run meanwhile. Each look is at a snapshot, and three are taken in this order:
//! 1. payment. What its log says the acquirer *has done* was committed there before, so it is in the next snapshot;
//! 2. wallet;
//! 3. payment again. What the acquirer has done was *asked for* in the log before, so the request is in this snapshot.
//!
//! So whatever is missing is missing, and not just late. Sums of the wallet lie between what the first snapshot says is
//! done and what the last one says may be done; when nothing is under way the two are the same number. While the audit
//! lasts, its snapshots keep PostgreSQL from removing old versions of rows, and block nobody.

use std::{collections::BTreeMap, fmt};

use chrono::{DateTime, Utc};
use kvitt_payment::audit as payment;
use kvitt_wallet::audit as wallet;
use payment::{Demand, Expected};
use sqlx::PgPool;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Finding {
    /// With payment's own tables.
    #[error(transparent)]
    Payment(#[from] payment::Finding),
    /// With the acquirer's own tables.
    #[error(transparent)]
    Wallet(#[from] wallet::Finding),
    /// The log relies on an operation, and the acquirer has done something else, or nothing.
    #[error(
        "unit {}, payment {} ({}): the acquirer {wrong} {} {} of {} {}", .of.msn, .of.reference, .of.payment_id,
        .of.action.as_str(), .of.operation_id, .of.amount_minor, .of.currency
    )]
    Settlement {
        /// What the log relies on.
        of: Box<Expected>,
        /// What the acquirer has instead.
        wrong: Unsettled,
    },
    /// The acquirer has an operation that the log never asked for, or asked for more than once.
    #[error(
        "unit {}, payment {}: the acquirer has {} {} of {} {}, and {requests} rows of the log ask for it", .of.msn,
        .of.payment_id, .of.kind, .of.operation_id, .of.amount_minor, .of.currency
    )]
    Requests {
        /// What the acquirer has.
        of: Box<wallet::Operation>,
        /// How many rows of the log ask for it; it should be one.
        requests: i64,
    },
    /// The sums of a unit differ.
    #[error(
        "unit {msn}: {what} is {acquirer} {currency} at the acquirer, but {least} to {most} by its payments"
    )]
    Sums {
        /// The sales unit.
        msn: String,
        /// ISO code.
        currency: String,
        /// Which of the four sums.
        what: &'static str,
        /// Minor units at the acquirer.
        acquirer: i128,
        /// What must have been done by its payments.
        least: i128,
        /// That and what may be under way.
        most: i128,
    },
}

/// What the acquirer has instead of what the log relies on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unsettled {
    /// Nothing.
    #[error("has never heard of")]
    Missing,
    /// A refusal.
    #[error("has declined ({0})")]
    Declined(String),
    /// It did what the log says it declined.
    #[error("has done, although it is logged as declined,")]
    Done,
    /// Another content.
    #[error("has {found} as {what} of")]
    Differs {
        /// In what they differ.
        what: &'static str,
        /// What the acquirer has.
        found: String,
    },
}

/// What was walked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// Payments.
    pub payments: u64,
    /// Rows of the log.
    pub events: u64,
    /// Operations at the acquirer.
    pub operations: u64,
    /// Operations that the acquirer may not have heard of yet; that is no fault.
    pub under_way: u64,
    /// How much is wrong.
    pub findings: u64,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { payments, events, operations, under_way, findings } = self;
        write!(
            f,
            "{payments} payments, {events} events, {operations} operations checked ({under_way} under way): \
             {findings} findings"
        )
    }
}

/// Audits the databases of payment and wallet. `found` is told of each finding as soon as it is known.
pub async fn audit(
    payment: &PgPool,
    wallet: &PgPool,
    now: DateTime<Utc>,
    mut found: impl FnMut(Finding),
) -> Result<Summary, sqlx::Error> {
    let before = payment::Snapshot::take(payment).await?;
    let acquirer = wallet::Snapshot::take(wallet).await?;
    let after = payment::Snapshot::take(payment).await?;
    let mut sides = Sides { before, acquirer, after };
    let mut summary = Summary::default();
    let mut findings = 0;
    let mut tell = |finding: Finding| {
        findings += 1;
        found(finding);
    };
    sides.walk_payments(now, &mut summary, &mut tell).await?;
    sides.walk_operations(&mut summary, &mut tell).await?;
    sides.compare_sums(&mut tell).await?;
    Ok(Summary { findings, ..summary })
}

/// The three snapshots, in the order in which they were taken.
struct Sides {
    before: payment::Snapshot,
    acquirer: wallet::Snapshot,
    after: payment::Snapshot,
}

impl Sides {
    /// Everything in the log, and at the acquirer what it relies on.
    async fn walk_payments(
        &mut self,
        now: DateTime<Utc>,
        summary: &mut Summary,
        tell: &mut impl FnMut(Finding),
    ) -> Result<(), sqlx::Error> {
        let mut walk = self.before.audit(now).await?;
        while let Some(page) = walk.next().await? {
            summary.payments += page.payments;
            summary.events += page.events;
            page.findings.into_iter().for_each(|finding| tell(finding.into()));
            let keys: Vec<_> = page.expected.iter().map(|one| (one.msn.clone(), one.operation_id)).collect();
            let operations = self.acquirer.find(&keys).await?;
            for (expected, operation) in page.expected.into_iter().zip(operations) {
                summary.under_way += u64::from(expected.demand == Demand::UnderWay);
                if let Some(wrong) = unsettled(&expected, operation.as_ref()) {
                    tell(Finding::Settlement { of: Box::new(expected), wrong });
                }
            }
        }
        Ok(())
    }

    /// Everything at the acquirer, and in the log who asked for it.
    async fn walk_operations(
        &mut self,
        summary: &mut Summary,
        tell: &mut impl FnMut(Finding),
    ) -> Result<(), sqlx::Error> {
        let mut walk = self.acquirer.audit();
        while let Some(page) = walk.next().await? {
            summary.operations += page.operations.len() as u64;
            page.findings.into_iter().for_each(|finding| tell(finding.into()));
            let requests: Vec<_> = page.operations.iter().filter_map(request).collect();
            let counts = self.after.count_requests(&requests).await?;
            let known: BTreeMap<_, _> =
                requests.into_iter().map(|one| (one.msn, one.operation_id)).zip(counts).collect();
            for operation in page.operations {
                let key = (operation.msn.clone(), operation.operation_id);
                let requests = known.get(&key).copied().unwrap_or(0);
                if requests != 1 {
                    tell(Finding::Requests { of: Box::new(operation), requests });
                }
            }
        }
        Ok(())
    }

    /// The sums of each unit, by its payments and by its reservations.
    async fn compare_sums(&mut self, tell: &mut impl FnMut(Finding)) -> Result<(), sqlx::Error> {
        let mut units = BTreeMap::<(String, String), [[i128; 4]; 3]>::new();
        for sums in self.before.sums().await? {
            units.entry((sums.msn, sums.currency)).or_default()[0] = sums.least;
        }
        for sums in self.acquirer.sums().await? {
            units.entry((sums.msn, sums.currency)).or_default()[1] = sums.done;
        }
        for sums in self.after.sums().await? {
            units.entry((sums.msn, sums.currency)).or_default()[2] = sums.most;
        }
        for ((msn, currency), [least, acquirer, most]) in units {
            for (index, what) in ["authorized", "captured", "cancelled", "refunded"].into_iter().enumerate() {
                let (least, acquirer, most) = (least[index], acquirer[index], most[index]);
                if !(least..=most).contains(&acquirer) {
                    let (msn, currency) = (msn.clone(), currency.clone());
                    tell(Finding::Sums { msn, currency, what, acquirer, least, most });
                }
            }
        }
        Ok(())
    }
}

fn request(operation: &wallet::Operation) -> Option<payment::Request> {
    Some(payment::Request {
        msn: operation.msn.clone(),
        payment_id: operation.payment_id,
        operation_id: operation.operation_id,
        action: payment::Action::find(&operation.kind)?,
    })
}

/// What is wrong with the operation that the log relies on.
fn unsettled(expected: &Expected, operation: Option<&wallet::Operation>) -> Option<Unsettled> {
    let Some(operation) = operation else {
        return (expected.demand != Demand::UnderWay).then_some(Unsettled::Missing);
    };
    let differs = |what, found: String| Some(Unsettled::Differs { what, found });
    if operation.kind != expected.action.as_str() {
        return differs("kind", operation.kind.clone());
    }
    if operation.payment_id != expected.payment_id {
        return differs("payment", operation.payment_id.to_string());
    }
    if (operation.amount_minor, &operation.currency) != (expected.amount_minor, &expected.currency) {
        return differs("amount", format!("{} {}", operation.amount_minor, operation.currency));
    }
    if expected.reservation_id.is_some() && operation.reservation_id != expected.reservation_id {
        let found = operation.reservation_id.map(|id| id.to_string());
        return differs("reservation", found.unwrap_or_else(|| "nothing".to_owned()));
    }
    if expected.decided_at.is_some_and(|decided_at| decided_at != operation.decided_at) {
        return differs("decision time", operation.decided_at.to_string());
    }
    if expected.card_bin.is_some() && operation.card_bin != expected.card_bin {
        return differs("card", operation.card_bin.clone().unwrap_or_else(|| "nothing".to_owned()));
    }
    match (expected.demand, &operation.declined) {
        (Demand::Done, Some(reason)) => Some(Unsettled::Declined(reason.clone())),
        // What payment decides alone is never declined; a request may be, and is not settled before its answer is heard.
        (Demand::UnderWay, Some(reason)) if expected.decided_at.is_some() => {
            Some(Unsettled::Declined(reason.clone()))
        }
        (Demand::Declined, None) => Some(Unsettled::Done),
        (Demand::Done | Demand::UnderWay, None) | (Demand::Declined | Demand::UnderWay, Some(_)) => None,
    }
}
