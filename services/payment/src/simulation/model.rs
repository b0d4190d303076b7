//! A second, smaller idea of a payment, written apart from `domain`: what may be done with it when. Every row of the
//! log is held against it, what was done and what was refused.

use chrono::{DateTime, TimeDelta, Utc};
use kvitt_primitives::OperationId;

use super::{acquirer::Acquirer, journal::Wish, world::Unit};
use crate::{
    domain::Agreed,
    store::{Kind, Record},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    Reserve,
    Capture,
    Refund,
}

/// What is held, and its deadlines.
#[derive(Debug, Clone, Copy)]
struct Held {
    amount: i64,
    guarantee: DateTime<Utc>,
    deadline: DateTime<Utc>,
}

#[derive(Debug)]
pub(super) struct Model {
    unit: Unit,
    amount: i64,
    expires_at: DateTime<Utc>,
    ended: bool,
    held: Option<Held>,
    asked: Option<(Asked, OperationId, i64)>,
    /// What the payer said when a reservation was asked for.
    agreed: Agreed,
    /// Everything must be captured in the next row.
    takes: bool,
    captured: i64,
    released: i64,
    refunded: i64,
    last_capture: DateTime<Utc>,
}

fn must(holds: bool, rule: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(rule.to_owned()) }
}

impl Model {
    pub(super) fn new(unit: Unit, created: &Record) -> Self {
        Self {
            unit,
            amount: created.amount,
            expires_at: created.at + TimeDelta::minutes(10),
            ended: false,
            held: None,
            asked: None,
            agreed: Agreed::default(),
            takes: false,
            captured: 0,
            released: 0,
            refunded: 0,
            last_capture: DateTime::<Utc>::MIN_UTC,
        }
    }

    fn left(&self) -> i64 {
        self.held.map_or(0, |held| held.amount) - self.captured - self.released
    }

    fn waits(&self) -> bool {
        !self.ended && self.held.is_none() && self.asked.is_none()
    }

    /// Whether somebody may have this done now.
    fn permits(&self, wish: &Wish, at: DateTime<Utc>) -> bool {
        let waits = self.waits() && at < self.expires_at;
        let capturable = self.asked.is_none() && self.held.is_some_and(|held| at < held.deadline);
        match wish {
            Wish::Create { .. } => false,
            Wish::Approve { .. } | Wish::Reject => waits,
            Wish::Cancel { transaction_only } => waits || capturable && self.left() > 0 && !transaction_only,
            Wish::Capture(minor) => {
                let whole = *minor == self.left();
                capturable && (1..=self.left()).contains(minor) && (whole || self.unit.partial_capture)
            }
            Wish::Refund(minor) => {
                self.asked.is_none()
                    && (1..=self.captured - self.refunded).contains(minor)
                    && at < self.last_capture + TimeDelta::days(365)
            }
        }
    }

    /// Takes the next row, unless it may not follow. `wish` is what somebody asked for under the row's key.
    pub(super) fn take(
        &mut self,
        row: &Record,
        wish: Option<&Wish>,
        acquirer: &Acquirer,
    ) -> Result<(), String> {
        let wished = wish.is_some_and(|wish| self.permits(wish, row.at));
        let operation = row.operation;
        if std::mem::take(&mut self.takes) {
            let whole = row.kind == Kind::Captured && row.key.is_none() && row.amount == self.left();
            self.captured(row);
            return must(whole, "what was authorized is not captured at once");
        }
        match row.kind {
            Kind::Created => must(false, "a payment is created once")?,
            Kind::Refused => {
                must(wish.is_some() && !wished, "refused, although it was allowed")?;
                must(self.asked.is_none(), "remembered, although the payment was locked")?;
            }
            Kind::ReserveRequested => {
                let Some(Wish::Approve { card }) = wish else { return must(false, "nobody approves") };
                must(wished, "approval was not allowed")?;
                self.agreed = self.unit.agreed(*card);
                let cost = self.agreed.shipping.as_ref().map_or(0, |chosen| chosen.cost);
                must(row.amount == self.amount + cost, "not what the goods and the shipping cost")?;
                self.asked = operation.map(|operation| (Asked::Reserve, operation, row.amount));
            }
            Kind::CaptureRequested => {
                must(wished && wish == Some(&Wish::Capture(row.amount)), "capture was not allowed")?;
                let guarantee = self.held.map(|held| held.guarantee);
                must(guarantee.is_some_and(|until| until <= row.at), "the guarantee has not ended")?;
                self.asked = operation.map(|operation| (Asked::Capture, operation, row.amount));
            }
            Kind::RefundRequested => {
                must(wished && wish == Some(&Wish::Refund(row.amount)), "refund was not allowed")?;
                self.asked = operation.map(|operation| (Asked::Refund, operation, row.amount));
            }
            Kind::Authorized => self.authorized(row, acquirer)?,
            Kind::ReserveDeclined => self.declined(Asked::Reserve, operation, acquirer)?,
            Kind::CaptureDeclined => self.declined(Asked::Capture, operation, acquirer)?,
            Kind::RefundDeclined => self.declined(Asked::Refund, operation, acquirer)?,
            Kind::Captured if self.asked.is_some() => {
                let operation = OperationId::from_uuid(row.event_id.as_uuid());
                must(
                    self.answered(Asked::Capture, Some(operation), acquirer, true) == Some(row.amount),
                    "not captured",
                )?;
                self.captured(row);
            }
            Kind::Captured => {
                must(wished && wish == Some(&Wish::Capture(row.amount)), "capture was not allowed")?;
                let guarantee = self.held.map(|held| held.guarantee);
                must(guarantee.is_some_and(|until| row.at < until), "the guarantee has ended")?;
                self.captured(row);
            }
            Kind::Refunded => {
                let amount = self.answered(Asked::Refund, operation, acquirer, true);
                must(amount == Some(row.amount), "not refunded")?;
                self.refunded += row.amount;
            }
            Kind::Cancelled => {
                let may = |wish: &Wish| wished && matches!(wish, Wish::Cancel { .. });
                self.cancelled(row, wish.map(may))?;
            }
            Kind::Terminated => {
                must(wished && matches!(wish, Some(Wish::Cancel { .. })), "cancel was not allowed")?;
                self.ended = true;
            }
            // A payer's no has no key, so nobody's wish is known.
            Kind::Aborted => self.ends(row, |at, expires_at| at < expires_at)?,
            Kind::Expired => self.ends(row, |at, expires_at| at >= expires_at)?,
        }
        Ok(())
    }

    /// The amount of what was asked, if this is it and the acquirer has said so. From then on nothing is asked.
    fn answered(
        &mut self,
        kind: Asked,
        operation: Option<OperationId>,
        acquirer: &Acquirer,
        done: bool,
    ) -> Option<i64> {
        let (asked, id, amount) = self.asked.take()?;
        let executed = acquirer.executed.get(&id.to_string())?;
        (asked == kind && Some(id) == operation && executed.is_done() == done).then_some(amount)
    }

    fn declined(
        &mut self,
        kind: Asked,
        operation: Option<OperationId>,
        acquirer: &Acquirer,
    ) -> Result<(), String> {
        must(self.answered(kind, operation, acquirer, false).is_some(), "the acquirer has not declined")
    }

    fn authorized(&mut self, row: &Record, acquirer: &Acquirer) -> Result<(), String> {
        let amount = self.answered(Asked::Reserve, row.operation, acquirer, true);
        must(amount == Some(row.amount) && row.sums.authorized == row.amount, "not reserved")?;
        let agreed = row.reserved.as_ref().map(|reserved| &reserved.agreed);
        must(agreed == Some(&self.agreed), "what the payer said is lost")?;
        let hold = row.operation.and_then(|operation| acquirer.holds.get(&operation.to_string()));
        let guarantee = hold.map(|hold| hold.guaranteed_until).ok_or("no such reservation")?;
        let two_weeks = row.at + TimeDelta::days(14);
        let held = Held {
            amount: row.amount,
            guarantee: if self.unit.is_norwegian() { guarantee } else { guarantee.min(two_weeks) },
            deadline: if self.unit.has_half_a_year() { row.at + TimeDelta::days(180) } else { two_weeks },
        };
        self.takes = self.unit.takes_directly && row.at < held.guarantee;
        self.held = Some(held);
        Ok(())
    }

    fn captured(&mut self, row: &Record) {
        self.captured += row.amount;
        self.last_capture = row.at;
    }

    /// By somebody who may, or by time.
    fn cancelled(&mut self, row: &Record, wished: Option<bool>) -> Result<(), String> {
        let over = self.asked.is_none() && self.held.is_some_and(|held| row.at >= held.deadline);
        must(wished.unwrap_or(over), "cancel was not allowed")?;
        must(self.left() > 0 && row.amount == self.left(), "not all that was left is released")?;
        self.released += row.amount;
        Ok(())
    }

    fn ends(
        &mut self,
        row: &Record,
        in_time: impl Fn(DateTime<Utc>, DateTime<Utc>) -> bool,
    ) -> Result<(), String> {
        must(self.waits() && in_time(row.at, self.expires_at), "it may not end so now")?;
        self.ended = true;
        Ok(())
    }
}
