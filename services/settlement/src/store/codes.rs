//! Numbers that stand for the domain's words in columns: those of the migration.

use crate::domain::{Account, EntryType};

use super::broken;

/// The number of an account.
pub(super) fn of_account(account: Account) -> i16 {
    match account {
        Account::Funds => 1,
        Account::Fees => 2,
        Account::Payouts => 3,
        Account::Acquirer => 4,
        Account::Income => 5,
        Account::Receivable => 6,
        Account::Bank => 7,
        Account::Adjustments => 8,
    }
}

/// The number of a type of entry.
pub(super) fn of_entry_type(entry_type: EntryType) -> i16 {
    match entry_type {
        EntryType::Capture => 1,
        EntryType::Refund => 2,
        EntryType::CaptureFee => 3,
        EntryType::ServiceFee => 4,
        EntryType::FeesRetained => 5,
        EntryType::FeesInvoiced => 6,
        EntryType::PayoutScheduled => 7,
        EntryType::PayoutAborted => 8,
        EntryType::RetainedDisputedCapture => 9,
        EntryType::ReturnedDisputedCapture => 10,
        EntryType::Correction => 11,
        EntryType::TopUp => 12,
        EntryType::CreditNote => 13,
        EntryType::PayoutExecuted => 100,
    }
}

/// The type of entry that a number stands for.
pub(super) fn entry_type(code: i16) -> Result<EntryType, sqlx::Error> {
    EntryType::ALL.into_iter().find(|one| of_entry_type(*one) == code).ok_or_else(|| broken("entry_type"))
}
