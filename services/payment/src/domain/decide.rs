//! Which event a command causes, or why it is refused (contract 5.7 and 5.8).

use chrono::{DateTime, Datelike as _, NaiveDate, TimeDelta, Utc};
use kvitt_primitives::{CardId, Currency, Money, OperationId, PayerId, PhoneNumber};

use super::{
    payment::{Event, Payment, Pending, PendingKind, Reserved, State},
    refusal::Refusal,
    terms::Create,
};

/// How long the acquirer has before the resolver asks again.
pub(crate) const ANSWER_WITHIN: TimeDelta = TimeDelta::seconds(30);
/// How long after the last capture a refund is possible.
const REFUND_WITHIN: TimeDelta = TimeDelta::days(365);
/// The longest guarantee in Denmark and Finland, whatever the card.
const SHORT_GUARANTEE: TimeDelta = TimeDelta::days(14);

/// A payer who says yes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Approval {
    pub(crate) operation: OperationId,
    pub(crate) payer: PayerId,
    pub(crate) card: CardId,
    /// Of the card's account; `None` for a card that was chosen by the payment's currency.
    pub(crate) card_currency: Option<Currency>,
    pub(crate) phone: PhoneNumber,
    pub(crate) born: NaiveDate,
}

/// What somebody wants of a payment.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Command {
    Create(Box<Create>),
    Capture {
        /// Names it at the acquirer, should that have to be asked first.
        operation: OperationId,
        amount: Money,
    },
    /// The acquirer has answered a capture.
    SettleCapture {
        operation: OperationId,
        done: bool,
    },
    Cancel {
        transaction_only: bool,
    },
    RequestRefund {
        operation: OperationId,
        amount: Money,
    },
    /// The acquirer has answered a refund.
    SettleRefund {
        operation: OperationId,
        outcome: Result<(), Refusal>,
    },
    RequestReserve(Approval),
    /// The acquirer has answered a reservation; `None` when it was declined.
    SettleReserve {
        operation: OperationId,
        reserved: Option<Reserved>,
    },
    Reject,
    /// Time has passed.
    Expire,
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
        Command::Cancel { transaction_only } => cancel(payment, *transaction_only, now).map(Some),
        Command::RequestRefund { operation, amount } => refund(payment, *operation, *amount, now).map(Some),
        Command::SettleRefund { operation, outcome } => Ok(settle_refund(payment, *operation, outcome)),
        Command::RequestReserve(approval) => approve(payment, approval, now).map(Some),
        Command::SettleReserve { operation, reserved } => {
            Ok(settle_reserve(payment, *operation, reserved.as_ref(), now))
        }
        Command::Reject => reject(payment, now),
        Command::Expire => Ok(expire(payment, now)),
    }
}

/// The state as the clock sees it: an overdue payment has expired, written or not.
fn state_at(payment: &Payment, now: DateTime<Utc>) -> State {
    if payment.is_overdue(now) { State::Expired } else { payment.state }
}

fn unlocked(payment: &Payment) -> Result<(), Refusal> {
    if payment.pending.is_some() { Err(Refusal::Locked) } else { Ok(()) }
}

fn same_currency(payment: &Payment, amount: Money) -> Result<(), Refusal> {
    if amount.currency == payment.amount.currency { Ok(()) } else { Err(Refusal::currency(amount.currency)) }
}

fn capture(
    payment: &Payment,
    operation: OperationId,
    amount: Money,
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
    let asked = amount.minor;
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

fn cancel(payment: &Payment, transaction_only: bool, now: DateTime<Utc>) -> Result<Event, Refusal> {
    match payment.pending {
        Some(Pending { kind: PendingKind::Reserve { .. }, .. }) => return Err(Refusal::CancelDuringApproval),
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
    if transaction_only {
        Err(Refusal::CancelOfAuthorized)
    } else if payment.is_past_capture(now) {
        Err(Refusal::CancelPeriodExpired)
    } else if left > 0 {
        Ok(Event::Cancelled { amount: left })
    } else if payment.sums.captured > 0 {
        Err(Refusal::CancelOfCaptured)
    } else {
        Err(Refusal::CancelOfReleased)
    }
}

fn refund(
    payment: &Payment,
    operation: OperationId,
    amount: Money,
    now: DateTime<Utc>,
) -> Result<Event, Refusal> {
    same_currency(payment, amount)?;
    unlocked(payment)?;
    match state_at(payment, now) {
        State::Created => return Err(Refusal::RefundBeforeReservation),
        State::Aborted | State::Expired | State::Terminated => return Err(Refusal::CannotRefund),
        State::Authorized => {}
    }
    let (asked, left) = (amount.minor, payment.sums.refundable());
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

fn approve(payment: &Payment, approval: &Approval, now: DateTime<Utc>) -> Result<Event, Refusal> {
    unlocked(payment)?;
    match state_at(payment, now) {
        State::Authorized => return Err(Refusal::AlreadyReserved),
        State::Aborted | State::Expired | State::Terminated => return Err(Refusal::CannotApprove),
        State::Created => {}
    }
    let is_customer = payment.customer_phone.as_ref().is_none_or(|phone| *phone == approval.phone);
    let old_enough =
        payment.minimum_age.is_none_or(|age| age_on(approval.born, now.date_naive()) >= i32::from(age));
    if !is_customer || !old_enough {
        return Err(Refusal::ApproveNotAllowed);
    }
    if approval.card_currency.is_some_and(|currency| currency != payment.amount.currency) {
        return Err(Refusal::ApproveNoCards);
    }
    Ok(Event::ReserveRequested(Pending {
        kind: PendingKind::Reserve { payer: approval.payer, card: approval.card },
        operation: approval.operation,
        amount: payment.amount.minor,
        due_at: now + ANSWER_WITHIN,
    }))
}

/// Nothing to do when the answer has been heard before. While an answer is awaited nothing else ends the payment, so
/// a yes is never too late. A no frees the payment for another try.
fn settle_reserve(
    payment: &Payment,
    operation: OperationId,
    reserved: Option<&Reserved>,
    now: DateTime<Utc>,
) -> Option<Event> {
    awaited(payment, operation)?;
    let Some(reserved) = reserved else { return Some(Event::ReserveDeclined { operation }) };
    let by_market = match payment.amount.currency {
        Currency::Dkk | Currency::Eur => now + SHORT_GUARANTEE,
        Currency::Nok | Currency::Sek | Currency::Usd | Currency::Gbp => DateTime::<Utc>::MAX_UTC,
    };
    let guaranteed_until = reserved.guaranteed_until.min(by_market);
    let card_bin = reserved.card_bin.clone();
    Some(Event::Authorized { operation, reserved: Reserved { card_bin, guaranteed_until } })
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

/// Completed years of life.
pub(super) fn age_on(born: NaiveDate, today: NaiveDate) -> i32 {
    let had_birthday = (today.month(), today.day()) >= (born.month(), born.day());
    today.year() - born.year() - i32::from(!had_birthday)
}

#[cfg(test)]
mod tests;
