//! The acquirer in memory: knows an operation by its id and executes it once, keeps its promise within the guarantee,
//! and gives a hold back when that has ended. Written apart from the wallet's.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use kvitt_primitives::CardId;
use kvitt_proto::{
    acquirer::v1::{AcquirerStatus, DeclineReason, Operation, Outcome, operation::Action},
    time,
};
use uuid::Uuid;

use super::{chance::Chance, fault::Fault, world::Trouble};

/// Days of guarantee of the cards there are; a card's id is its place here.
pub(super) const CARDS: [i64; 3] = [5, 7, 30];

pub(super) fn card(number: usize) -> CardId {
    CardId::from_uuid(Uuid::from_u128(u128::try_from(number).expect("few cards")))
}

/// What is held for a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hold {
    pub(super) payment_id: String,
    pub(super) reserved: i64,
    pub(super) captured: i64,
    pub(super) released: i64,
    pub(super) refunded: i64,
    lapsed: bool,
    pub(super) guaranteed_until: DateTime<Utc>,
}

impl Hold {
    fn left(&self) -> i64 {
        self.reserved - self.captured - self.released
    }
}

/// Where all money is.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Purses {
    pub(super) payers: i64,
    pub(super) held: i64,
    pub(super) shops: i64,
}

#[derive(Debug)]
pub(super) struct Executed {
    operation: Operation,
    pub(super) outcome: Outcome,
}

impl Executed {
    pub(super) fn is_done(&self) -> bool {
        self.outcome.status() == AcquirerStatus::Done
    }
}

#[derive(Debug, Default)]
pub(super) struct Acquirer {
    pub(super) holds: BTreeMap<String, Hold>,
    pub(super) executed: BTreeMap<String, Executed>,
    pub(super) purses: Purses,
    /// What nobody may ask of it: more than there is, the same id for something else.
    pub(super) wrong: Option<String>,
}

/// How the acquirer feels about the next operation.
pub(super) struct Mood<'a> {
    pub(super) now: DateTime<Utc>,
    pub(super) chance: &'a mut Chance,
    pub(super) trouble: Trouble,
    pub(super) fault: Option<Fault>,
}

impl Acquirer {
    /// A request in its order.
    pub(super) fn execute_all(&mut self, operations: &[Operation], mood: &mut Mood<'_>) -> Vec<Outcome> {
        operations.iter().map(|operation| self.execute(operation, mood)).collect()
    }

    fn execute(&mut self, operation: &Operation, mood: &mut Mood<'_>) -> Outcome {
        let id = operation.operation_id.clone();
        let again = mood.fault == Some(Fault::AcquirerExecutesTwice);
        if let Some(before) = self.executed.get(&id).filter(|_| !again) {
            if !same(&before.operation, operation) {
                self.wrong = Some(format!("another operation under the id {id}"));
            }
            return before.outcome.clone();
        }
        if mood.chance.per_mille(mood.trouble.unsettled) {
            return outcome(&id, AcquirerStatus::Pending);
        }
        let refused = mood.chance.per_mille(mood.trouble.declined);
        let outcome = match self.decide(operation, mood, refused) {
            Ok(guaranteed_until) => Outcome {
                card_bin: guaranteed_until.map(|_| "492500".to_owned()).unwrap_or_default(),
                guaranteed_until: guaranteed_until.map(time::to_proto),
                ..outcome(&id, AcquirerStatus::Done)
            },
            Err(reason) => {
                Outcome { decline_reason: reason.into(), ..outcome(&id, AcquirerStatus::Declined) }
            }
        };
        let executed = Executed { operation: operation.clone(), outcome: outcome.clone() };
        self.executed.insert(id, executed);
        outcome
    }

    /// Does it, and answers until when a new hold is guaranteed; or the reason why not.
    fn decide(
        &mut self,
        operation: &Operation,
        mood: &Mood<'_>,
        refused: bool,
    ) -> Result<Option<DateTime<Utc>>, DeclineReason> {
        let amount = operation.amount.as_ref().expect("every operation has an amount").amount_minor;
        let declined = |decline: bool| if decline { Err(DeclineReason::RefusedByIssuer) } else { Ok(()) };
        let reservation = match operation.action.as_ref().expect("every operation has an action") {
            Action::Reserve(reserve) => {
                declined(refused)?;
                return Ok(Some(self.reserve(operation, &reserve.card_id, amount, mood.now)));
            }
            Action::Capture(capture) => &capture.reservation_id,
            Action::Refund(refund) => &refund.reservation_id,
            Action::Release(release) => &release.reservation_id,
        };
        let decided_at = operation.decided_at.expect("every operation has an instant");
        let decided_at = time::from_proto(decided_at, "decidedAt").expect("an instant of our time");
        let hold = self.holds.get_mut(reservation).filter(|hold| hold.payment_id == operation.payment_id);
        let Some(hold) = hold else {
            self.wrong = Some(format!("no such reservation: {operation:?}"));
            return Err(DeclineReason::UnknownReservation);
        };
        let is_refund = matches!(operation.action, Some(Action::Refund(_)));
        if amount < 1 || amount > if is_refund { hold.captured - hold.refunded } else { hold.left() } {
            self.wrong = Some(format!("more than there is: {operation:?} of {hold:?}"));
            return Err(DeclineReason::AmountTooHigh);
        }
        let source = if hold.lapsed { &mut self.purses.payers } else { &mut self.purses.held };
        match operation.action {
            Some(Action::Capture(_)) => {
                let promised =
                    decided_at < hold.guaranteed_until && mood.fault != Some(Fault::GuaranteeIsBroken);
                declined(refused && !promised)?;
                hold.captured += amount;
                *source -= amount;
                self.purses.shops += amount;
            }
            Some(Action::Refund(_)) => {
                declined(refused)?;
                hold.refunded += amount;
                self.purses.shops -= amount;
                self.purses.payers += amount;
            }
            _ => {
                hold.released += amount;
                *source -= amount;
                self.purses.payers += amount;
            }
        }
        Ok(None)
    }

    fn reserve(
        &mut self,
        operation: &Operation,
        card: &str,
        amount: i64,
        now: DateTime<Utc>,
    ) -> DateTime<Utc> {
        let card = Uuid::parse_str(card).expect("ids are UUIDs").as_u128();
        let guaranteed_until = now + TimeDelta::days(CARDS[usize::try_from(card).expect("few cards")]);
        let hold = Hold {
            payment_id: operation.payment_id.clone(),
            reserved: amount,
            captured: 0,
            released: 0,
            refunded: 0,
            lapsed: false,
            guaranteed_until,
        };
        self.holds.insert(operation.operation_id.clone(), hold);
        self.purses.payers -= amount;
        self.purses.held += amount;
        guaranteed_until
    }

    /// Gives back what is held beyond its guarantee.
    pub(super) fn lapse(&mut self, now: DateTime<Utc>) {
        for hold in self.holds.values_mut().filter(|hold| !hold.lapsed && hold.guaranteed_until <= now) {
            hold.lapsed = true;
            self.purses.held -= hold.left();
            self.purses.payers += hold.left();
        }
    }
}

fn outcome(id: &str, status: AcquirerStatus) -> Outcome {
    Outcome { operation_id: id.to_owned(), status: status.into(), ..Outcome::default() }
}

/// Whether both move the same money.
fn same(one: &Operation, other: &Operation) -> bool {
    let content = |operation: &Operation| Operation { decided_at: None, ..operation.clone() };
    content(one) == content(other)
}
