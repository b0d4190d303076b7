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

impl Action {
    /// Its name in storage.
    pub(crate) fn kind(self) -> &'static str {
        match self {
            Self::Reserve { .. } => "reserve",
            Self::Capture { .. } => "capture",
            Self::Refund { .. } => "refund",
            Self::Release { .. } => "release",
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
    /// Done, once; a reserve also tells the card's first digits.
    Done { card_bin: Option<String> },
    /// Refused for ever; nothing moved.
    Declined(Decline),
    /// The id was used before for something else; nothing moved now.
    Mismatch,
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
}

impl Decline {
    /// Every reason.
    pub(crate) const ALL: [Self; 6] = [
        Self::InsufficientFunds,
        Self::InvalidCard,
        Self::ExpiredCard,
        Self::UnknownReservation,
        Self::AmountTooHigh,
        Self::CurrencyMismatch,
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
        }
    }
}
