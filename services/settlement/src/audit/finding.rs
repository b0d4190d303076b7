//! What can be wrong, said so that an operator finds it.

use chrono::NaiveDate;

/// One thing that is wrong with a ledger.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unit {msn}: {wrong}")]
pub struct Finding {
    /// The sales unit.
    pub msn: String,
    /// What it is.
    pub wrong: Wrong,
}

/// What is wrong with a ledger.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// A number or a place in a stream is missing.
    #[error("transfer {number}: {what} {expected} should follow")]
    Hole {
        /// The transfer that is there instead.
        number: i64,
        /// `transfer`, or the stream.
        what: &'static str,
        /// The number that should follow.
        expected: i64,
    },
    /// A balance is not the one before it and what was moved.
    #[error("transfer {number}: {what} is {stored} after it, but what was moved makes {summed}")]
    Chain {
        /// The transfer.
        number: i64,
        /// The stream.
        what: &'static str,
        /// What its row says.
        stored: i64,
        /// What follows from those before.
        summed: i128,
    },
    /// A transfer is between accounts that its type never moves money between, or is in a stream that it does not touch.
    #[error("transfer {number}: type {entry_type} from account {debit} to {credit} cannot be")]
    Sides {
        /// The transfer.
        number: i64,
        /// As in the migration.
        entry_type: i16,
        /// As in the migration.
        debit: i16,
        /// As in the migration.
        credit: i16,
    },
    /// A transfer is dated before one that was posted earlier, on a date that was paid out, or on one that is not open yet.
    #[error("transfer {number}: it is dated {date}, outside {from} to {to}")]
    Date {
        /// The transfer.
        number: i64,
        /// Its date.
        date: NaiveDate,
        /// The first date that it could have.
        from: NaiveDate,
        /// The last one.
        to: NaiveDate,
    },
    /// The ledger's row is not what was posted.
    #[error("its ledger has {what} {stored}, but its transfers make {summed}")]
    Ledger {
        /// Of what.
        what: &'static str,
        /// What the row says.
        stored: String,
        /// What follows from the transfers.
        summed: String,
    },
    /// A payout is not what was posted for it.
    #[error("payout {number}: it has {what} {stored}, but its ledger makes {summed}")]
    Payout {
        /// Its number.
        number: i64,
        /// Of what.
        what: &'static str,
        /// What its row says.
        stored: String,
        /// What follows from the transfers.
        summed: String,
    },
    /// Money was made ready, and no payout says so.
    #[error("transfer {number}: payout {payout} was made ready, and there is none")]
    NoPayout {
        /// The transfer.
        number: i64,
        /// The payout.
        payout: String,
    },
    /// There is a payout, and nothing was made ready for it.
    #[error("payout {number}: nothing was posted for it")]
    Unposted {
        /// Its number.
        number: i64,
    },
    /// A payout has ended otherwise than its ledger says, or twice.
    #[error("transfer {number}: it ends payout {payout} as nothing else does")]
    Ended {
        /// The transfer.
        number: i64,
        /// The payout.
        payout: String,
    },
    /// A payout has ended, and its ledger does not say so.
    #[error("payout {number}: it has ended, and nothing was posted of that")]
    Open {
        /// Its number.
        number: i64,
    },
    /// The bank has done something else than the payout says.
    #[error("payout {number}: the bank has {what}")]
    Bank {
        /// Its number.
        number: i64,
        /// What it has done.
        what: String,
    },
}
