//! An operation, what it names, and what can become of it.

use chrono::{DateTime, Utc};
use kvitt_primitives::{CardId, Money, Msn, OperationId, PayerId, PaymentId};

/// Names an operation, and from a reserve on also the reservation.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) msn: Msn,
    pub(crate) operation_id: OperationId,
}

/// One movement of money; the amount is greater than zero.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Operation {
    pub(crate) key: Key,
    pub(crate) payment_id: PaymentId,
    /// When the caller decided it, in business time.
    pub(crate) decided_at: DateTime<Utc>,
    pub(crate) amount: Money,
    pub(crate) action: Action,
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    Reserve { payer_id: PayerId, card_id: CardId },
    Capture { reservation_id: OperationId },
    Refund { reservation_id: OperationId },
    Release { reservation_id: OperationId },
}

/// What an action is, without what it acts upon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Reserve,
    Capture,
    Refund,
    Release,
}

impl Kind {
    /// Its name in storage.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Reserve => "reserve",
            Self::Capture => "capture",
            Self::Refund => "refund",
            Self::Release => "release",
        }
    }
}

impl Action {
    /// What it is.
    pub(crate) fn kind(self) -> Kind {
        match self {
            Self::Reserve { .. } => Kind::Reserve,
            Self::Capture { .. } => Kind::Capture,
            Self::Refund { .. } => Kind::Refund,
            Self::Release { .. } => Kind::Release,
        }
    }

    /// The payer and card of a reserve.
    pub(crate) fn target(self) -> Option<(PayerId, CardId)> {
        match self {
            Self::Reserve { payer_id, card_id } => Some((payer_id, card_id)),
            Self::Capture { .. } | Self::Refund { .. } | Self::Release { .. } => None,
        }
    }

    /// The reservation that the others are about.
    pub(crate) fn reservation_id(self) -> Option<OperationId> {
        match self {
            Self::Reserve { .. } => None,
            Self::Capture { reservation_id }
            | Self::Refund { reservation_id }
            | Self::Release { reservation_id } => Some(reservation_id),
        }
    }
}

impl Operation {
    /// The reservation that the operation makes or moves.
    pub(crate) fn reservation(&self) -> Key {
        let operation_id = self.action.reservation_id().unwrap_or(self.key.operation_id);
        Key { msn: self.key.msn.clone(), operation_id }
    }

    /// Whether both would move the same money. The instant of the decision is not compared: who asks again after a
    /// crash may have stored only the movement.
    pub(crate) fn moves_the_same(&self, other: &Self) -> bool {
        let content = |operation: &Self| (operation.payment_id, operation.amount, operation.action);
        self.key == other.key && content(self) == content(other)
    }
}

/// What became of an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Done, once; a reserve also tells what it made.
    Done { reserved: Option<Reserved> },
    /// Refused for ever; nothing moved.
    Declined(Decline),
    /// Nobody knows yet; nothing moved, and asking again later tells.
    Pending,
    /// The id was used before for something else; nothing moved now.
    Mismatch,
}

/// What is told of a reservation that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reserved {
    /// First digits of the card.
    pub(crate) card_bin: String,
    /// The end of the guarantee.
    pub(crate) guaranteed_until: DateTime<Utc>,
}

/// Why nothing moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decline {
    InsufficientFunds,
    InvalidCard,
    ExpiredCard,
    UnknownReservation,
    AmountTooHigh,
    CurrencyMismatch,
    RefusedByIssuer,
    SuspectedFraud,
    WithdrawalLimit,
    ThreeDsDenied,
    ScaRequired,
    NoReceivingAccount,
    RefundPeriodExpired,
}

impl Decline {
    /// Every reason.
    pub(crate) const ALL: [Self; 13] = [
        Self::InsufficientFunds,
        Self::InvalidCard,
        Self::ExpiredCard,
        Self::UnknownReservation,
        Self::AmountTooHigh,
        Self::CurrencyMismatch,
        Self::RefusedByIssuer,
        Self::SuspectedFraud,
        Self::WithdrawalLimit,
        Self::ThreeDsDenied,
        Self::ScaRequired,
        Self::NoReceivingAccount,
        Self::RefundPeriodExpired,
    ];

    /// Its name in storage.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::InsufficientFunds => "insufficient_funds",
            Self::InvalidCard => "invalid_card",
            Self::ExpiredCard => "expired_card",
            Self::UnknownReservation => "unknown_reservation",
            Self::AmountTooHigh => "amount_too_high",
            Self::CurrencyMismatch => "currency_mismatch",
            Self::RefusedByIssuer => "refused_by_issuer",
            Self::SuspectedFraud => "suspected_fraud",
            Self::WithdrawalLimit => "withdrawal_limit",
            Self::ThreeDsDenied => "three_ds_denied",
            Self::ScaRequired => "sca_required",
            Self::NoReceivingAccount => "no_receiving_account",
            Self::RefundPeriodExpired => "refund_period_expired",
        }
    }
}
