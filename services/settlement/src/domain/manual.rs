//! What the operator may post, and between which accounts it moves.

use super::{Account, EntryType, Topic};

/// An entry that is made by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Manual {
    pub(crate) entry_type: EntryType,
    /// Decides only where corrections and credit notes are made.
    pub(crate) topic: Option<Topic>,
    /// Signed with corrections and credit notes; otherwise the type decides the sign.
    pub(crate) amount_minor: i64,
}

/// Why it cannot be posted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error(
        "must be SERVICE_FEE, RETAINED_DISPUTED_CAPTURE, RETURNED_DISPUTED_CAPTURE, CORRECTION, TOP_UP or CREDIT_NOTE"
    )]
    NotByHand,
    #[error("must be FUNDS or FEES")]
    NoTopic,
    #[error("must not be 0")]
    Nothing,
    #[error("must be more than 0")]
    NotMoreThanNothing,
    #[error("must be at most {MOST_MINOR} either way")]
    TooMuch,
    #[error(
        "must not be more than what was captured under the reference and is not disputed, which is {left_minor}"
    )]
    MoreThanCaptured { left_minor: i64 },
    #[error("must not be more than what is disputed under the reference, which is {left_minor}")]
    MoreThanDisputed { left_minor: i64 },
}

impl Refusal {
    /// The field that breaks its rule, which is what the refusal says of itself.
    pub(crate) fn field(self) -> &'static str {
        match self {
            Self::NotByHand => "entryType",
            Self::NoTopic => "topic",
            Self::Nothing
            | Self::NotMoreThanNothing
            | Self::TooMuch
            | Self::MoreThanCaptured { .. }
            | Self::MoreThanDisputed { .. } => "amount",
        }
    }
}

/// The most that is posted by hand at once: far more than any merchant is owed, and far less than a ledger can hold.
const MOST_MINOR: u64 = 1_000_000_000_000;

impl Manual {
    /// The accounts that it moves from and to, and how much, which is more than nothing.
    pub(crate) fn sides(&self) -> Result<((Account, Account), i64), Refusal> {
        let one_way = |debit, credit| {
            let amount = Some(self.amount_minor).filter(|amount| *amount > 0);
            Ok(((debit, credit), amount.ok_or(Refusal::NotMoreThanNothing)?))
        };
        if self.amount_minor.unsigned_abs() > MOST_MINOR {
            return Err(Refusal::TooMuch);
        }
        match self.entry_type {
            EntryType::ServiceFee => one_way(Account::Fees, Account::Income),
            EntryType::RetainedDisputedCapture => one_way(Account::Funds, Account::Acquirer),
            EntryType::ReturnedDisputedCapture => one_way(Account::Acquirer, Account::Funds),
            EntryType::TopUp => one_way(Account::Bank, Account::Funds),
            EntryType::Correction | EntryType::CreditNote => self.either_way(),
            EntryType::Capture
            | EntryType::Refund
            | EntryType::CaptureFee
            | EntryType::FeesRetained
            | EntryType::FeesInvoiced
            | EntryType::PayoutScheduled
            | EntryType::PayoutAborted
            | EntryType::PayoutExecuted => Err(Refusal::NotByHand),
        }
    }

    fn either_way(&self) -> Result<((Account, Account), i64), Refusal> {
        let stream = match self.topic.ok_or(Refusal::NoTopic)? {
            Topic::Funds => Account::Funds,
            Topic::Fees => Account::Fees,
        };
        let amount = self.amount_minor.checked_abs().ok_or(Refusal::TooMuch)?;
        match self.amount_minor.signum() {
            1 => Ok(((Account::Adjustments, stream), amount)),
            -1 => Ok(((stream, Account::Adjustments), amount)),
            _ => Err(Refusal::Nothing),
        }
    }
}

/// What is on a ledger under the reference of a capture: sums, none of them negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Disputed {
    pub(crate) captured_minor: i64,
    /// Taken by disputes.
    pub(crate) retained_minor: i64,
    /// Given back when they were won.
    pub(crate) returned_minor: i64,
}

impl Disputed {
    /// Whether so much may be disputed, or given back; other types are not its matter. Disputes may alternate, and at no time
    /// is more disputed than was captured, or less than nothing.
    pub(crate) fn allows(&self, entry_type: EntryType, amount_minor: i64) -> Result<(), Refusal> {
        let disputed = self.retained_minor.saturating_sub(self.returned_minor).max(0);
        let free = self.captured_minor.saturating_sub(disputed).max(0);
        match entry_type {
            EntryType::RetainedDisputedCapture if amount_minor > free => {
                Err(Refusal::MoreThanCaptured { left_minor: free })
            }
            EntryType::ReturnedDisputedCapture if amount_minor > disputed => {
                Err(Refusal::MoreThanDisputed { left_minor: disputed })
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manual(entry_type: EntryType, topic: Option<Topic>, amount_minor: i64) -> Manual {
        Manual { entry_type, topic, amount_minor }
    }

    #[test]
    fn each_type_moves_between_its_own_accounts() {
        use Account::{Acquirer, Adjustments, Bank, Fees, Funds, Income};
        let table = [
            (EntryType::ServiceFee, None, 5, (Fees, Income)),
            (EntryType::RetainedDisputedCapture, None, 5, (Funds, Acquirer)),
            (EntryType::ReturnedDisputedCapture, Some(Topic::Fees), 5, (Acquirer, Funds)),
            (EntryType::TopUp, None, 5, (Bank, Funds)),
            (EntryType::Correction, Some(Topic::Funds), 5, (Adjustments, Funds)),
            (EntryType::Correction, Some(Topic::Funds), -5, (Funds, Adjustments)),
            (EntryType::Correction, Some(Topic::Fees), 5, (Adjustments, Fees)),
            (EntryType::CreditNote, Some(Topic::Fees), 5, (Adjustments, Fees)),
            (EntryType::CreditNote, Some(Topic::Fees), -5, (Fees, Adjustments)),
        ];
        for (entry_type, topic, amount, sides) in table {
            assert_eq!(manual(entry_type, topic, amount).sides(), Ok((sides, 5)), "{entry_type:?} {amount}");
        }
    }

    #[test]
    fn what_cannot_be_posted_says_which_field_is_wrong() {
        let funds = Some(Topic::Funds);
        let table = [
            (EntryType::Correction, None, 5, "topic"),
            (EntryType::CreditNote, None, 0, "topic"),
            (EntryType::Correction, funds, 0, "amount"),
            (EntryType::Correction, funds, i64::MIN, "amount"),
            (EntryType::TopUp, None, 1_000_000_000_001, "amount"),
            (EntryType::TopUp, funds, 0, "amount"),
            (EntryType::TopUp, funds, -5, "amount"),
            (EntryType::ServiceFee, funds, i64::MIN, "amount"),
            (EntryType::RetainedDisputedCapture, funds, -1, "amount"),
            (EntryType::ReturnedDisputedCapture, funds, 0, "amount"),
        ];
        for (entry_type, topic, amount, field) in table {
            let refusal = manual(entry_type, topic, amount).sides().expect_err("it is refused");
            assert_eq!(refusal.field(), field, "{entry_type:?} {amount}");
        }
        let by_hand = [
            EntryType::ServiceFee,
            EntryType::RetainedDisputedCapture,
            EntryType::ReturnedDisputedCapture,
            EntryType::Correction,
            EntryType::TopUp,
            EntryType::CreditNote,
        ];
        for entry_type in EntryType::ALL {
            let refused = manual(entry_type, funds, 5).sides() == Err(Refusal::NotByHand);
            assert_eq!(refused, !by_hand.contains(&entry_type), "{entry_type:?}");
        }
    }

    #[test]
    fn no_more_is_disputed_than_was_captured_nor_given_back_than_is_disputed() {
        // captured, retained, returned, then what may be disputed and what given back
        let table = [
            (0, 0, 0, 0, 0),
            (100, 0, 0, 100, 0),
            (100, 30, 0, 70, 30),
            (100, 100, 0, 0, 100),
            (100, 100, 40, 40, 60),
            (100, 100, 100, 100, 0),
            // They may alternate.
            (100, 300, 250, 50, 50),
            (i64::MAX, i64::MAX, 0, 0, i64::MAX),
        ];
        for (captured_minor, retained_minor, returned_minor, free, disputed) in table {
            let sums = Disputed { captured_minor, retained_minor, returned_minor };
            let most = |entry_type, most: i64| {
                assert_eq!(sums.allows(entry_type, most), Ok(()), "{sums:?}");
                if let Some(more) = most.checked_add(1) {
                    assert!(sums.allows(entry_type, more).is_err(), "{sums:?}");
                }
            };
            most(EntryType::RetainedDisputedCapture, free);
            most(EntryType::ReturnedDisputedCapture, disputed);
            most(EntryType::TopUp, i64::MAX);
        }
    }
}
