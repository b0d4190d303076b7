//! One payment's log, folded row by row with the rules of `domain`.

use kvitt_primitives::{CardId, OperationId, PayerId};
use uuid::Uuid;

use super::Wrong;
use crate::{
    domain::{ANSWER_WITHIN, Agreed, Event, Payment, Pending, PendingKind, Refusal, Reserved, State, Sums},
    store::{Kind, Record},
};

/// What became of the rows so far.
#[derive(Debug, Default)]
pub(crate) enum Fold {
    /// There is none yet.
    #[default]
    Empty,
    /// A create was refused, so there is no payment.
    Refused,
    /// The payment as its events make it.
    Payment(Box<Payment>),
    /// A row did not fit; what follows proves nothing.
    Broken,
}

impl Fold {
    /// Takes the next row. `stored` is the payment's own row, for the few facts that no event holds: who is asked to pay
    /// with which card, and, of the oldest, what the acquirer said of the reservation.
    pub(crate) fn take(&mut self, record: &Record, stored: Option<&Payment>) -> Result<(), Wrong> {
        match self.step(record, stored) {
            Ok(()) => Ok(()),
            Err(wrong) => {
                *self = Self::Broken;
                Err(wrong)
            }
        }
    }

    fn step(&mut self, record: &Record, stored: Option<&Payment>) -> Result<(), Wrong> {
        match self {
            Self::Broken => Ok(()),
            Self::Refused => Err(impossible(record)),
            Self::Empty => {
                *self = begin(record)?;
                match self {
                    Self::Payment(payment) => same(record, payment),
                    Self::Empty | Self::Refused | Self::Broken => Ok(()),
                }
            }
            Self::Payment(payment) => {
                if !follows(payment, record) {
                    return Err(impossible(record));
                }
                if record.kind == Kind::Refused {
                    payment.apply_refusal();
                } else {
                    let event = event(record, payment, stored).ok_or_else(|| impossible(record))?;
                    payment.apply(&event, record.at);
                }
                same(record, payment)
            }
        }
    }
}

/// The operation that a capture settles, where the acquirer was asked first.
pub(super) fn awaited_capture(payment: &Payment, record: &Record) -> Option<OperationId> {
    let awaited = payment.pending.filter(|pending| pending.kind == PendingKind::Capture)?.operation;
    (record.kind == Kind::Captured && record.event_id.as_uuid() == awaited.as_uuid()).then_some(awaited)
}

fn impossible(record: &Record) -> Wrong {
    Wrong::Impossible { seq: record.seq, kind: format!("{:?}", record.kind), amount: record.amount }
}

fn begin(record: &Record) -> Result<Fold, Wrong> {
    match (record.kind, &record.terms) {
        (Kind::Refused, _) if record.refusal.is_some() => Ok(Fold::Refused),
        (Kind::Created, Some(terms)) => {
            let payment = Payment::create(terms);
            let whole = record.amount == payment.amount.minor
                && record.payment_id == payment.id
                && record.msn == payment.msn
                && record.reference == payment.reference;
            if whole { Ok(Fold::Payment(Box::new(payment))) } else { Err(impossible(record)) }
        }
        _ => Err(impossible(record)),
    }
}

/// Whether the row can follow: an answer answers what was asked, nothing else happens meanwhile, an ending ends a
/// payment that waits, and no more is taken than is held, nor more given back than was taken.
fn follows(payment: &Payment, record: &Record) -> bool {
    let free = payment.pending.is_none();
    let waits_for = |amount| payment.state == State::Created && free && record.amount == amount;
    let waits = waits_for(payment.amount.minor);
    // What the payer chose is paid on top; in the oldest rows nothing was ever chosen.
    let with_shipping =
        |agreed: Option<&Agreed>| payment.amount.minor + agreed.map_or(0, Agreed::shipping_cost);
    let within =
        |most: i64| payment.state == State::Authorized && free && (1..=most).contains(&record.amount);
    let asked = |of: fn(PendingKind) -> bool| {
        payment.pending.is_some_and(|pending| of(pending.kind) && pending.amount == record.amount)
    };
    let answers = |of| asked(of) && record.operation == payment.pending.map(|pending| pending.operation);
    let on_the_reservation = record.operation.is_some() && record.operation == payment.reservation;
    match record.kind {
        Kind::Created => false,
        Kind::Refused => record.amount == 0 && record.refusal.is_some(),
        Kind::Aborted | Kind::Expired | Kind::Terminated => waits,
        Kind::ReserveRequested => {
            let asks_for_it = record.agreed.as_ref().is_none_or(|agreed| asked_for(payment, agreed));
            waits_for(with_shipping(record.agreed.as_ref())) && asks_for_it && record.operation.is_some()
        }
        Kind::Authorized => {
            let agreed = record.reserved.as_ref().map(|reserved| &reserved.agreed);
            let same = record.reserved.is_none() || record.amount == with_shipping(agreed);
            answers(|kind| matches!(kind, PendingKind::Reserve { .. })) && same
        }
        Kind::ReserveDeclined => answers(|kind| matches!(kind, PendingKind::Reserve { .. })),
        Kind::CaptureRequested => within(payment.sums.capturable()) && record.operation.is_some(),
        Kind::CaptureDeclined => answers(|kind| kind == PendingKind::Capture),
        Kind::Captured if awaited_capture(payment, record).is_some() => {
            asked(|kind| kind == PendingKind::Capture) && on_the_reservation
        }
        Kind::Captured | Kind::Cancelled => within(payment.sums.capturable()) && on_the_reservation,
        Kind::RefundRequested => within(payment.sums.refundable()) && record.operation.is_some(),
        Kind::Refunded | Kind::RefundDeclined => answers(|kind| kind == PendingKind::Refund),
    }
}

/// Whether the payer was asked for what they said.
fn asked_for(payment: &Payment, agreed: &Agreed) -> bool {
    let rules = payment.rules;
    (rules.ships || agreed.shipping.is_none()) && (rules.shares || agreed.sub.is_none())
}

/// The event that the row was written for.
fn event(record: &Record, payment: &Payment, stored: Option<&Payment>) -> Option<Event> {
    let amount = record.amount;
    let pending = |kind| {
        let operation = record.operation?;
        Some(Pending { kind, operation, amount, due_at: record.at + ANSWER_WITHIN })
    };
    Some(match record.kind {
        Kind::Created | Kind::Refused => return None,
        Kind::Aborted => Event::Aborted,
        Kind::Expired => Event::Expired,
        Kind::Terminated => Event::Terminated,
        Kind::Captured => Event::Captured { operation: awaited_capture(payment, record), amount },
        Kind::CaptureRequested => Event::CaptureRequested(pending(PendingKind::Capture)?),
        Kind::CaptureDeclined => Event::CaptureDeclined { operation: record.operation?, amount },
        Kind::Cancelled => Event::Cancelled { amount },
        Kind::ReserveRequested => {
            let asked = stored.and_then(|stored| stored.pending.map(|pending| pending.kind));
            let nobody = PendingKind::Reserve {
                payer: PayerId::from_uuid(Uuid::nil()),
                card: CardId::from_uuid(Uuid::nil()),
            };
            let asked = asked.filter(|kind| matches!(kind, PendingKind::Reserve { .. }));
            let agreed = record.agreed.clone().unwrap_or_default();
            Event::ReserveRequested { pending: pending(asked.unwrap_or(nobody))?, agreed }
        }
        Kind::RefundRequested => Event::RefundRequested(pending(PendingKind::Refund)?),
        Kind::ReserveDeclined => {
            let decline = record.decline.clone().unwrap_or_default();
            Event::ReserveDeclined { operation: record.operation?, amount, decline }
        }
        Kind::Authorized => {
            let reserved = record.reserved.clone().or_else(|| stored.and_then(reserved));
            Event::Authorized { operation: record.operation?, amount, reserved: reserved? }
        }
        Kind::Refunded => Event::Refunded { operation: record.operation?, amount },
        Kind::RefundDeclined => {
            let refusal = record.refusal.clone().unwrap_or(Refusal::RefundDeclined);
            Event::RefundDeclined { operation: record.operation?, amount, refusal }
        }
    })
}

/// What a payment's row says of its reservation.
pub(super) fn reserved(stored: &Payment) -> Option<Reserved> {
    let (card_bin, guaranteed_until) = (stored.card_bin.clone()?, stored.guaranteed_until?);
    Some(Reserved { card_bin, guaranteed_until, agreed: Agreed::default() })
}

/// Whether the row says what the payment is after it.
fn same(record: &Record, payment: &Payment) -> Result<(), Wrong> {
    let folded = (payment.state, payment.sums, payment.amount);
    let stored = (record.state, record.sums, record.payment_amount);
    if folded == stored {
        return Ok(());
    }
    let text = |(state, sums, amount): (State, Sums, kvitt_primitives::Money)| {
        let Sums { authorized, captured, cancelled, refunded } = sums;
        format!(
            "{state:?} of {} {}, authorized {authorized}, captured {captured}, cancelled {cancelled}, \
             refunded {refunded}",
            amount.minor, amount.currency
        )
    };
    Err(Wrong::Sums { seq: record.seq, stored: text(stored), folded: text(folded) })
}

/// Everything in which a payment's row differs from the fold of its events, and every rule that its sums break.
pub(crate) fn differences(stored: &Payment, folded: &Payment) -> Vec<Wrong> {
    let mut found = Vec::new();
    let mut compare = |column: &'static str, stored: String, folded: String| {
        if stored != folded {
            found.push(Wrong::Row { column, stored, folded });
        }
    };
    macro_rules! compare {
        ($($column:literal $($field:ident).+),+ $(,)?) => {
            $(compare($column, format!("{:?}", stored.$($field).+), format!("{:?}", folded.$($field).+));)+
        };
    }
    compare!(
        "payment_id" id, "state" state, "version" version, "amount" amount.minor, "currency" amount.currency, "authorized" sums.authorized,
        "captured" sums.captured, "cancelled" sums.cancelled, "refunded" sums.refunded,
        "created_at" created_at, "expires_at" expires_at, "partial_capture" partial_capture, "rules" rules,
        "customer_phone" customer_phone, "minimum_age" minimum_age, "reservation" reservation,
        "card_bin" card_bin, "capture_days" capture_days, "guaranteed_until" guaranteed_until,
        "capture_until" capture_until, "captured_at" captured_at, "pending" pending,
    );
    let Sums { authorized, captured, cancelled, refunded } = stored.sums;
    let ended_unapproved =
        stored.state == State::Terminated && (authorized, captured, cancelled) == (0, 0, stored.amount.minor);
    if captured + cancelled > authorized && !ended_unapproved {
        found.push(Wrong::Rule("captured + cancelled <= authorized"));
    }
    if refunded > captured {
        found.push(Wrong::Rule("refunded <= captured"));
    }
    found
}
