//! A batch in memory: commands are decided in order of arrival, later ones seeing earlier ones' effect. Pure.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use kvitt_primitives::{Msn, Reference};
use uuid::Uuid;

use super::{Answer, Submission};
use crate::{
    domain::{Command, Event, Payment, Refusal, decide},
    store::{Kind, Record, TimerChange},
};

/// What was read, what has been decided on it, and so what is to be written.
#[derive(Debug, Default)]
pub(super) struct Batch {
    payments: HashMap<(Msn, Reference), Payment>,
    records: HashMap<(Msn, Uuid), Record>,
    /// Payments that changed, with the due instant they had before.
    changed: BTreeMap<(Msn, Reference), Option<DateTime<Utc>>>,
    rows: Vec<Record>,
}

impl Batch {
    pub(super) fn new(payments: Vec<Payment>, records: Vec<Record>) -> Self {
        let payments = payments.into_iter().map(|p| ((p.msn.clone(), p.reference.clone()), p)).collect();
        let records =
            records.into_iter().filter_map(|r| Some(((r.msn.clone(), r.key.as_ref()?.idem), r))).collect();
        Self { payments, records, ..Self::default() }
    }

    /// Decides one command and takes its effect into the batch.
    pub(super) fn decide(&mut self, submission: &Submission, now: DateTime<Utc>) -> Answer {
        if let Some(answer) = self.replay(submission) {
            return answer;
        }
        let at = (submission.msn.clone(), submission.reference.clone());
        match decide(self.payments.get(&at), &submission.command, now) {
            Ok(Some(event)) => Answer::Done(Box::new(self.take(submission, at, &event, now))),
            Ok(None) => Answer::Nothing(Box::new(
                self.payments.get(&at).expect("only a payment has nothing to do").clone(),
            )),
            Err(refusal) => {
                self.remember(submission, &at, &refusal, now);
                Answer::Refused(refusal)
            }
        }
    }

    /// The rows to append, in order.
    pub(super) fn rows(&self) -> &[Record] {
        &self.rows
    }

    /// The payments to write, each once, as they stand after the batch.
    pub(super) fn payments(&self) -> Vec<&Payment> {
        self.changed.keys().filter_map(|at| self.payments.get(at)).collect()
    }

    /// The timers to set and to drop.
    pub(super) fn timers(&self) -> Vec<TimerChange<'_>> {
        self.changed
            .iter()
            .filter_map(|(at, before)| {
                let payment = self.payments.get(at)?;
                let due_at = payment.next_due_at();
                (due_at != *before).then_some(TimerChange { payment, due_at })
            })
            .collect()
    }

    fn replay(&self, submission: &Submission) -> Option<Answer> {
        let key = submission.key.as_ref()?;
        let record = self.records.get(&(submission.msn.clone(), key.idem))?;
        Some(if record.key.as_ref().is_none_or(|first| first.request != key.request) {
            Answer::KeyConflict
        } else if let Some(refusal) = &record.refusal {
            Answer::Refused(refusal.clone())
        } else {
            Answer::Replayed(Box::new(record.clone()))
        })
    }

    fn take(
        &mut self,
        submission: &Submission,
        at: (Msn, Reference),
        event: &Event,
        now: DateTime<Utc>,
    ) -> Record {
        let before = self.payments.get(&at).and_then(Payment::next_due_at);
        self.changed.entry(at.clone()).or_insert(before);
        let payment = if let Event::Created(terms) = event {
            self.payments.entry(at).insert_entry(Payment::create(terms)).into_mut()
        } else {
            let payment = self.payments.get_mut(&at).expect("only a create makes a payment");
            payment.apply(event);
            payment
        };
        let record = Record::of_event(payment, event, submission, now);
        self.append(record.clone());
        record
    }

    /// A refusal under a key takes the next version and changes no sum. A refused create has no payment.
    fn remember(
        &mut self,
        submission: &Submission,
        at: &(Msn, Reference),
        refusal: &Refusal,
        now: DateTime<Utc>,
    ) {
        let Some(key) = submission.key.clone().filter(|_| refusal.is_remembered()) else { return };
        let record = if let Command::Create(create) = &submission.command {
            Record::of_refused_create(create, refusal.clone(), key, now)
        } else {
            let Some(payment) = self.payments.get_mut(at) else { return };
            let before = payment.next_due_at();
            payment.apply_refusal();
            self.changed.entry(at.clone()).or_insert(before);
            Record::of_refusal(payment, refusal.clone(), submission.event_id, key, now)
        };
        self.append(record);
    }

    fn append(&mut self, record: Record) {
        if let Some(key) = &record.key {
            self.records.insert((record.msn.clone(), key.idem), record.clone());
        }
        debug_assert!(record.seq > 0 && record.kind != Kind::Created || record.seq == 1);
        self.rows.push(record);
    }
}
