//! A payment as the fold of its events.

use chrono::{DateTime, TimeDelta, Utc};
use kvitt_primitives::{CardId, Money, Msn, OperationId, PayerId, PaymentId, PhoneNumber, Reference};
use serde::{Deserialize, Serialize};

use super::{
    decide::ANSWER_WITHIN,
    refusal::Refusal,
    shipping::Chosen,
    terms::{Rules, Terms},
};

/// However long the acquirer has been silent, it is asked again after so long.
pub(crate) const LONGEST_LOOK: TimeDelta = TimeDelta::minutes(10);

/// Where a payment stands. All but created are final (contract 5.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Created,
    Aborted,
    Expired,
    Authorized,
    Terminated,
}

/// What became of the amount so far, in minor units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Sums {
    pub(crate) authorized: i64,
    pub(crate) captured: i64,
    pub(crate) cancelled: i64,
    pub(crate) refunded: i64,
}

impl Sums {
    /// Reserved, and neither taken nor released.
    pub(crate) fn capturable(self) -> i64 {
        self.authorized - self.captured - self.cancelled
    }

    /// Taken, and not paid back.
    pub(crate) fn refundable(self) -> i64 {
        self.captured - self.refunded
    }
}

/// What the acquirer was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PendingKind {
    Reserve {
        payer: PayerId,
        card: CardId,
    },
    /// Only past the guarantee.
    Capture,
    Refund,
}

/// Asked of the acquirer and not answered yet. Unknown is a state with a way out: at `due_at` the resolver asks again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pending {
    pub(crate) kind: PendingKind,
    pub(crate) operation: OperationId,
    pub(crate) amount: i64,
    pub(crate) due_at: DateTime<Utc>,
}

/// What the payer said besides yes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Agreed {
    /// Express: how the goods are sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) shipping: Option<Chosen>,
    /// By which name the sales unit knows the payer, who shares what they were asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) sub: Option<String>,
}

impl Agreed {
    /// What is paid on top of the amount.
    pub(crate) fn shipping_cost(&self) -> i64 {
        self.shipping.as_ref().map_or(0, |chosen| chosen.cost)
    }

    /// Whether the payer only said yes.
    pub(crate) fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// A reservation as the acquirer made it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Reserved {
    /// The card's first six digits.
    pub(crate) card_bin: String,
    /// Until when a capture is certain to succeed.
    pub(crate) guaranteed_until: DateTime<Utc>,
    /// As it was when the reservation was requested.
    #[serde(default, skip_serializing_if = "Agreed::is_nothing")]
    pub(crate) agreed: Agreed,
}

/// Why the acquirer made no reservation, in its own word; empty when it gave none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Decline {
    pub(crate) reason: String,
}

/// One thing that happened. Amounts are of this event alone.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Event {
    Created(Box<Terms>),
    ReserveRequested {
        pending: Pending,
        agreed: Agreed,
    },
    /// The acquirer declined; the payer may try another card.
    ReserveDeclined {
        operation: OperationId,
        amount: i64,
        decline: Decline,
    },
    /// The amount is the payment's and the shipping's.
    Authorized {
        operation: OperationId,
        amount: i64,
        reserved: Reserved,
    },
    Aborted,
    Expired,
    Terminated,
    CaptureRequested(Pending),
    CaptureDeclined {
        operation: OperationId,
        amount: i64,
    },
    Captured {
        /// The acquirer's, where it was asked first.
        operation: Option<OperationId>,
        amount: i64,
    },
    Cancelled {
        amount: i64,
    },
    RefundRequested(Pending),
    RefundDeclined {
        operation: OperationId,
        amount: i64,
        refusal: Refusal,
    },
    Refunded {
        operation: OperationId,
        amount: i64,
    },
}

/// The fold: all that a decision needs, and nothing that a read alone needs.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Payment {
    pub(crate) id: PaymentId,
    pub(crate) msn: Msn,
    pub(crate) reference: Reference,
    pub(crate) state: State,
    pub(crate) version: i32,
    pub(crate) amount: Money,
    pub(crate) sums: Sums,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) expires_at: DateTime<Utc>,
    pub(crate) partial_capture: bool,
    pub(crate) rules: Rules,
    pub(crate) customer_phone: Option<PhoneNumber>,
    pub(crate) minimum_age: Option<i16>,
    pub(crate) reservation: Option<OperationId>,
    pub(crate) card_bin: Option<String>,
    /// How many days after approval a capture is possible.
    pub(crate) capture_days: i16,
    /// From here on a capture charges the card anew; set by the approval.
    pub(crate) guaranteed_until: Option<DateTime<Utc>>,
    /// When what is left is released by itself; set by the approval.
    pub(crate) capture_until: Option<DateTime<Utc>>,
    /// The last capture.
    pub(crate) captured_at: Option<DateTime<Utc>>,
    pub(crate) pending: Option<Pending>,
}

impl Payment {
    /// The payment that `Created` makes; its first version is 1.
    pub(crate) fn create(terms: &Terms) -> Self {
        Self {
            id: terms.payment_id,
            msn: terms.request.msn.clone(),
            reference: terms.request.reference.clone(),
            state: State::Created,
            version: 1,
            amount: terms.request.amount,
            sums: Sums::default(),
            created_at: terms.created_at,
            expires_at: terms.expires_at,
            partial_capture: terms.partial_capture,
            rules: terms.rules(),
            customer_phone: terms.exclusive_customer(),
            minimum_age: terms.request.minimum_user_age,
            reservation: None,
            card_bin: None,
            capture_days: terms.capture_days,
            guaranteed_until: None,
            capture_until: None,
            captured_at: None,
            pending: None,
        }
    }

    /// What the event does, when it happens at `at`. Every event, and every remembered refusal, takes the next version.
    pub(crate) fn apply(&mut self, event: &Event, at: DateTime<Utc>) {
        self.version += 1;
        match event {
            Event::Created(_) => unreachable!("a payment is created once, by `Payment::create`"),
            Event::ReserveRequested { pending, .. }
            | Event::CaptureRequested(pending)
            | Event::RefundRequested(pending) => self.pending = Some(*pending),
            Event::ReserveDeclined { .. } | Event::CaptureDeclined { .. } | Event::RefundDeclined { .. } => {
                self.pending = None;
            }
            Event::Authorized { operation, amount, reserved } => {
                self.state = State::Authorized;
                self.sums.authorized = *amount;
                self.reservation = Some(*operation);
                self.card_bin = Some(reserved.card_bin.clone());
                self.guaranteed_until = Some(reserved.guaranteed_until);
                self.capture_until = Some(at + TimeDelta::days(self.capture_days.into()));
                self.pending = None;
            }
            Event::Aborted => self.state = State::Aborted,
            Event::Expired => self.state = State::Expired,
            Event::Terminated => {
                self.state = State::Terminated;
                self.sums.cancelled = self.amount.minor;
            }
            Event::Captured { amount, .. } => {
                self.sums.captured += amount;
                self.captured_at = Some(at);
                self.pending = None;
            }
            Event::Cancelled { amount } => self.sums.cancelled += amount,
            Event::Refunded { amount, .. } => {
                self.sums.refunded += amount;
                self.pending = None;
            }
        }
    }

    /// Takes the version that a remembered refusal uses up; nothing else changes.
    pub(crate) fn apply_refusal(&mut self) {
        self.version += 1;
    }

    /// Whether nobody answered in time, said by the clock; the event may not have been written yet.
    pub(crate) fn is_overdue(&self, now: DateTime<Utc>) -> bool {
        self.state == State::Created && self.pending.is_none() && now >= self.expires_at
    }

    /// Whether a capture is certain to succeed.
    pub(crate) fn is_guaranteed(&self, now: DateTime<Utc>) -> bool {
        self.guaranteed_until.is_none_or(|until| now < until)
    }

    /// Whether what was left can no longer be captured, said by the clock; its release may not have been written yet.
    pub(crate) fn is_past_capture(&self, now: DateTime<Utc>) -> bool {
        self.capture_until.is_some_and(|until| now >= until)
    }

    /// The next instant at which the payment needs attention by itself.
    pub(crate) fn next_due_at(&self) -> Option<DateTime<Utc>> {
        match (&self.pending, self.state) {
            (Some(pending), _) => Some(pending.due_at),
            (None, State::Created) => Some(self.expires_at),
            (None, State::Authorized) => self.capture_until.filter(|_| self.sums.capturable() > 0),
            (None, State::Aborted | State::Expired | State::Terminated) => None,
        }
    }

    /// When to look at the payment after a look at `now`. What is still due, because the acquirer has not answered, is
    /// looked at more and more rarely.
    pub(crate) fn next_look_at(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let due_at = self.next_due_at()?;
        let again = now + (now - due_at).clamp(ANSWER_WITHIN, LONGEST_LOOK);
        Some(if due_at > now { due_at } else { again })
    }
}
