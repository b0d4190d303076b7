//! Every payment, in the order of the log's key, each folded and compared.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use kvitt_primitives::{EventId, OperationId, PaymentId};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    Action, Demand, Expected, Finding, Page, Part, Wrong, division,
    fold::{Fold, awaited_capture, differences, reserved},
    timers::Timers,
};
use crate::{
    domain::{LONGEST_LOOK, Payment, PendingKind},
    engine::Parts,
    store::{
        self, Kind, Record,
        audit::{LogRow, Stored},
    },
};

/// By how much the clock of whoever looked last may be ahead of the audit's.
const CLOCKS_APART: TimeDelta = TimeDelta::minutes(1);

/// Walks the log payment by payment.
#[derive(Debug)]
pub(super) struct Walk {
    parts: Vec<Part>,
    division: Parts,
    timers: Timers,
    now: DateTime<Utc>,
    after: (Uuid, i32, String),
    /// The payment whose rows are being read; a page may end within it.
    open: Option<Open>,
}

/// A payment of which some rows have been read.
#[derive(Debug)]
struct Open {
    payment_id: PaymentId,
    msn: String,
    reference: String,
    stored: Option<Stored>,
    /// When the first of its timers is due.
    timer: Option<DateTime<Utc>>,
    fold: Fold,
    rows: u64,
    next_seq: i32,
    last: Option<(i16, i64)>,
}

impl Walk {
    pub(super) fn new(parts: Vec<Part>, now: DateTime<Utc>) -> Self {
        let division = division(&parts);
        let after = (Uuid::nil(), i32::MIN, String::new());
        Self { parts, division, timers: Timers::default(), now, after, open: None }
    }

    pub(super) async fn next(&mut self, connection: &mut PgConnection) -> Result<Option<Page>, sqlx::Error> {
        let rows = store::audit::log(connection, &self.after).await?;
        let mut page = Page { events: rows.len() as u64, ..Page::default() };
        let Some(last) = rows.last() else {
            let Some(open) = self.open.take() else { return Ok(None) };
            self.close(&open, &mut page);
            return Ok(Some(page));
        };
        self.after = (last.payment_id.as_uuid(), last.seq, last.msn.clone());
        let mut keys: Vec<_> = rows.iter().map(|row| (row.msn.clone(), row.reference.clone())).collect();
        keys.dedup();
        let mut stored = store::audit::stored(connection, keys).await?;
        let on_page: BTreeSet<_> = rows.iter().map(|row| row.payment_id.as_uuid()).collect();
        let mut timers = self.timers.of(connection, &on_page).await?;
        for row in &rows {
            let open = match self.open.take() {
                Some(open) if open.payment_id == row.payment_id => open,
                before => {
                    if let Some(before) = before {
                        self.close(&before, &mut page);
                    }
                    let key = (row.msn.clone(), row.reference.clone());
                    let mine = stored.get(&key).is_some_and(|found| found.payment_id == row.payment_id);
                    let stored = mine.then(|| stored.remove(&key)).flatten();
                    let timer = timers.remove(&(row.payment_id.as_uuid(), key.0, key.1));
                    Open { stored, timer, ..Open::new(row) }
                }
            };
            self.open = Some(self.take(open, row, &mut page));
        }
        Ok(Some(page))
    }

    fn take(&self, mut open: Open, row: &LogRow, page: &mut Page) -> Open {
        if let Err(wrong) = self.place(&mut open, row) {
            page.findings.push(open.finding(wrong));
        }
        if row.seq != open.next_seq {
            page.findings.push(open.finding(Wrong::Hole { expected: open.next_seq, found: row.seq }));
            open.fold = Fold::Broken;
        }
        open.next_seq = row.seq.saturating_add(1);
        open.rows += 1;
        match &row.record {
            Err(error) => {
                let why = error.to_string();
                page.findings.push(open.finding(Wrong::Unreadable { seq: row.seq, why }));
                open.fold = Fold::Broken;
            }
            Ok(record) => {
                let stored = open.stored.as_ref().and_then(|stored| stored.payment.as_ref().ok());
                let awaited = match &open.fold {
                    Fold::Payment(payment) => awaited_capture(payment, record).is_some(),
                    Fold::Empty | Fold::Refused | Fold::Broken => false,
                };
                let card = record.reserved.clone().or_else(|| stored.and_then(reserved));
                if let Err(wrong) = open.fold.take(record, stored) {
                    page.findings.push(open.finding(wrong));
                }
                page.expected.extend(self.settled(row, record).map(|expected| Expected {
                    card_bin: card.filter(|_| record.kind == Kind::Authorized).map(|card| card.card_bin),
                    // A capture that the acquirer was asked for first was decided when it was asked.
                    decided_at: expected.decided_at.filter(|_| !awaited),
                    demand: if awaited { Demand::Done } else { expected.demand },
                    ..expected
                }));
            }
        }
        open
    }

    /// Whether the row stands where it belongs: in its payment, in its unit's part, behind the row before it.
    fn place(&self, open: &mut Open, row: &LogRow) -> Result<(), Wrong> {
        let before = open.last.replace((row.part, row.pos));
        if (&row.msn, &row.reference) != (&open.msn, &open.reference) {
            let (msn, reference) = (row.msn.clone(), row.reference.clone());
            return Err(Wrong::Elsewhere { seq: row.seq, msn, reference });
        }
        // Rows from before the number of parts was grown stay in the parts of then.
        let generation = self.division.head(row.part).map(|head| head.generation);
        let belongs = row.msn.parse().ok().zip(generation).and_then(|(msn, at)| self.division.of(&msn, at));
        if belongs != Some(row.part) {
            return Err(Wrong::WrongPart { seq: row.seq, found: row.part });
        }
        // Parts of a later generation have higher numbers.
        match before {
            Some(before) if before >= (row.part, row.pos) => {
                Err(Wrong::OutOfOrder { seq: row.seq, pos: row.pos })
            }
            Some(_) | None => Ok(()),
        }
    }

    /// What the row says the acquirer has done, or will have done once it is cleared.
    fn settled(&self, row: &LogRow, record: &Record) -> Option<Expected> {
        let cleared = self.parts.iter().find(|part| part.head.part == row.part).and_then(|part| part.cleared);
        let cleared =
            if cleared.is_some_and(|cleared| row.pos <= cleared) { Demand::Done } else { Demand::UnderWay };
        let of_event = |event_id: EventId| Some(OperationId::from_uuid(event_id.as_uuid()));
        let (action, demand, operation_id) = match record.kind {
            Kind::Captured => (Action::Capture, cleared, of_event(record.event_id)),
            Kind::Cancelled => (Action::Release, cleared, of_event(record.event_id)),
            Kind::Authorized => (Action::Reserve, Demand::Done, record.operation),
            Kind::ReserveDeclined => (Action::Reserve, Demand::Declined, record.operation),
            Kind::CaptureDeclined => (Action::Capture, Demand::Declined, record.operation),
            Kind::Refunded => (Action::Refund, Demand::Done, record.operation),
            Kind::RefundDeclined => (Action::Refund, Demand::Declined, record.operation),
            Kind::Created
            | Kind::Aborted
            | Kind::Expired
            | Kind::Terminated
            | Kind::Refused
            | Kind::ReserveRequested
            | Kind::CaptureRequested
            | Kind::RefundRequested => return None,
        };
        let decided_here = matches!(record.kind, Kind::Captured | Kind::Cancelled);
        Some(Expected {
            msn: row.msn.clone(),
            reference: row.reference.clone(),
            payment_id: row.payment_id,
            operation_id: operation_id?,
            action,
            demand,
            currency: record.payment_amount.currency.code().to_owned(),
            amount_minor: record.amount,
            reservation_id: record.operation.filter(|_| decided_here),
            decided_at: decided_here.then_some(record.at),
            card_bin: None,
        })
    }

    /// All rows of a payment have been read.
    fn close(&self, open: &Open, page: &mut Page) {
        page.payments += u64::from(open.stored.is_some());
        let findings = match (&open.fold, &open.stored) {
            (Fold::Refused, None) => Vec::new(),
            (_, None) => vec![Wrong::NoPayment { rows: open.rows }],
            (Fold::Refused | Fold::Empty, Some(_)) => vec![Wrong::NoLog],
            (Fold::Broken, Some(stored)) => {
                stored.payment.as_ref().err().map(unreadable).into_iter().collect()
            }
            (Fold::Payment(folded), Some(stored)) => {
                page.expected.extend(pending(open, folded));
                self.compare(open, folded, stored)
            }
        };
        page.findings.extend(findings.into_iter().map(|wrong| open.finding(wrong)));
    }

    fn compare(&self, open: &Open, folded: &Payment, stored: &Stored) -> Vec<Wrong> {
        let mut found = match &stored.payment {
            Ok(payment) => differences(payment, folded),
            Err(error) => vec![unreadable(error)],
        };
        let soon = self.now + LONGEST_LOOK + CLOCKS_APART;
        if let Some(wanted) = folded.next_due_at()
            && open.timer.is_none_or(|due_at| due_at > wanted.max(soon))
        {
            found.push(Wrong::Timer { stored: open.timer, wanted });
        }
        if let Some(pending) = folded.pending.filter(|pending| pending.due_at <= self.now) {
            found.push(Wrong::Overdue { operation: pending.operation, due_at: pending.due_at });
        }
        found
    }
}

impl Open {
    fn new(row: &LogRow) -> Self {
        Self {
            payment_id: row.payment_id,
            msn: row.msn.clone(),
            reference: row.reference.clone(),
            stored: None,
            timer: None,
            fold: Fold::Empty,
            rows: 0,
            next_seq: 1,
            last: None,
        }
    }

    fn finding(&self, wrong: Wrong) -> Finding {
        let (msn, reference) = (self.msn.clone(), self.reference.clone());
        Finding::Payment { msn, reference, payment_id: self.payment_id, wrong }
    }
}

fn unreadable(error: &sqlx::Error) -> Wrong {
    Wrong::UnreadableRow { why: error.to_string() }
}

/// What the payment waits for. The acquirer may have done it, declined it, or never heard of it.
fn pending(open: &Open, folded: &Payment) -> Option<Expected> {
    let pending = folded.pending?;
    let (action, reservation_id) = match pending.kind {
        PendingKind::Reserve { .. } => (Action::Reserve, None),
        PendingKind::Capture => (Action::Capture, folded.reservation),
        PendingKind::Refund => (Action::Refund, folded.reservation),
    };
    Some(Expected {
        msn: open.msn.clone(),
        reference: open.reference.clone(),
        payment_id: open.payment_id,
        operation_id: pending.operation,
        action,
        demand: Demand::UnderWay,
        currency: folded.amount.currency.code().to_owned(),
        amount_minor: pending.amount,
        reservation_id,
        decided_at: None,
        card_bin: None,
    })
}
