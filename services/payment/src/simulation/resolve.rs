//! Operations that wait for the acquirer, as `app/resolve.rs` drives them.

use std::sync::Arc;

use kvitt_proto::acquirer::v1::{AcquirerStatus, Operation, Outcome};

use super::{
    acquirer::Mood,
    fault::Fault,
    instance::{Instance, Silence, done},
    journal::Said,
    log::At,
    world::step,
};
use crate::{
    app::resolve::{Asked, asked, capture_instruction, request, settlement},
    domain::{Payment, Pending, PendingKind, Refusal},
    engine::Answer,
    store::{
        Kind, Record,
        log::{OUTCOMES, REQUESTS},
    },
};

impl Instance {
    /// The outcome of what was requested now, or `before`.
    pub(super) async fn settled(
        &self,
        requested: &Record,
        before: bool,
        kind: PendingKind,
    ) -> Result<Said, Silence> {
        if before && let Some(settled) = self.outcome(requested).await? {
            return Ok(judge(&settled));
        }
        match self.drive(requested, asked(requested, kind)).await? {
            Some(settled) => Ok(judge(&settled)),
            None => self.outcome(requested).await?.map(|settled| judge(&settled)).ok_or(Silence),
        }
    }

    async fn outcome(&self, requested: &Record) -> Result<Option<Arc<Record>>, Silence> {
        self.reach().await?;
        let operation = requested.operation.ok_or(Silence)?;
        Ok(self.shared.world().store.find_of_operation(requested.payment_id, operation, &OUTCOMES))
    }

    /// What a payment waits for, if it waits for anything.
    pub(super) async fn resolve(&self, at: &At) -> Result<(), Silence> {
        let Some((payment, pending)) = self.find_pending(at).await? else { return Ok(()) };
        self.reach().await?;
        let requested = self.shared.world().store.find_of_operation(payment.id, pending.operation, &REQUESTS);
        let requested = requested.ok_or(Silence)?;
        self.drive(&requested, Some((pending, payment.reservation))).await.map(drop)
    }

    async fn find_pending(&self, at: &At) -> Result<Option<(Payment, Pending)>, Silence> {
        self.reach().await?;
        let payment = self.shared.world().store.payments.get(at).cloned();
        Ok(payment.and_then(|payment| payment.pending.map(|pending| (payment, pending))))
    }

    async fn drive(&self, requested: &Record, asked: Option<Asked>) -> Result<Option<Arc<Record>>, Silence> {
        let at = (requested.msn.clone(), requested.reference.clone());
        let (pending, reservation) = match asked {
            Some(asked) => asked,
            None => match self.find_pending(&at).await? {
                Some((payment, pending)) if Some(pending.operation) == requested.operation => {
                    (pending, payment.reservation)
                }
                Some(_) | None => return Ok(None),
            },
        };
        if pending.kind == PendingKind::Refund {
            self.reach().await?;
            let captures = self.shared.world().store.uncleared_captures(requested.payment_id);
            let operations: Vec<_> =
                captures.iter().filter_map(|record| capture_instruction(record)).collect();
            if !operations.is_empty() {
                let outcomes = self.execute(operations).await?;
                let unknown = |outcome: &Outcome| {
                    !matches!(
                        outcome.status(),
                        AcquirerStatus::Done | AcquirerStatus::Declined | AcquirerStatus::Mismatch
                    )
                };
                if outcomes.iter().any(unknown) {
                    return Err(Silence);
                }
            }
        }
        let outcome = match self.execute(vec![request(requested, &pending, reservation)]).await {
            Ok(mut outcomes) => outcomes.pop().ok_or(Silence)?,
            Err(Silence) if self.shared.world().fault == Some(Fault::SilenceIsANo) => {
                Outcome { status: AcquirerStatus::Declined.into(), ..Outcome::default() }
            }
            Err(Silence) => return Err(Silence),
        };
        let command = settlement(pending, requested, &outcome).map_err(|_| Silence)?;
        match self.submit(self.command(&at, command)).await {
            Answer::Done(record) => Ok(Some(record)),
            Answer::Nothing(_) => Ok(None),
            _ => Err(Silence),
        }
    }

    /// Asks the acquirer.
    pub(super) async fn execute(&self, operations: Vec<Operation>) -> Result<Vec<Outcome>, Silence> {
        step().await;
        if self.shared.world().strikes(|trouble| trouble.silent_before) {
            return Err(Silence);
        }
        let outcomes = {
            let world = &mut *self.shared.world();
            let (trouble, fault) = (world.trouble, world.fault);
            let mut mood = Mood { now: world.clock.now(), chance: &mut world.chance, trouble, fault };
            let outcomes = world.acquirer.execute_all(&operations, &mut mood);
            world.note(|| {
                let pairs = operations.iter().zip(&outcomes);
                let line = |(operation, outcome): (&Operation, &Outcome)| {
                    format!("{:?} {:?}: {:?}", operation.operation_id, operation.action, outcome.status())
                };
                format!("acquirer: {:?}", pairs.map(line).collect::<Vec<_>>())
            });
            outcomes
        };
        step().await;
        if self.shared.world().strikes(|trouble| trouble.silent_after) {
            return Err(Silence);
        }
        Ok(outcomes)
    }
}

fn judge(settled: &Record) -> Said {
    match settled.kind {
        Kind::ReserveDeclined => Said::Refused(Refusal::ApproveDeclined),
        Kind::CaptureDeclined => Said::Refused(Refusal::FundsUnavailable),
        Kind::RefundDeclined => Said::Refused(settled.refusal.clone().unwrap_or(Refusal::RefundDeclined)),
        _ => done(settled),
    }
}
