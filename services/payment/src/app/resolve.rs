//! Operations that wait for the acquirer: ask, and settle by the answer. Asking again under the same id is harmless, so
//! the caller who began it, a repetition of its request, and the resolver may all do this at once.

use chrono::{DateTime, Utc};
use kvitt_primitives::{EventId, Msn, OperationId, Reference};
use kvitt_proto::{
    acquirer::v1::{
        AcquirerStatus, CaptureAction, ExecuteOperationsRequest, Operation, Outcome, RefundAction,
        ReserveAction, operation::Action,
    },
    money, time,
};
use tracing::Instrument as _;
use uuid::Uuid;

use super::{App, Error, without_row};
use crate::{
    domain::{Command, Payment, Pending, PendingKind, Refusal},
    engine::{Answer, Failure, Submission},
    store::{self, Kind, Record},
};

/// The outcome of a requested operation. It is driven to its end even if the caller goes away meanwhile.
pub(super) async fn settled(app: &App, requested: &Record) -> Result<Box<Record>, Error> {
    let operation = requested.operation.ok_or(Error::Unanswered)?;
    if outcome(app, requested, operation).await?.is_none() {
        let (app, msn, reference) = (app.clone(), requested.msn.clone(), requested.reference.clone());
        let drive = async move { resolve(&app, &msn, &reference).await };
        tokio::spawn(drive.in_current_span()).await.map_err(|_| Error::Unanswered)??;
    }
    let settled = outcome(app, requested, operation).await?.ok_or(Error::Unanswered)?;
    match settled.kind {
        Kind::ReserveDeclined => Err(Error::Refused(Refusal::ApproveDeclined)),
        Kind::RefundDeclined => Err(Error::Refused(Refusal::RefundDeclined)),
        _ => Ok(Box::new(settled)),
    }
}

async fn outcome(app: &App, requested: &Record, operation: OperationId) -> Result<Option<Record>, Error> {
    let mut connection = app.pool.acquire().await?;
    let of = (&requested.msn, requested.payment_id);
    Ok(store::log::find_of_operation(&mut connection, of, operation, &store::log::OUTCOMES).await?)
}

/// Asks the acquirer for what the payment waits for, if it waits for anything, and settles by the answer.
pub(crate) async fn resolve(app: &App, msn: &Msn, reference: &Reference) -> Result<(), Error> {
    let mut connection = app.pool.acquire().await?;
    let found = store::payments::find(&mut connection, std::iter::once((msn, reference))).await?;
    let Some((payment, pending)) = found.into_iter().find_map(|p| p.pending.map(|pending| (p, pending)))
    else {
        return Ok(());
    };
    let mut operations = Vec::new();
    if pending.kind == PendingKind::Refund {
        // A capture decided a moment ago may not have been cleared, and cannot be refunded before.
        let captures = store::clearing::uncleared_captures(&mut connection, msn, payment.id).await?;
        operations.extend(captures.iter().filter_map(capture_instruction));
    }
    let of = (msn, payment.id);
    let requested =
        store::log::find_of_operation(&mut connection, of, pending.operation, &store::log::REQUESTS).await?;
    drop(connection);
    let requested = requested.ok_or(Error::Failure(Failure::Broken))?;
    operations.push(request(&payment, &pending, requested.at));
    let mut outcomes = execute(app, operations).await?;
    let command = settlement(pending, &outcomes.pop().ok_or(Error::Unanswered)?)?;
    let submission = Submission {
        msn: msn.clone(),
        reference: reference.clone(),
        command,
        event_id: EventId::from_uuid(Uuid::now_v7()),
        key: None,
        settles: requested.shown,
    };
    match app.engine.submit(submission).await {
        Answer::Done(_) | Answer::Nothing(_) => Ok(()),
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

/// Executes a batch; answers one outcome for each operation, or fails.
pub(crate) async fn execute(app: &App, operations: Vec<Operation>) -> Result<Vec<Outcome>, Error> {
    let asked = operations.len();
    let answered = app.acquirer.clone().execute_operations(ExecuteOperationsRequest { operations }).await;
    let outcomes = answered.map_err(|status| {
        tracing::warn!(code = ?status.code(), detail = status.message(), "the acquirer gave no answer");
        Error::Unanswered
    })?;
    let outcomes = outcomes.into_inner().outcomes;
    if outcomes.len() == asked { Ok(outcomes) } else { Err(Error::Unanswered) }
}

fn request(payment: &Payment, pending: &Pending, decided_at: DateTime<Utc>) -> Operation {
    let amount = kvitt_primitives::Money::new(payment.amount.currency, pending.amount);
    let action = match pending.kind {
        PendingKind::Reserve { payer, card } => {
            Action::Reserve(ReserveAction { payer_id: payer.to_string(), card_id: card.to_string() })
        }
        PendingKind::Refund => Action::Refund(RefundAction {
            reservation_id: payment.reservation.map(|id| id.to_string()).unwrap_or_default(),
        }),
    };
    Operation {
        operation_id: pending.operation.to_string(),
        msn: payment.msn.to_string(),
        payment_id: payment.id.to_string(),
        decided_at: Some(time::to_proto(decided_at)),
        amount: Some(money::to_proto(amount)),
        action: Some(action),
    }
}

/// Done and declined are answers; anything else is none.
fn settlement(pending: Pending, outcome: &Outcome) -> Result<Command, Error> {
    let operation = pending.operation;
    let done = match outcome.status() {
        AcquirerStatus::Done => true,
        AcquirerStatus::Declined | AcquirerStatus::Mismatch => false,
        AcquirerStatus::Unknown | AcquirerStatus::Unspecified => return Err(Error::Unanswered),
    };
    Ok(match pending.kind {
        PendingKind::Reserve { .. } => {
            Command::SettleReserve { operation, card_bin: done.then(|| outcome.card_bin.clone()) }
        }
        PendingKind::Refund => Command::SettleRefund { operation, done },
    })
}
