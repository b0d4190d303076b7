//! The log and the folds in memory. It keeps exactly what PostgreSQL keeps, and refuses exactly what the schema
//! refuses: see `store/log.rs` and `migrations/`.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use kvitt_primitives::{Msn, OperationId, PaymentId, Reference};
use uuid::Uuid;

use super::{
    fault::Fault,
    world::{Shared, step},
};
use crate::{
    domain::{Payment, State},
    engine::{
        Batch, Head, Key,
        log::{Answers, Log, Obstacle, Question},
    },
    store::{Kind, Record},
};

pub(super) type At = (Msn, Reference);

/// The amount of a capture that the log refuses in a poisoned schedule.
pub(super) const POISON: i64 = 13;

#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) part: i16,
    pub(super) pos: i64,
    pub(super) record: Arc<Record>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct TimerRow {
    pub(super) due_at: DateTime<Utc>,
    pub(super) payment_id: PaymentId,
    pub(super) version: i32,
    pub(super) msn: Msn,
    pub(super) reference: Reference,
}

/// What one statement would write.
#[derive(Debug)]
pub(super) struct Append {
    /// Who sends it.
    pub(super) instance: usize,
    pub(super) part: i16,
    pub(super) rows: Vec<Arc<Record>>,
    payments: Vec<Payment>,
    timers: Vec<TimerRow>,
}

impl Append {
    fn of(instance: usize, part: i16, batch: &Batch) -> Self {
        let payments = batch.payments().into_iter().cloned().collect();
        let timers = batch.timers().iter().map(|timer| TimerRow::of(timer.payment, timer.due_at)).collect();
        Self { instance, part, rows: batch.rows().to_vec(), payments, timers }
    }
}

impl TimerRow {
    pub(super) fn of(payment: &Payment, due_at: DateTime<Utc>) -> Self {
        let (msn, reference) = (payment.msn.clone(), payment.reference.clone());
        Self { due_at, payment_id: payment.id, version: payment.version, msn, reference }
    }
}

/// The tables.
#[derive(Debug, Default)]
pub(super) struct Store {
    pub(super) heads: Vec<Head>,
    /// In the order of commits.
    pub(super) rows: Vec<Row>,
    pub(super) payments: BTreeMap<At, Payment>,
    pub(super) timers: BTreeSet<TimerRow>,
    pub(super) cursors: BTreeMap<i16, i64>,
    /// Statements whose connection was lost and which may still be carried out.
    pub(super) late: Vec<Append>,
    /// Whether a capture of [`POISON`] is refused.
    pub(super) poisoned: bool,
}

fn conflict(why: &str) -> Obstacle {
    Obstacle::Conflict(why.into())
}

impl Store {
    /// Divides the log into so many new parts.
    pub(super) fn divide(&mut self, parts: i16) {
        let generation = self.heads.iter().map(|head| head.generation + 1).max().unwrap_or(0);
        let first = self.heads.iter().map(|head| head.part + 1).max().unwrap_or(0);
        for head in &mut self.heads {
            head.closed = true;
        }
        for part in first..first + parts {
            self.heads.push(Head { part, generation, next_pos: 1, closed: false });
            self.cursors.insert(part, 0);
        }
    }

    /// All or nothing.
    pub(super) fn append(&mut self, append: &Append, fault: Option<Fault>) -> Result<i64, Obstacle> {
        let closed_too = fault == Some(Fault::ClosedPartIsWritten);
        let open = |head: &&mut Head| head.part == append.part && (closed_too || !head.closed);
        if self.heads.iter_mut().find(open).is_none() {
            return Err(conflict("the head is missing or closed"));
        }
        for payment in &append.payments {
            self.guard(payment, fault)?;
        }
        for (number, row) in append.rows.iter().enumerate() {
            let before = self.rows.iter().map(|row| &*row.record);
            self.fence(row, before.chain(append.rows[..number].iter().map(|row| &**row)), fault)?;
        }
        for payment in &append.payments {
            if fault != Some(Fault::FoldIsNotWritten) || payment.sums.captured == 0 {
                self.upsert(payment);
            }
        }
        if fault != Some(Fault::TimersAreForgotten) {
            self.timers.extend(append.timers.iter().cloned());
        }
        let head = self.heads.iter_mut().find(|head| head.part == append.part).expect("found above");
        let mut pos = head.next_pos;
        for record in &append.rows {
            self.rows.push(Row { part: append.part, pos, record: Arc::new(stored(record)) });
            pos += 1;
        }
        let reused = i64::from(fault == Some(Fault::PositionsAreReused) && append.rows.len() > 1);
        head.next_pos = pos - reused;
        Ok(head.next_pos)
    }

    /// What `payments` refuses.
    fn guard(&self, payment: &Payment, fault: Option<Fault>) -> Result<(), Obstacle> {
        let at = (payment.msn.clone(), payment.reference.clone());
        let taken = self.payments.get(&at).is_some_and(|other| other.id != payment.id);
        if taken && fault != Some(Fault::ReferenceIsUnguarded) {
            return Err(conflict("the reference belongs to another payment"));
        }
        let (sums, amount) = (payment.sums, payment.amount.minor);
        let negative = [amount, sums.authorized, sums.captured, sums.cancelled, sums.refunded]
            .iter()
            .any(|sum| *sum < 0);
        let terminated = payment.state == State::Terminated
            && (sums.authorized, sums.captured, sums.cancelled) == (0, 0, amount);
        let beyond = sums.captured + sums.cancelled > sums.authorized && !terminated;
        if negative || beyond || sums.refunded > sums.captured {
            return Err(Obstacle::Refused("a constraint of payments".into()));
        }
        Ok(())
    }

    /// What `payment_log` refuses.
    fn fence<'a>(
        &self,
        row: &Record,
        mut before: impl Iterator<Item = &'a Record> + Clone,
        fault: Option<Fault>,
    ) -> Result<(), Obstacle> {
        let same_unit = |other: &Record| other.msn == row.msn;
        let version = |other: &Record| (other.payment_id, other.seq) == (row.payment_id, row.seq);
        if fault != Some(Fault::VersionIsNotUnique)
            && before.clone().any(|other| version(other) && same_unit(other))
        {
            return Err(conflict("payment_log_pkey"));
        }
        let idem = row.key.as_ref().map(|key| key.idem);
        let key = |other: &Record| idem.is_some() && other.key.as_ref().map(|key| key.idem) == idem;
        if fault != Some(Fault::KeyIsNotUnique) && before.any(|other| key(other) && same_unit(other)) {
            return Err(conflict("payment_log_idem"));
        }
        if self.poisoned && row.kind == Kind::Captured && row.amount == POISON && row.key.is_some() {
            return Err(Obstacle::Refused("poison".into()));
        }
        Ok(())
    }

    /// What an update does not name stays.
    fn upsert(&mut self, payment: &Payment) {
        let at = (payment.msn.clone(), payment.reference.clone());
        let row = match self.payments.get(&at) {
            None => payment.clone(),
            Some(old) => Payment {
                id: old.id,
                amount: old.amount,
                created_at: old.created_at,
                expires_at: old.expires_at,
                partial_capture: old.partial_capture,
                customer_phone: old.customer_phone.clone(),
                minimum_age: old.minimum_age,
                capture_days: old.capture_days,
                ..payment.clone()
            },
        };
        self.payments.insert(at, row);
    }

    pub(super) fn row_of_key(&self, msn: &Msn, idem: Uuid) -> Option<&Arc<Record>> {
        let holds = |record: &Record| record.key.as_ref().is_some_and(|key| key.idem == idem);
        self.rows.iter().map(|row| &row.record).find(|record| holds(record) && record.msn == *msn)
    }

    pub(super) fn row(&self, payment_id: PaymentId, seq: i32) -> Option<&Arc<Record>> {
        let found = |record: &&Arc<Record>| (record.payment_id, record.seq) == (payment_id, seq);
        self.rows.iter().map(|row| &row.record).find(found)
    }

    /// As `store::log::find_of_operation`.
    pub(super) fn find_of_operation(
        &self,
        payment_id: PaymentId,
        operation: OperationId,
        kinds: &[Kind],
    ) -> Option<Arc<Record>> {
        let about = |record: &Record| match record.kind {
            Kind::Captured => record.event_id.as_uuid() == operation.as_uuid(),
            _ => record.operation == Some(operation),
        };
        let found = self.rows.iter().map(|row| &row.record).filter(|record| record.payment_id == payment_id);
        found
            .filter(|record| kinds.contains(&record.kind) && about(record))
            .max_by_key(|record| record.seq)
            .cloned()
    }

    /// As `store::clearing::uncleared_captures`.
    pub(super) fn uncleared_captures(&self, payment_id: PaymentId) -> Vec<Arc<Record>> {
        let uncleared = |row: &&Row| {
            row.record.payment_id == payment_id
                && row.record.kind == Kind::Captured
                && row.pos > self.cursors.get(&row.part).copied().unwrap_or(i64::MAX)
        };
        let mut found: Vec<_> =
            self.rows.iter().filter(uncleared).map(|row| Arc::clone(&row.record)).collect();
        found.sort_by_key(|record| record.seq);
        found
    }

    pub(super) fn is_behind(&self) -> bool {
        self.heads.iter().any(|head| self.cursors[&head.part] < head.next_pos - 1)
    }
}

/// What comes back of a row that was stored.
fn stored(record: &Record) -> Record {
    let key = record.key.as_ref().map(|key| Key { shown: None, ..key.clone() });
    let refused = matches!(record.kind, Kind::Refused | Kind::RefundDeclined);
    Record {
        key,
        terms: record.terms.clone().filter(|_| record.kind == Kind::Created),
        reserved: record.reserved.clone().filter(|_| record.kind == Kind::Authorized),
        refusal: record.refusal.clone().filter(|_| refused),
        reservation: None,
        ..record.clone()
    }
}

/// One part of the log, as one instance reaches it.
#[derive(Debug)]
pub(super) struct MemoryLog {
    pub(super) instance: usize,
    pub(super) part: i16,
    pub(super) shared: Shared,
}

impl MemoryLog {
    /// Whether the connection fails before anything happens.
    fn trouble(&self) -> Result<(), Obstacle> {
        let mut world = self.shared.world();
        if world.strikes(|trouble| trouble.away) {
            return Err(Obstacle::Away("away".into()));
        }
        if world.strikes(|trouble| trouble.lost_before) {
            return Err(Obstacle::Lost("before".into()));
        }
        Ok(())
    }
}

impl Log for MemoryLog {
    async fn read(&self, question: &Question) -> Result<Answers, Obstacle> {
        step().await;
        self.trouble()?;
        let records = {
            let world = self.shared.world();
            let found = question.keys.iter().filter_map(|(msn, idem)| world.store.row_of_key(msn, *idem));
            found.map(|record| Record::clone(record)).collect()
        };
        step().await;
        let world = self.shared.world();
        let payments =
            question.payments.iter().filter_map(|at| world.store.payments.get(at)).cloned().collect();
        Ok(Answers { records, payments })
    }

    async fn append(&self, batch: &Batch) -> Result<i64, Obstacle> {
        step().await;
        self.trouble()?;
        let append = Append::of(self.instance, self.part, batch);
        let next = {
            let mut world = self.shared.world();
            if world.fault == Some(Fault::AnswerComesFirst) {
                let next = i64::try_from(append.rows.len()).expect("few") + 1;
                world.store.late.push(append);
                return Ok(next);
            }
            if world.strikes(|trouble| trouble.lost_late) {
                world.store.late.push(append);
                return Err(Obstacle::Lost("on its way".into()));
            }
            world.commit(&append)?
        };
        step().await;
        if self.shared.world().strikes(|trouble| trouble.lost_after) {
            return Err(Obstacle::Lost("after".into()));
        }
        Ok(next)
    }

    async fn is_closed(&self) -> Result<bool, Obstacle> {
        step().await;
        self.trouble()?;
        let world = self.shared.world();
        Ok(world.store.heads.iter().any(|head| head.part == self.part && head.closed))
    }

    async fn pause(&self, _: std::time::Duration) {
        step().await;
    }
}
