//! The simulated acquirer's law: what an operation does to a card and a reservation.
//!
//! [`decide`] looks at one operation and never changes anything; [`Book`] holds what a batch has read, executes
//! operations in order, each seeing the effect of those before, and knows what has to be written. To add a kind of
//! operation, add an [`Action`] and its arms; the property test in `tests.rs` watches the sums.

mod book;
mod operation;
#[cfg(feature = "sandbox")]
mod test_amount;
#[cfg(test)]
mod tests;

pub(crate) use book::{Book, Executed};
#[cfg(feature = "sandbox")]
pub(crate) use operation::Kind;
pub(crate) use operation::{Action, Decline, Key, Operation, Outcome, Reserved};

use chrono::{DateTime, Utc};
use kvitt_primitives::{CardId, Currency, PaymentId};

use super::card::{Account, Funds};

/// Under what an operation is executed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Conditions {
    /// Business time.
    pub(crate) now: DateTime<Utc>,
    /// Whether some amounts call for an outcome of their own.
    #[cfg(feature = "sandbox")]
    pub(crate) test_amounts: bool,
}

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
    /// Given back by the end of the guarantee, and neither captured nor released since.
    pub(crate) lapsed_minor: i64,
    pub(crate) created_at: DateTime<Utc>,
    /// What is decided before is honoured.
    pub(crate) guaranteed_until: DateTime<Utc>,
    /// As last read or written.
    pub(crate) version: i64,
}

impl Reservation {
    /// Neither captured nor released.
    pub(crate) fn left_minor(&self) -> i64 {
        self.amount_minor - self.captured_minor - self.released_minor
    }

    /// Still held on the card.
    pub(crate) fn held_minor(&self) -> i64 {
        self.left_minor() - self.lapsed_minor
    }

    /// Captured and not refunded.
    pub(crate) fn refundable_minor(&self) -> i64 {
        self.captured_minor - self.refunded_minor
    }

    /// Whether what was decided then is honoured, whenever it arrives.
    pub(crate) fn guarantees(&self, decided_at: DateTime<Utc>) -> bool {
        decided_at < self.guaranteed_until
    }

    /// Whether the hold has been given back, as a whole; nothing is held then.
    fn has_lapsed(&self) -> bool {
        self.lapsed_minor > 0
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
/// An expired card takes no new reservation; what is already held on it stays good.
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
        Action::Capture { .. } => {
            let (account, movement) = standing(operation, account, reservation)?;
            capture(operation, account, movement, now)
        }
        Action::Refund { .. } => refund(standing(operation, account, reservation)?.1, amount_minor),
        Action::Release { .. } => release(standing(operation, account, reservation)?.1, amount_minor),
    }
}

/// The card, and the two as they stand, when they are the ones the operation means.
fn standing<'a>(
    operation: &Operation,
    account: Option<&'a Account>,
    reservation: Option<&Reservation>,
) -> Result<(&'a Account, Movement), Decline> {
    let of_the_payment = |reservation: &&Reservation| reservation.payment_id == operation.payment_id;
    let reservation = reservation.filter(of_the_payment).ok_or(Decline::UnknownReservation)?;
    if reservation.currency != operation.amount.currency {
        return Err(Decline::CurrencyMismatch);
    }
    let account = account.ok_or(Decline::InvalidCard)?;
    Ok((account, Movement { funds: account.funds, reservation: reservation.clone() }))
}

fn reserve(operation: &Operation, account: &Account, now: DateTime<Utc>) -> Result<Movement, Decline> {
    let amount_minor = operation.amount.minor;
    if account.funds.currency != operation.amount.currency {
        return Err(Decline::CurrencyMismatch);
    }
    chargeable(account, amount_minor, now)?;
    let reservation = Reservation {
        payment_id: operation.payment_id,
        card_id: account.card_id,
        currency: account.funds.currency,
        amount_minor,
        captured_minor: 0,
        refunded_minor: 0,
        released_minor: 0,
        lapsed_minor: 0,
        created_at: now,
        guaranteed_until: account.scheme.guaranteed_until(now),
        version: 0,
    };
    let mut funds = account.funds;
    funds.balance_minor -= amount_minor;
    funds.held_minor += amount_minor;
    Ok(Movement { funds, reservation })
}

/// Whether the bank lets this much be taken from the card now.
fn chargeable(account: &Account, amount_minor: i64, now: DateTime<Utc>) -> Result<(), Decline> {
    if account.expires.is_over(now) {
        Err(Decline::ExpiredCard)
    } else if account.funds.balance_minor < amount_minor {
        Err(Decline::InsufficientFunds)
    } else {
        Ok(())
    }
}

/// Takes what is held. When that has been given back, the card is charged again: without asking if the capture was
/// decided within the guarantee, even beyond the card's money; else as the bank allows.
fn capture(
    operation: &Operation,
    account: &Account,
    mut movement: Movement,
    now: DateTime<Utc>,
) -> Result<Movement, Decline> {
    let amount_minor = operation.amount.minor;
    if amount_minor > movement.reservation.left_minor() {
        return Err(Decline::AmountTooHigh);
    }
    if movement.reservation.has_lapsed() {
        if !movement.reservation.guarantees(operation.decided_at) {
            chargeable(account, amount_minor, now)?;
        }
        movement.reservation.lapsed_minor -= amount_minor;
        movement.funds.balance_minor -= amount_minor;
    } else {
        movement.funds.held_minor -= amount_minor;
    }
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

/// Gives back what is held. When that has been done by the end of the guarantee, no money moves.
fn release(mut movement: Movement, amount_minor: i64) -> Result<Movement, Decline> {
    if amount_minor > movement.reservation.left_minor() {
        return Err(Decline::AmountTooHigh);
    }
    if movement.reservation.has_lapsed() {
        movement.reservation.lapsed_minor -= amount_minor;
    } else {
        movement.funds.held_minor -= amount_minor;
        movement.funds.balance_minor += amount_minor;
    }
    movement.reservation.released_minor += amount_minor;
    Ok(movement)
}

/// Gives back all that is held, once the guarantee has ended; `None` when there is nothing to give back.
fn lapse(account: &Account, reservation: &Reservation, now: DateTime<Utc>) -> Option<Movement> {
    let held_minor = reservation.held_minor();
    if reservation.guarantees(now) || held_minor == 0 {
        return None;
    }
    let mut movement = Movement { funds: account.funds, reservation: reservation.clone() };
    movement.funds.held_minor -= held_minor;
    movement.funds.balance_minor += held_minor;
    movement.reservation.lapsed_minor += held_minor;
    Some(movement)
}
