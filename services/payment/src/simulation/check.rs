//! What must hold: after every commit, after every answer, after every step, and at the end.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use kvitt_primitives::PaymentId;

use super::{
    acquirer::{Hold, Purses},
    journal::{Said, Wish},
    log::Row,
    model::Model,
    world::World,
};
use crate::{
    audit::fold::{Fold, differences},
    domain::{LONGEST_LOOK, Payment, State},
    store::{
        Kind, Record,
        log::{OUTCOMES, REQUESTS},
    },
};

/// What is known from the rows so far.
#[derive(Debug, Default)]
pub(super) struct Checks {
    folds: BTreeMap<PaymentId, Fold>,
    models: BTreeMap<PaymentId, Model>,
}

impl World {
    /// The rows that a statement has just written, and the folds beside them.
    pub(super) fn check_rows(&mut self, from: usize) {
        let rows: Vec<Row> = self.store.rows[from..].to_vec();
        for row in &rows {
            let checked = self.check_row(row);
            self.expect(
                checked.map_err(|why| format!("row {}.{}: {why}", row.record.reference, row.record.seq)),
            );
        }
        for row in &rows {
            let checked = self.check_fold(&row.record);
            self.expect(checked);
        }
    }

    fn check_row(&mut self, row: &Row) -> Result<(), String> {
        let record = &*row.record;
        self.count(name(record.kind));
        if record.kind == Kind::Authorized && record.amount > record.payment_amount.minor {
            self.count("authorized with shipping");
        }
        if record.kind == Kind::Captured && record.shown.is_none() {
            self.count("captured directly");
        }
        let rows = || self.store.rows.iter();
        let before = rows().filter(|other| other.part == row.part && other.pos < row.pos).count();
        let same_place = |other: &&Row| (other.part, other.pos) == (row.part, row.pos);
        if i64::try_from(before + 1) != Ok(row.pos) || rows().filter(same_place).count() != 1 {
            return Err(format!("position {} of part {} is not the next", row.pos, row.part));
        }
        let of_payment =
            |other: &&Row| other.record.payment_id == record.payment_id && other.record.seq < record.seq;
        let last = rows().filter(of_payment).max_by_key(|other| other.record.seq);
        let version =
            |other: &&Row| (other.record.payment_id, other.record.seq) == (record.payment_id, record.seq);
        if last.map_or(1, |last| last.record.seq + 1) != record.seq || rows().filter(version).count() != 1 {
            return Err("it is not the next version".to_owned());
        }
        if last.is_some_and(|last| last.part > row.part || last.record.at > record.at) {
            return Err("it stands behind a later one".to_owned());
        }
        let idem = |record: &Record| record.key.as_ref().map(|key| key.idem);
        let same_key = |other: &&Row| other.record.msn == record.msn && idem(&other.record) == idem(record);
        if record.key.is_some() && rows().filter(same_key).count() != 1 {
            return Err("a key has two effects".to_owned());
        }
        let stored = self.store.payments.get(&(record.msn.clone(), record.reference.clone()));
        let stored = stored.filter(|stored| stored.id == record.payment_id);
        let fold = self.checks.folds.entry(record.payment_id).or_default();
        fold.take(record, stored).map_err(|wrong| wrong.to_string())?;
        self.check_model(record)
    }

    fn check_model(&mut self, record: &Record) -> Result<(), String> {
        let wish = record.key.as_ref().and_then(|key| self.wish_of(&record.msn, key)).cloned();
        if record.seq == 1 {
            return self.check_create(record, wish.as_ref());
        }
        let model = self.checks.models.get_mut(&record.payment_id).ok_or("there is no such payment")?;
        model.take(record, wish.as_ref(), &self.acquirer)
    }

    fn check_create(&mut self, record: &Record, wish: Option<&Wish>) -> Result<(), String> {
        let unit = self.unit(&record.msn).clone();
        let Some(Wish::Create { minor }) = wish else { return Err("nobody asked for it".to_owned()) };
        let at = (record.msn.clone(), record.reference.clone());
        let taken = self.store.rows.iter().any(|row| {
            row.record.kind == Kind::Created
                && row.record.payment_id != record.payment_id
                && (&row.record.msn, &row.record.reference) == (&at.0, &at.1)
        });
        let allowed = !taken && *minor >= unit.currency.minimum_minor();
        match record.kind {
            Kind::Created if allowed && record.amount == *minor => {
                self.checks.models.insert(record.payment_id, Model::new(unit, record));
                Ok(())
            }
            Kind::Refused if !allowed => Ok(()),
            _ => Err(format!("{:?}, although it should not be", record.kind)),
        }
    }

    fn check_fold(&self, record: &Record) -> Result<(), String> {
        let at = (record.msn.clone(), record.reference.clone());
        match (self.checks.folds.get(&record.payment_id), self.store.payments.get(&at)) {
            (Some(Fold::Payment(folded)), Some(stored)) if **folded == *stored => Ok(()),
            (Some(Fold::Payment(folded)), Some(stored)) => Err(format!("{:?}", differences(stored, folded))),
            (Some(Fold::Refused), _) => Ok(()),
            _ => Err(format!("no fold of {}", record.reference)),
        }
    }

    /// An answer on its way to its caller. `before` is what that one knew when asking.
    pub(super) fn check_answer(&mut self, number: usize, before: Option<&Said>, said: &Said) {
        let checked = self.judge_answer(number, before, said);
        self.expect(checked.map_err(|why| format!("answer {said:?} to intent {number}: {why}")));
        if said.is_final() && self.intents[number].key.is_some() {
            self.intents[number].said.get_or_insert(said.clone());
        }
    }

    fn judge_answer(&self, number: usize, before: Option<&Said>, said: &Said) -> Result<(), String> {
        let intent = &self.intents[number];
        let known = if said.is_final() { intent.said.as_ref() } else { before };
        if *said != Said::Silence && known.is_some_and(|known| known != said) {
            return Err(format!("but it was {known:?}"));
        }
        let Some(key) = &intent.key else {
            let Said::Done { payment_id, seq } = said else { return Ok(()) };
            let row = self.store.row(*payment_id, *seq).ok_or("it is not in the log")?;
            return if row.kind == Kind::Aborted { Ok(()) } else { Err(format!("it is {:?}", row.kind)) };
        };
        let row = self.store.row_of_key(&intent.at.0, key.idem);
        let mine = row.filter(|row| row.key.as_ref().is_some_and(|own| own.request == key.request));
        // How it ended, if the acquirer had to be asked.
        let outcome = mine
            .filter(|row| REQUESTS.contains(&row.kind))
            .and_then(|row| self.store.find_of_operation(row.payment_id, row.operation?, &OUTCOMES));
        let holds = match said {
            Said::Silence | Said::Nothing => true,
            Said::KeyConflict => row.is_some() && mine.is_none(),
            Said::Refused(refusal) if refusal.is_remembered() => {
                let declined = |row: &Record| {
                    [Kind::ReserveDeclined, Kind::CaptureDeclined, Kind::RefundDeclined].contains(&row.kind)
                };
                mine.is_some_and(|row| row.refusal.as_ref() == Some(refusal))
                    || outcome.is_some_and(|row| declined(&row))
            }
            Said::Refused(_) => true,
            Said::Done { payment_id, seq } => {
                let end = outcome.as_ref().or(mine);
                end.is_some_and(|row| {
                    (row.payment_id, row.seq) == (*payment_id, *seq) && row.kind != Kind::Refused
                })
            }
        };
        if holds { Ok(()) } else { Err(format!("but the log says {row:?}, {mine:?}")) }
    }

    /// Between any two steps: whatever a payment waits for, somebody will look at it in time.
    pub(super) fn check_step(&mut self) {
        let now = self.now();
        let forgotten = self.store.payments.values().find(|payment| {
            let looks = self
                .store
                .timers
                .iter()
                .filter(|timer| timer.payment_id == payment.id)
                .map(|timer| timer.due_at);
            let in_time = |wanted: DateTime<Utc>| {
                looks.clone().min().is_some_and(|at| at <= wanted.max(now + LONGEST_LOOK))
            };
            !payment.next_due_at().is_none_or(in_time)
        });
        let forgotten = forgotten.map(|payment| format!("nobody will look at {payment:?} in time"));
        self.wrong = self.wrong.take().or(forgotten).or_else(|| self.acquirer.wrong.take());
    }

    /// When all is quiet both sides agree, and nobody waits for anything.
    pub(super) fn check_quiet(&mut self) {
        let checked = self.judge_quiet();
        self.expect(checked);
    }

    fn judge_quiet(&self) -> Result<(), String> {
        for payment in self.store.payments.values() {
            if payment.pending.is_some() {
                return Err(format!("for ever pending: {payment:?}"));
            }
            let (hold, platform) = (self.held_for(payment), of_payment(payment));
            if hold != platform {
                let (here, there) = (platform, hold);
                return Err(format!("money differs, here {here:?}, at the acquirer {there:?}: {payment:?}"));
            }
        }
        let instructed = self.store.rows.iter().map(|row| &*row.record);
        let mut instructions = instructed.filter(|row| matches!(row.kind, Kind::Captured | Kind::Cancelled));
        let executed = |row: &Record| self.acquirer.executed.get(&row.event_id.to_string());
        if let Some(row) = instructions.find(|row| !executed(row).is_some_and(|executed| executed.is_done()))
        {
            return Err(format!("never cleared: {row:?}"));
        }
        let captured: i64 = self.store.payments.values().map(|payment| payment.sums.refundable()).sum();
        let Purses { payers, held, shops } = self.acquirer.purses;
        if (shops, payers + held + shops) != (captured, 0) {
            return Err(format!("the shops should have {captured}: {:?}", self.acquirer.purses));
        }
        Ok(())
    }

    /// What the acquirer holds for it: reserved, captured, released, refunded.
    fn held_for(&self, payment: &Payment) -> Vec<[i64; 4]> {
        let id = payment.id.to_string();
        let holds = self.acquirer.holds.values().filter(|hold| hold.payment_id == id);
        let sums = |hold: &Hold| [hold.reserved, hold.captured, hold.released, hold.refunded];
        holds.map(sums).collect()
    }

    /// After the last deadline nothing is left to be done.
    pub(super) fn check_end(&mut self) {
        let unfinished = self.store.payments.values().find(|payment| {
            payment.state == State::Created
                || payment.sums.capturable() > 0
                || payment.next_due_at().is_some()
        });
        let unfinished = unfinished.map(|payment| format!("never ended: {payment:?}"));
        let held =
            (self.acquirer.purses.held != 0).then(|| format!("still held: {:?}", self.acquirer.purses));
        self.wrong = self.wrong.take().or(unfinished).or(held);
    }
}

/// The reservations that a payment should have: one, once it is authorized.
fn of_payment(payment: &Payment) -> Vec<[i64; 4]> {
    let sums = payment.sums;
    let held = [sums.authorized, sums.captured, sums.cancelled, sums.refunded];
    if payment.state == State::Authorized { vec![held] } else { Vec::new() }
}

fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Created => "created",
        Kind::Aborted => "aborted",
        Kind::Expired => "expired",
        Kind::Cancelled => "cancelled",
        Kind::Captured => "captured",
        Kind::Refunded => "refunded",
        Kind::Authorized => "authorized",
        Kind::Terminated => "terminated",
        Kind::ReserveDeclined => "reserve declined",
        Kind::RefundDeclined => "refund declined",
        Kind::Refused => "refused",
        Kind::ReserveRequested => "reserve requested",
        Kind::RefundRequested => "refund requested",
        Kind::CaptureRequested => "capture requested",
        Kind::CaptureDeclined => "capture declined",
    }
}
