//! The simulated acquirer's law: what an operation does to a card and a reservation.
//!
//! [`decide`] looks at one operation and never changes anything; [`Book`] holds what a batch has read, executes
//! operations in order, each seeing the effect of those before, and knows what has to be written. To add a kind of
//! operation, add an [`Action`] and its arms; the property test in `tests.rs` watches the sums.

mod book;
mod operation;
#[cfg(test)]
mod tests;

pub(crate) use book::Book;
pub(crate) use operation::{Action, Decline, Key, Operation, Outcome};

use chrono::{DateTime, Utc};
use kvitt_primitives::{CardId, Currency, PaymentId};

use super::card::{Account, Funds};

/// Money held on a card for a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reservation {
    pub(crate) payment_id: PaymentId,
    pub(crate) card_id: CardId,
    pub(crate) currency: Currency,
    pub(crate) amount_minor: i64,
    pub(crate) captured_minor: i64,
    pub(crate) refunded_minor: i64,
    pub(crate) released_minor: i64,
    pub(crate) created_at: DateTime<Utc>,
    /// As last read or written.
    pub(crate) version: i64,
}

impl Reservation {
    /// Still held: neither captured nor released.
    pub(crate) fn held_minor(&self) -> i64 {
        self.amount_minor - self.captured_minor - self.released_minor
    }

    /// Captured and not refunded.
    pub(crate) fn refundable_minor(&self) -> i64 {
        self.captured_minor - self.refunded_minor
    }
}

/// What an operation does: the card's and the reservation's new content.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Movement {
    funds: Funds,
    reservation: Reservation,
}

/// Decides one operation against the card and the reservation it names, as far as they exist.
///
/// An expired card takes no new reservation; what is already held on it stays good. A capture is honoured as long as
/// the money is held, however late it arrives.
fn decide(
    operation: &Operation,
    account: Option<&Account>,
    reservation: Option<&Reservation>,
    now: DateTime<Utc>,
) -> Result<Movement, Decline> {
    let amount_minor = operation.amount.minor;
    match operation.action {
        Action::Reserve { payer_id, .. } => {
            let of_the_payer = |account: &&Account| account.payer_id == payer_id;
            reserve(operation, account.filter(of_the_payer).ok_or(Decline::InvalidCard)?, now)
        }
        Action::Capture { .. } => capture(standing(operation, account, reservation)?, amount_minor),
        Action::Refund { .. } => refund(standing(operation, account, reservation)?, amount_minor),
        Action::Release { .. } => release(standing(operation, account, reservation)?, amount_minor),
    }
}

fn reserve(operation: &Operation, account: &Account, now: DateTime<Utc>) -> Result<Movement, Decline> {
    let Funds { currency, balance_minor, held_minor, spent_minor } = account.funds;
    let amount_minor = operation.amount.minor;
    if currency != operation.amount.currency {
        return Err(Decline::CurrencyMismatch);
    }
    if account.expires.is_over(now) {
        return Err(Decline::ExpiredCard);
    }
    if balance_minor < amount_minor {
        return Err(Decline::InsufficientFunds);
    }
    let reservation = Reservation {
        payment_id: operation.payment_id,
        card_id: account.card_id,
        currency,
        amount_minor,
        captured_minor: 0,
        refunded_minor: 0,
        released_minor: 0,
        created_at: now,
        version: 0,
    };
    let funds = Funds {
        currency,
        balance_minor: balance_minor - amount_minor,
        held_minor: held_minor + amount_minor,
        spent_minor,
    };
    Ok(Movement { funds, reservation })
}

/// The card and the reservation as they stand, when they are the ones the operation means.
fn standing(
    operation: &Operation,
    account: Option<&Account>,
    reservation: Option<&Reservation>,
) -> Result<Movement, Decline> {
    let of_the_payment = |reservation: &&Reservation| reservation.payment_id == operation.payment_id;
    let reservation = reservation.filter(of_the_payment).ok_or(Decline::UnknownReservation)?;
    if reservation.currency != operation.amount.currency {
        return Err(Decline::CurrencyMismatch);
    }
    let funds = account.ok_or(Decline::InvalidCard)?.funds;
    Ok(Movement { funds, reservation: reservation.clone() })
}

fn capture(mut movement: Movement, amount_minor: i64) -> Result<Movement, Decline> {
    if amount_minor > movement.reservation.held_minor() {
        return Err(Decline::AmountTooHigh);
    }
    movement.funds.held_minor -= amount_minor;
    movement.funds.spent_minor += amount_minor;
    movement.reservation.captured_minor += amount_minor;
    Ok(movement)
}

fn refund(mut movement: Movement, amount_minor: i64) -> Result<Movement, Decline> {
    if amount_minor > movement.reservation.refundable_minor() {
        return Err(Decline::AmountTooHigh);
    }
    movement.funds.spent_minor -= amount_minor;
    movement.funds.balance_minor += amount_minor;
    movement.reservation.refunded_minor += amount_minor;
    Ok(movement)
}

fn release(mut movement: Movement, amount_minor: i64) -> Result<Movement, Decline> {
    if amount_minor > movement.reservation.held_minor() {
        return Err(Decline::AmountTooHigh);
    }
    movement.funds.held_minor -= amount_minor;
    movement.funds.balance_minor += amount_minor;
    movement.reservation.released_minor += amount_minor;
    Ok(movement)
}
