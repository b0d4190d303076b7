//! A batch in memory: commands are decided in order of arrival, later ones seeing earlier ones' effect. Pure.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use kvitt_primitives::{Msn, Reference};
use uuid::Uuid;

use super::{
    Answer, Submission,
    log::{Answers, Question},
};
use crate::{
    domain::{Command, Event, Payment, Refusal, consequence, decide},
    store::{Kind, Record, Timer},
};

type At = (Msn, Reference);

/// What was read or remembered, what has been decided on it, and so what is to be written.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    payments: HashMap<At, Payment>,
    records: HashMap<(Msn, Uuid), Arc<Record>>,
    /// What has been read for this batch, there or not; everything else is remembered or taken as absent.
    confirmed: HashSet<At>,
    confirmed_keys: HashSet<(Msn, Uuid)>,
    /// Payments that changed, with the due instant they had before.
    changed: BTreeMap<At, Option<DateTime<Utc>>>,
    rows: Vec<Arc<Record>>,
}

/// An answer, and whether it rests on nothing but what was read or is being written.
#[derive(Debug)]
pub(super) struct Decided {
    pub(super) answer: Answer,
    pub(super) sure: bool,
}

impl Batch {
    /// Takes a payment as the lane remembers it.
    pub(super) fn recall(&mut self, payment: Payment) {
        self.payments.insert((payment.msn.clone(), payment.reference.clone()), payment);
    }

    /// Takes what has been read: payments and rows for all that was asked for, or the knowledge that there are none.
    pub(super) fn confirm(&mut self, asked: &Question, found: Answers) {
        for at in &asked.payments {
            self.payments.remove(at);
        }
        self.confirmed.extend(asked.payments.iter().cloned());
        self.confirmed_keys.extend(asked.keys.iter().cloned());
        for payment in found.payments {
            self.recall(payment);
        }
        for record in found.records {
            if let Some(key) = &record.key {
                self.records.insert((record.msn.clone(), key.idem), Arc::new(record));
            }
        }
    }

    /// Decides one command and takes its effect into the batch. An accepted command is sure, because the log fences it;
    /// a refusal or a repeated answer is sure only when what it rests on has been read.
    pub(super) fn decide(&mut self, submission: &Submission, now: DateTime<Utc>) -> Decided {
        let at = (submission.msn.clone(), submission.reference.clone());
        if let Some(answer) = self.replay(submission) {
            return Decided { answer, sure: true };
        }
        let known_key = submission
            .key
            .as_ref()
            .is_none_or(|key| self.confirmed_keys.contains(&(submission.msn.clone(), key.idem)));
        let known = known_key && self.confirmed.contains(&at);
        match decide(self.payments.get(&at), &submission.command, now) {
            Ok(Some(event)) => {
                Decided { answer: Answer::Done(self.take(submission, at, &event, now)), sure: true }
            }
            Ok(None) => {
                let payment = self.payments.get(&at).expect("only a payment has nothing to do").clone();
                Decided { answer: Answer::Nothing(Box::new(payment)), sure: known }
            }
            Err(refusal) => {
                self.remember(submission, &at, &refusal, now);
                Decided { answer: Answer::Refused(refusal), sure: known }
            }
        }
    }

    /// The rows to append, in order.
    pub(crate) fn rows(&self) -> &[Arc<Record>] {
        &self.rows
    }

    /// The payments to write, each once, as they stand after the batch.
    pub(crate) fn payments(&self) -> Vec<&Payment> {
        self.changed.keys().filter_map(|at| self.payments.get(at)).collect()
    }

    /// The timers to add: where a payment wants to be looked at earlier than before.
    pub(crate) fn timers(&self) -> Vec<Timer<'_>> {
        let timer = |(at, before): (&At, &Option<DateTime<Utc>>)| {
            let payment = self.payments.get(at)?;
            let due_at = payment.next_due_at()?;
            before.is_none_or(|before| due_at < before).then_some(Timer { payment, due_at })
        };
        self.changed.iter().filter_map(timer).collect()
    }

    /// A row found under the key was read, or stands before this command in the same batch.
    fn replay(&self, submission: &Submission) -> Option<Answer> {
        let key = submission.key.as_ref()?;
        let record = self.records.get(&(submission.msn.clone(), key.idem))?;
        Some(if record.key.as_ref().is_none_or(|first| first.request != key.request) {
            Answer::KeyConflict
        } else if let Some(refusal) = record.refusal.as_ref().filter(|_| record.kind == Kind::Refused) {
            Answer::Refused(refusal.clone())
        } else {
            Answer::Replayed(Arc::clone(record))
        })
    }

    fn take(&mut self, submission: &Submission, at: At, event: &Event, now: DateTime<Utc>) -> Arc<Record> {
        let before = self.payments.get(&at).and_then(Payment::next_due_at);
        self.changed.entry(at.clone()).or_insert(before);
        let payment = if let Event::Created(terms) = event {
            self.payments.entry(at).insert_entry(Payment::create(terms)).into_mut()
        } else {
            let payment = self.payments.get_mut(&at).expect("only a create makes a payment");
            payment.apply(event, now);
            payment
        };
        let record = Record::of_event(payment, event, submission, now);
        let follows = consequence(payment, event, now).map(|next| {
            payment.apply(&next, now);
            Record::of_event(payment, &next, &submission.consequence(), now)
        });
        let record = self.append(record);
        if let Some(next) = follows {
            self.append(next);
        }
        record
    }

    /// A refusal under a key takes the next version and changes no sum. A refused create has no payment.
    fn remember(&mut self, submission: &Submission, at: &At, refusal: &Refusal, now: DateTime<Utc>) {
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

    fn append(&mut self, record: Record) -> Arc<Record> {
        debug_assert!(record.seq > 0 && record.kind != Kind::Created || record.seq == 1);
        let record = Arc::new(record);
        if let Some(key) = &record.key {
            self.records.insert((record.msn.clone(), key.idem), Arc::clone(&record));
        }
        self.rows.push(Arc::clone(&record));
        record
    }
}
