//! Operations that wait for the acquirer: ask, and settle by the answer. Asking again under the same id is harmless, so
//! the caller who began it, a repetition of its request, and the resolver may all do this at once.

use std::sync::{Arc, OnceLock};

use kvitt_primitives::{EventId, Msn, OperationId, Reference};
use kvitt_proto::{
    acquirer::v1::{
        AcquirerStatus, CaptureAction, DeclineReason, Operation, Outcome, RefundAction, ReserveAction,
        operation::Action,
    },
    money, time,
};
use kvitt_runtime::{
    crash,
    telemetry::metrics::{CLEARING_REFUSED, Counter},
};
use tonic::Status;
use tracing::Instrument as _;
use uuid::Uuid;

use super::{App, Begun, Error, without_row};
use crate::{
    domain::{ANSWER_WITHIN, Command, Decline, Payment, Pending, PendingKind, Refusal, Reserved},
    engine::{Answer, Failure, Submission},
    store::{self, Kind, Record},
};

/// The outcome of a requested operation. It is driven to its end even if the caller goes away meanwhile. `kind` is what
/// was requested.
pub(super) async fn settled(app: &App, begun: Begun, kind: PendingKind) -> Result<Arc<Record>, Error> {
    let requested = match begun {
        Begun::Now(requested) => requested,
        Begun::Before(requested) => match outcome(app, &requested).await? {
            Some(record) => return judge(record),
            None => requested,
        },
    };
    let drive = {
        let (app, requested) = (app.clone(), Arc::clone(&requested));
        async move { drive(&app, &requested, asked(&requested, kind)).await }
    };
    let driven = tokio::spawn(drive.in_current_span()).await.map_err(|_| Error::Unanswered)??;
    match driven {
        Some(record) => judge(record),
        // Somebody else was faster.
        None => judge(outcome(app, &requested).await?.ok_or(Error::Unanswered)?),
    }
}

fn judge(settled: Arc<Record>) -> Result<Arc<Record>, Error> {
    match settled.kind {
        Kind::ReserveDeclined => Err(Error::Refused(Refusal::ApproveDeclined)),
        Kind::CaptureDeclined => Err(Error::Refused(Refusal::FundsUnavailable)),
        Kind::RefundDeclined => {
            Err(Error::Refused(settled.refusal.clone().unwrap_or(Refusal::RefundDeclined)))
        }
        _ => Ok(settled),
    }
}

async fn outcome(app: &App, requested: &Record) -> Result<Option<Arc<Record>>, Error> {
    let operation = requested.operation.ok_or(Error::Failure(Failure::Broken))?;
    let mut connection = app.pool.acquire().await?;
    let of = (&requested.msn, requested.payment_id);
    let found = store::log::find_of_operation(&mut connection, of, operation, &store::log::OUTCOMES).await?;
    Ok(found.map(Arc::new))
}

/// Asks the acquirer for what the payment waits for, if it waits for anything, and settles by the answer.
pub(crate) async fn resolve(app: &App, msn: &Msn, reference: &Reference) -> Result<(), Error> {
    let Some((payment, pending)) = find_pending(app, msn, reference).await? else { return Ok(()) };
    let of = (msn, payment.id);
    let mut connection = app.pool.acquire().await?;
    let requested =
        store::log::find_of_operation(&mut connection, of, pending.operation, &store::log::REQUESTS).await?;
    drop(connection);
    let requested = requested.ok_or(Error::Failure(Failure::Broken))?;
    drive(app, &requested, Some((pending, payment.reservation))).await.map(drop)
}

/// What is asked, and the reservation it is about.
pub(crate) type Asked = (Pending, Option<OperationId>);

/// The pending operation of a request that is at hand, where that says enough. A reservation has no reservation yet, and
/// for the others the process that wrote the request knows it; otherwise the payment is read.
pub(crate) fn asked(requested: &Record, kind: PendingKind) -> Option<Asked> {
    let reservation = match kind {
        PendingKind::Reserve { .. } => None,
        PendingKind::Capture | PendingKind::Refund => Some(requested.reservation?),
    };
    let due_at = requested.at + ANSWER_WITHIN;
    let pending = Pending { kind, operation: requested.operation?, amount: requested.amount, due_at };
    Some((pending, reservation))
}

async fn find_pending(
    app: &App,
    msn: &Msn,
    reference: &Reference,
) -> Result<Option<(Payment, Pending)>, Error> {
    let mut connection = app.pool.acquire().await?;
    let found = store::payments::find(&mut connection, std::iter::once((msn, reference))).await?;
    Ok(found.into_iter().find_map(|payment| payment.pending.map(|pending| (payment, pending))))
}

/// Asks, and settles by the answer; answers the row that says so, or none when that had been done.
async fn drive(app: &App, requested: &Record, asked: Option<Asked>) -> Result<Option<Arc<Record>>, Error> {
    let (pending, reservation) = match asked {
        Some(asked) => asked,
        None => match find_pending(app, &requested.msn, &requested.reference).await? {
            Some((payment, pending)) if Some(pending.operation) == requested.operation => {
                (pending, payment.reservation)
            }
            Some(_) | None => return Ok(None),
        },
    };
    if pending.kind == PendingKind::Refund {
        // A capture decided a moment ago may not have been cleared, and a refund before it would be declined for ever.
        let mut connection = app.pool.acquire().await?;
        let of = (&requested.msn, requested.payment_id);
        let captures = store::clearing::uncleared_captures(&mut connection, of.0, of.1).await?;
        drop(connection);
        instruct(app, captures.iter().filter_map(capture_instruction).collect()).await?;
    }
    crash::point("payment.acquirer.before");
    let outcome = app.acquirer.execute_one(request(requested, &pending, reservation)).await?;
    crash::point("payment.acquirer.after");
    let command = settlement(pending, requested, &outcome)?;
    let submission = Submission {
        msn: requested.msn.clone(),
        reference: requested.reference.clone(),
        command,
        event_id: EventId::from_uuid(Uuid::now_v7()),
        key: None,
        settles: requested.shown.clone(),
        text: requested.text.clone(),
    };
    match app.engine.submit(submission).await {
        Answer::Done(record) => Ok(Some(record)),
        Answer::Nothing(_) => Ok(None),
        other => Err(without_row(other)),
    }
}

/// What to tell the acquirer of a capture.
pub(crate) fn capture_instruction(record: &Record) -> Option<Operation> {
    let action = Action::Capture(CaptureAction { reservation_id: record.operation?.to_string() });
    Some(instruction(record, action))
}

/// An operation under the id of the event that decided it.
pub(crate) fn instruction(record: &Record, action: Action) -> Operation {
    let amount = kvitt_primitives::Money::new(record.payment_amount.currency, record.amount);
    Operation {
        operation_id: record.event_id.to_string(),
        msn: record.msn.to_string(),
        payment_id: record.payment_id.to_string(),
        decided_at: Some(time::to_proto(record.at)),
        amount: Some(money::to_proto(amount)),
        action: Some(action),
    }
}

/// Hands what has been decided to the acquirer. Those it refuses are alarms and stand.
pub(crate) async fn instruct(app: &App, operations: Vec<Operation>) -> Result<(), Error> {
    for outcome in app.acquirer.execute(operations).await? {
        match outcome.status() {
            AcquirerStatus::Done => {}
            AcquirerStatus::Unspecified | AcquirerStatus::Unknown | AcquirerStatus::Pending => {
                return Err(Error::Unanswered);
            }
            AcquirerStatus::Declined | AcquirerStatus::Mismatch => {
                let (operation, reason) = (&outcome.operation_id, outcome.decline_reason());
                tracing::error!(operation, ?reason, "the acquirer refused what had been decided");
                refused().add(1, &[]);
            }
        }
    }
    Ok(())
}

/// An alarm: the acquirer has to honour what was decided within its guarantee.
pub(crate) fn refused() -> &'static Counter<u64> {
    static REFUSED: OnceLock<Counter<u64>> = OnceLock::new();
    REFUSED.get_or_init(|| CLEARING_REFUSED.counter())
}

/// What to ask for an operation that has been requested.
pub(crate) fn request(requested: &Record, pending: &Pending, reservation: Option<OperationId>) -> Operation {
    let reservation_id = reservation.map(|id| id.to_string()).unwrap_or_default();
    let action = match pending.kind {
        PendingKind::Reserve { payer, card } => {
            Action::Reserve(ReserveAction { payer_id: payer.to_string(), card_id: card.to_string() })
        }
        PendingKind::Capture => Action::Capture(CaptureAction { reservation_id }),
        PendingKind::Refund => Action::Refund(RefundAction { reservation_id }),
    };
    Operation { operation_id: pending.operation.to_string(), ..instruction(requested, action) }
}

/// Done and declined are answers; anything else is none. What the payer said is in the request.
pub(crate) fn settlement(pending: Pending, requested: &Record, outcome: &Outcome) -> Result<Command, Error> {
    let operation = pending.operation;
    let done = match outcome.status() {
        AcquirerStatus::Done => true,
        AcquirerStatus::Declined | AcquirerStatus::Mismatch => false,
        AcquirerStatus::Pending | AcquirerStatus::Unknown | AcquirerStatus::Unspecified => {
            return Err(Error::Unanswered);
        }
    };
    Ok(match pending.kind {
        PendingKind::Reserve { .. } => {
            let outcome = if done { Ok(reserved(outcome, requested)?) } else { Err(declined(outcome)) };
            Command::SettleReserve { operation, outcome }
        }
        PendingKind::Capture => Command::SettleCapture { operation, done },
        PendingKind::Refund => {
            let refusal = match outcome.decline_reason() {
                DeclineReason::RefundPeriodExpired => Refusal::RefundPeriodExpired,
                _ => Refusal::RefundDeclined,
            };
            Command::SettleRefund { operation, outcome: if done { Ok(()) } else { Err(refusal) } }
        }
    })
}

/// An acquirer that says nothing guarantees nothing.
fn reserved(outcome: &Outcome, requested: &Record) -> Result<Reserved, Error> {
    let until = outcome.guaranteed_until.map(|until| time::from_proto(until, "guaranteedUntil")).transpose();
    let until = until.map_err(|_| Status::internal("the acquirer's guarantee ends at no instant"))?;
    Ok(Reserved {
        card_bin: outcome.card_bin.clone(),
        guaranteed_until: until.unwrap_or(requested.at),
        agreed: requested.agreed.clone().unwrap_or_default(),
    })
}

/// The acquirer's word for it.
fn declined(outcome: &Outcome) -> Decline {
    let reason = match outcome.decline_reason() {
        DeclineReason::Unspecified => "",
        given => given.as_str_name().trim_start_matches("DECLINE_REASON_"),
    };
    Decline { reason: reason.to_owned() }
}
