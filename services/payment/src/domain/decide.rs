//! Which event a command causes, or why it is refused (contract 5.7 and 5.8).

mod reserve;

use chrono::{DateTime, TimeDelta, Utc};
use kvitt_primitives::{Money, OperationId};

use super::{
    create::Create,
    payment::{Decline, Event, Payment, Pending, PendingKind, Reserved, State},
    refusal::Refusal,
};

pub(crate) use reserve::Approval;
pub(super) use reserve::age_on;
use reserve::{approve, settle_reserve};

/// How long the acquirer has before the resolver asks again.
pub(crate) const ANSWER_WITHIN: TimeDelta = TimeDelta::seconds(30);
/// How long after the last capture a refund is possible.
const REFUND_WITHIN: TimeDelta = TimeDelta::days(365);

/// What somebody wants of a payment.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Command {
    Create(Box<Create>),
    Capture {
        /// Names it at the acquirer, should that have to be asked first.
        operation: OperationId,
        /// All that is left when there is none.
        amount: Option<Money>,
    },
    /// The acquirer has answered a capture.
    SettleCapture {
        operation: OperationId,
        done: bool,
    },
    Cancel(Cancel),
    RequestRefund {
        operation: OperationId,
        /// All that has not been paid back when there is none.
        amount: Option<Money>,
    },
    /// The acquirer has answered a refund.
    SettleRefund {
        operation: OperationId,
        outcome: Result<(), Refusal>,
    },
    RequestReserve(Approval),
    /// The acquirer has answered a reservation.
    SettleReserve {
        operation: OperationId,
        outcome: Result<Reserved, Decline>,
    },
    Reject,
    /// Time has passed.
    Expire,
}

/// Which payments are not to be cancelled.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Cancel {
    /// Those that are authorized.
    pub(crate) transaction_only: bool,
    /// Those of which anything has been captured.
    pub(crate) uncaptured_only: bool,
}

/// The event that `command` causes now, `None` when there is nothing to do any more, or the refusal.
/// For a create, `payment` is whatever has taken the reference.
pub(crate) fn decide(
    payment: Option<&Payment>,
    command: &Command,
    now: DateTime<Utc>,
) -> Result<Option<Event>, Refusal> {
    if let Command::Create(create) = command {
        if payment.is_some() {
            return Err(Refusal::ReferenceExists);
        }
        return create.decide(now).map(|terms| Some(Event::Created(Box::new(terms))));
    }
    let payment = payment.ok_or(Refusal::ReferenceNotFound)?;
    match command {
        Command::Create(_) => unreachable!("handled above"),
        Command::Capture { operation, amount } => capture(payment, *operation, *amount, now).map(Some),
        Command::SettleCapture { operation, done } => Ok(settle_capture(payment, *operation, *done)),
        Command::Cancel(cancel) => cancel.decide(payment, now).map(Some),
        Command::RequestRefund { operation, amount } => refund(payment, *operation, *amount, now).map(Some),
        Command::SettleRefund { operation, outcome } => Ok(settle_refund(payment, *operation, outcome)),
        Command::RequestReserve(approval) => approve(payment, approval, now).map(Some),
        Command::SettleReserve { operation, outcome } => {
            Ok(settle_reserve(payment, *operation, outcome.as_ref(), now))
        }
        Command::Reject => reject(payment, now),
        Command::Expire => Ok(expire(payment, now)),
    }
}

/// What an event of a payment brings with it at once, in the same commit: direct capture takes what has just been
/// authorized (contract section 6). Where the guarantee has ended before the acquirer's answer was heard, the merchant
/// captures, since the acquirer would have to be asked.
pub(crate) fn consequence(payment: &Payment, event: &Event, now: DateTime<Utc>) -> Option<Event> {
    let Event::Authorized { amount, .. } = event else { return None };
    let takes = payment.rules.direct_capture && payment.is_guaranteed(now);
    takes.then_some(Event::Captured { operation: None, amount: *amount })
}

/// The state as the clock sees it: an overdue payment has expired, written or not.
fn state_at(payment: &Payment, now: DateTime<Utc>) -> State {
    if payment.is_overdue(now) { State::Expired } else { payment.state }
}

fn unlocked(payment: &Payment) -> Result<(), Refusal> {
    if payment.pending.is_some() { Err(Refusal::Locked) } else { Ok(()) }
}

fn same_currency(payment: &Payment, amount: Option<Money>) -> Result<(), Refusal> {
    match amount {
        Some(amount) if amount.currency != payment.amount.currency => Err(Refusal::currency(amount.currency)),
        Some(_) | None => Ok(()),
    }
}

/// Without an amount everything, and at least something: of nothing nothing can be taken.
fn asked(amount: Option<Money>, left: i64) -> i64 {
    amount.map_or(left.max(1), |amount| amount.minor)
}

fn capture(
    payment: &Payment,
    operation: OperationId,
    amount: Option<Money>,
    now: DateTime<Utc>,
) -> Result<Event, Refusal> {
    same_currency(payment, amount)?;
    unlocked(payment)?;
    match state_at(payment, now) {
        State::Created => return Err(Refusal::CaptureBeforeReservation),
        State::Aborted | State::Expired | State::Terminated => return Err(Refusal::CannotCapture),
        State::Authorized => {}
    }
    let left = payment.sums.capturable();
    let asked = asked(amount, left);
    if payment.is_past_capture(now) {
        Err(Refusal::CapturePeriodExpired)
    } else if left == 0 && payment.sums.cancelled > 0 {
        Err(Refusal::CaptureOfCancelled)
    } else if left == 0 {
        Err(Refusal::AlreadyCaptured)
    } else if !payment.partial_capture && asked < left {
        Err(Refusal::MustCaptureFullAmount { left })
    } else if asked > left {
        Err(Refusal::CaptureExceedsAuthorized { asked, left })
    } else if payment.is_guaranteed(now) {
        Ok(Event::Captured { operation: None, amount: asked })
    } else {
        let due_at = now + ANSWER_WITHIN;
        Ok(Event::CaptureRequested(Pending { kind: PendingKind::Capture, operation, amount: asked, due_at }))
    }
}

/// Nothing to do when the answer has been heard before: a capture is settled once.
fn settle_capture(payment: &Payment, operation: OperationId, done: bool) -> Option<Event> {
    let amount = awaited(payment, operation)?.amount;
    Some(if done {
        Event::Captured { operation: Some(operation), amount }
    } else {
        Event::CaptureDeclined { operation, amount }
    })
}

/// What the payment waits for, if it is this.
fn awaited(payment: &Payment, operation: OperationId) -> Option<Pending> {
    payment.pending.filter(|pending| pending.operation == operation)
}

impl Cancel {
    fn decide(&self, payment: &Payment, now: DateTime<Utc>) -> Result<Event, Refusal> {
        match payment.pending {
            Some(Pending { kind: PendingKind::Reserve { .. }, .. }) => {
                return Err(Refusal::CancelDuringApproval);
            }
            Some(Pending { kind: PendingKind::Capture | PendingKind::Refund, .. }) => {
                return Err(Refusal::Locked);
            }
            None => {}
        }
        match state_at(payment, now) {
            State::Created => return Ok(Event::Terminated),
            State::Aborted | State::Expired | State::Terminated => return Err(Refusal::CancelOfUnreserved),
            State::Authorized => {}
        }
        let left = payment.sums.capturable();
        let captured = payment.sums.captured > 0;
        if self.transaction_only {
            Err(Refusal::CancelOfAuthorized)
        } else if payment.is_past_capture(now) {
            Err(Refusal::CancelPeriodExpired)
        } else if captured && (self.uncaptured_only || left == 0) {
            Err(Refusal::CancelOfCaptured)
        } else if left > 0 {
            Ok(Event::Cancelled { amount: left })
        } else {
            Err(Refusal::CancelOfReleased)
        }
    }
}

fn refund(
    payment: &Payment,
    operation: OperationId,
    amount: Option<Money>,
    now: DateTime<Utc>,
) -> Result<Event, Refusal> {
    same_currency(payment, amount)?;
    unlocked(payment)?;
    match state_at(payment, now) {
        State::Created => return Err(Refusal::RefundBeforeReservation),
        State::Aborted | State::Expired | State::Terminated => return Err(Refusal::CannotRefund),
        State::Authorized => {}
    }
    let left = payment.sums.refundable();
    let asked = asked(amount, left);
    if payment.captured_at.is_some_and(|at| now >= at + REFUND_WITHIN) {
        Err(Refusal::RefundPeriodExpired)
    } else if left == 0 && payment.sums.refunded > 0 {
        Err(Refusal::AlreadyRefunded)
    } else if asked > left {
        Err(Refusal::RefundExceedsCaptured { asked, left })
    } else {
        let due_at = now + ANSWER_WITHIN;
        Ok(Event::RefundRequested(Pending { kind: PendingKind::Refund, operation, amount: asked, due_at }))
    }
}

/// Nothing to do when the answer has been heard before: a refund is settled once.
fn settle_refund(payment: &Payment, operation: OperationId, outcome: &Result<(), Refusal>) -> Option<Event> {
    let amount = awaited(payment, operation)?.amount;
    Some(match outcome {
        Ok(()) => Event::Refunded { operation, amount },
        Err(refusal) => Event::RefundDeclined { operation, amount, refusal: refusal.clone() },
    })
}

/// What the passing of time does: nobody has approved, or nobody has captured what was left.
fn expire(payment: &Payment, now: DateTime<Utc>) -> Option<Event> {
    let left = payment.sums.capturable();
    if payment.is_overdue(now) {
        Some(Event::Expired)
    } else if payment.is_past_capture(now) && left > 0 && payment.pending.is_none() {
        Some(Event::Cancelled { amount: left })
    } else {
        None
    }
}

fn reject(payment: &Payment, now: DateTime<Utc>) -> Result<Option<Event>, Refusal> {
    unlocked(payment)?;
    match state_at(payment, now) {
        State::Created => Ok(Some(Event::Aborted)),
        State::Aborted => Ok(None),
        State::Authorized => Err(Refusal::AlreadyReserved),
        State::Expired | State::Terminated => Err(Refusal::CannotApprove),
    }
}

#[cfg(test)]
mod tests;
