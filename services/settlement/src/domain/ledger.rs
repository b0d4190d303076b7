//! Accounts, transfers between them, and where the two streams stand.

use chrono::{DateTime, NaiveDate, Utc};
use kvitt_primitives::{Currency, Market, Msn};
use sha2::{Digest as _, Sha256};
use uuid::{Builder, Uuid};

use super::calendar::date_ends_at;

/// The number of a ledger's first payout.
pub(crate) const FIRST_PAYOUT: i64 = 2_000_001;

/// One of the two streams of a ledger that merchants see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Topic {
    /// What the merchant has.
    Funds,
    /// What fees the merchant owes, as a negative balance.
    Fees,
}

/// A side of a transfer. The first three are the merchant's, the others the platform's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Account {
    /// Shown as the stream `funds`.
    Funds,
    /// Shown as the stream `fees`.
    Fees,
    /// Made ready for the bank; not shown.
    Payouts,
    /// What comes from payers, and goes back to them.
    Acquirer,
    /// Fees earned.
    Income,
    /// Fees that were invoiced.
    Receivable,
    /// What has left for, or come from, the merchant's bank.
    Bank,
    /// What is made by hand.
    Adjustments,
}

/// Why there is a transfer (contract-merchant section 5.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum EntryType {
    Capture,
    Refund,
    CaptureFee,
    ServiceFee,
    FeesRetained,
    FeesInvoiced,
    PayoutScheduled,
    PayoutAborted,
    RetainedDisputedCapture,
    ReturnedDisputedCapture,
    Correction,
    TopUp,
    CreditNote,
    /// The bank has executed a payout: in no stream.
    PayoutExecuted,
}

/// A transfer, once it has its place in the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Transfer {
    pub(crate) msn: Msn,
    /// From 1 without holes.
    pub(crate) number: i64,
    pub(crate) entry_type: EntryType,
    pub(crate) debit: Account,
    pub(crate) credit: Account,
    /// More than nothing.
    pub(crate) amount_minor: i64,
    /// Its place in `funds` and the balance after it, where it touches that stream.
    pub(crate) funds: Option<Place>,
    /// The same in `fees`.
    pub(crate) fees: Option<Place>,
    pub(crate) cause: Cause,
    pub(crate) ledger_date: NaiveDate,
}

/// A place in a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    /// From 1 without holes.
    pub(crate) seq: i64,
    pub(crate) after_minor: i64,
}

/// What caused a transfer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cause {
    pub(crate) psp_reference: String,
    /// The merchant's, or the bank's text; may be empty.
    pub(crate) reference: String,
    pub(crate) occurred_at: DateTime<Utc>,
    /// Once for each type.
    pub(crate) source: Uuid,
}

/// Where a ledger stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ledger {
    pub(crate) msn: Msn,
    pub(crate) market: Market,
    pub(crate) currency: Currency,
    pub(crate) vm_number: bool,
    pub(crate) opened_on: NaiveDate,
    /// Everything up to it is final.
    pub(crate) closed_through: NaiveDate,
    /// When the first open date is over.
    pub(crate) closes_at: DateTime<Utc>,
    pub(crate) last_number: i64,
    pub(crate) funds: Place,
    pub(crate) fees: Place,
    pub(crate) payouts_balance_minor: i64,
    pub(crate) next_payout_number: i64,
    /// The last date that a payout covers.
    pub(crate) paid_through: NaiveDate,
}

impl EntryType {
    /// Every type.
    pub(crate) const ALL: [Self; 14] = [
        Self::Capture,
        Self::Refund,
        Self::CaptureFee,
        Self::ServiceFee,
        Self::FeesRetained,
        Self::FeesInvoiced,
        Self::PayoutScheduled,
        Self::PayoutAborted,
        Self::RetainedDisputedCapture,
        Self::ReturnedDisputedCapture,
        Self::Correction,
        Self::TopUp,
        Self::CreditNote,
        Self::PayoutExecuted,
    ];
}

/// A sum that no ledger ever holds; what would lead to it is refused or, where it cannot be, an alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the ledger's sums would be too large to hold")]
pub(crate) struct TooLarge;

/// Whose ledger it is, as far as it matters to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unit {
    pub(crate) msn: Msn,
    pub(crate) market: Market,
    pub(crate) currency: Currency,
    pub(crate) vm_number: bool,
}

impl Ledger {
    /// A ledger without entries, whose first open date is `opened_on` and ends `cut_off_minutes` after its midnight.
    pub(crate) fn open(unit: Unit, opened_on: NaiveDate, cut_off_minutes: u16) -> Self {
        let Unit { msn, market, currency, vm_number } = unit;
        let before = opened_on.pred_opt().unwrap_or(NaiveDate::MIN);
        let nothing = Place { seq: 0, after_minor: 0 };
        Self {
            msn,
            market,
            currency,
            vm_number,
            opened_on,
            closed_through: before,
            closes_at: date_ends_at(market, opened_on, cut_off_minutes),
            last_number: 0,
            funds: nothing,
            fees: nothing,
            payouts_balance_minor: 0,
            next_payout_number: FIRST_PAYOUT,
            paid_through: before,
        }
    }

    /// The first date that may still be posted on.
    pub(crate) fn first_open(&self) -> NaiveDate {
        self.closed_through.succ_opt().unwrap_or(NaiveDate::MAX)
    }

    /// Whether the first open date is over at that instant. Then it is closed, by [`super::close`], before anything that
    /// happened at that instant is posted, by whoever posts it: else a payout would hold what was earned after its dates.
    pub(crate) fn is_behind(&self, at: DateTime<Utc>) -> bool {
        self.closes_at <= at
    }

    /// Lets the first open date end that many minutes after its midnight.
    pub(crate) fn cut_off_at(&mut self, minutes: u16) {
        self.closes_at = date_ends_at(self.market, self.first_open(), minutes);
    }

    /// Adds a transfer of `amount_minor`, which is more than nothing, from the account `debit` to the account `credit`. It is
    /// dated on the first open date: of what came late that is the rule, and of what came later see [`Self::is_behind`].
    pub(crate) fn post(
        &mut self,
        entry_type: EntryType,
        (debit, credit): (Account, Account),
        amount_minor: i64,
        cause: Cause,
    ) -> Result<Transfer, TooLarge> {
        let mut after = self.clone();
        after.last_number = after.last_number.checked_add(1).ok_or(TooLarge)?;
        after.move_by(debit, amount_minor.checked_neg().ok_or(TooLarge)?)?;
        after.move_by(credit, amount_minor)?;
        let touches = |account: Account| debit == account || credit == account;
        let transfer = Transfer {
            msn: self.msn.clone(),
            number: after.last_number,
            entry_type,
            debit,
            credit,
            amount_minor,
            funds: touches(Account::Funds).then_some(after.funds),
            fees: touches(Account::Fees).then_some(after.fees),
            cause,
            ledger_date: self.first_open(),
        };
        *self = after;
        Ok(transfer)
    }

    fn move_by(&mut self, account: Account, minor: i64) -> Result<(), TooLarge> {
        match account {
            Account::Funds => self.funds.next(minor),
            Account::Fees => self.fees.next(minor),
            Account::Payouts => {
                let balance = self.payouts_balance_minor.checked_add(minor).ok_or(TooLarge)?;
                self.payouts_balance_minor = balance;
                Ok(())
            }
            Account::Acquirer
            | Account::Income
            | Account::Receivable
            | Account::Bank
            | Account::Adjustments => Ok(()),
        }
    }
}

impl Place {
    fn next(&mut self, minor: i64) -> Result<(), TooLarge> {
        self.after_minor = self.after_minor.checked_add(minor).ok_or(TooLarge)?;
        self.seq = self.seq.checked_add(1).ok_or(TooLarge)?;
        Ok(())
    }
}

/// The name of what causes transfers that no event does: the same for the same kind, unit and date, number or key.
pub(crate) fn source(kind: &str, msn: &Msn, what: &str) -> Uuid {
    let hash: [u8; 32] = Sha256::digest(format!("{kind}|{msn}|{what}")).into();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    Builder::from_custom_bytes(bytes).into_uuid()
}

#[cfg(test)]
mod tests;
