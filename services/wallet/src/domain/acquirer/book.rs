//! What a batch has read, and what it has made of it.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use kvitt_primitives::CardId;

#[cfg(feature = "sandbox")]
use super::{Action, Decline, test_amount};
use super::{Conditions, Key, Movement, Operation, Outcome, Reservation, Reserved, decide, lapse};
use crate::domain::card::Account;

/// An operation that has been executed, with its first outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Executed {
    pub(crate) operation: Operation,
    pub(crate) outcome: Outcome,
}

/// Content as it stands now, and the version that was read: `None` for a reservation that the batch makes.
#[derive(Debug)]
struct Versioned<T, V> {
    content: T,
    replaces: V,
}

/// The cards, reservations and executed operations that a batch is about.
#[derive(Debug, Default)]
pub(crate) struct Book {
    executed: HashMap<Key, Executed>,
    reservations: BTreeMap<Key, Versioned<Reservation, Option<i64>>>,
    accounts: BTreeMap<CardId, Versioned<Account, i64>>,
    fresh: Vec<Executed>,
}

impl Book {
    /// Takes a card as read.
    pub(crate) fn insert_account(&mut self, account: Account) {
        let replaces = account.version;
        self.accounts.entry(account.card_id).or_insert(Versioned { content: account, replaces });
    }

    /// Takes a reservation as read.
    pub(crate) fn insert_reservation(&mut self, key: Key, reservation: Reservation) {
        let replaces = Some(reservation.version);
        self.reservations.entry(key).or_insert(Versioned { content: reservation, replaces });
    }

    /// Takes an operation executed in an earlier batch.
    pub(crate) fn insert_executed(&mut self, operation: Operation, outcome: Outcome) {
        self.executed.insert(operation.key.clone(), Executed { operation, outcome });
    }

    /// Executes an operation, or answers as it was answered before.
    pub(crate) fn execute(&mut self, operation: &Operation, conditions: Conditions) -> Outcome {
        if let Some(before) = self.outcome_before(operation) {
            return before;
        }
        #[cfg(feature = "sandbox")]
        if conditions.test_amounts
            && let Some(outcome) = test_amount::outcome(operation, conditions.now)
        {
            return self.record(operation, outcome);
        }
        let outcome = self.execute_new(operation, conditions.now);
        self.record(operation, outcome)
    }

    /// Declines an operation whatever it asks, or answers as it was answered before.
    #[cfg(feature = "sandbox")]
    pub(crate) fn decline(&mut self, operation: &Operation, decline: Decline) -> Outcome {
        let before = self.outcome_before(operation);
        before.unwrap_or_else(|| self.record(operation, Outcome::Declined(decline)))
    }

    /// Whether it breaks no promise to decline the operation: it has not been executed, is no release, and no capture
    /// within the guarantee.
    #[cfg(feature = "sandbox")]
    pub(crate) fn may_decline(&self, operation: &Operation) -> bool {
        let guaranteed = |key: &Key| {
            let reservation = self.reservations.get(key).map(|held| &held.content);
            reservation.is_some_and(|reservation| reservation.guarantees(operation.decided_at))
        };
        let promised = match operation.action {
            Action::Release { .. } => true,
            Action::Capture { .. } => guaranteed(&operation.reservation()),
            Action::Reserve { .. } | Action::Refund { .. } => false,
        };
        !promised && !self.executed.contains_key(&operation.key)
    }

    /// Gives back what a reservation still holds if its guarantee has ended; whether there was anything to give back.
    pub(crate) fn lapse(&mut self, key: &Key, now: DateTime<Utc>) -> bool {
        let reservation = self.reservations.get(key).map(|held| &held.content);
        let account = reservation.and_then(|reservation| self.accounts.get(&reservation.card_id));
        let movement = account.zip(reservation);
        let movement = movement.and_then(|(account, reservation)| lapse(&account.content, reservation, now));
        movement.map(|movement| self.apply(key.clone(), movement)).is_some()
    }

    fn outcome_before(&self, operation: &Operation) -> Option<Outcome> {
        let before = self.executed.get(&operation.key)?;
        let same = before.operation.moves_the_same(operation);
        Some(if same { before.outcome.clone() } else { Outcome::Mismatch })
    }

    /// Keeps the outcome for ever, unless there is none yet.
    fn record(&mut self, operation: &Operation, outcome: Outcome) -> Outcome {
        if outcome != Outcome::Pending {
            let executed = Executed { operation: operation.clone(), outcome: outcome.clone() };
            self.executed.insert(operation.key.clone(), executed.clone());
            self.fresh.push(executed);
        }
        outcome
    }

    fn execute_new(&mut self, operation: &Operation, now: DateTime<Utc>) -> Outcome {
        let key = operation.reservation();
        let reservation = self.reservations.get(&key).map(|held| &held.content);
        let card_id = match operation.action.target() {
            Some((_, card_id)) => Some(card_id),
            None => reservation.map(|reservation| reservation.card_id),
        };
        let account = card_id.and_then(|card_id| self.accounts.get(&card_id)).map(|held| &held.content);
        match decide(operation, account, reservation, now) {
            Err(decline) => Outcome::Declined(decline),
            Ok(movement) => {
                let guaranteed_until = movement.reservation.guaranteed_until;
                let reserved = operation.action.target().and(account);
                let reserved =
                    reserved.map(|account| Reserved { card_bin: account.bin.clone(), guaranteed_until });
                self.apply(key, movement);
                Outcome::Done { reserved }
            }
        }
    }

    /// Versions rise by one per batch, not per operation: only the last content of a batch is written.
    fn apply(&mut self, key: Key, Movement { funds, mut reservation }: Movement) {
        let account =
            self.accounts.get_mut(&reservation.card_id).expect("a movement was decided on this card");
        account.content.funds = funds;
        account.content.version = account.replaces + 1;
        let replaces = self.reservations.get(&key).and_then(|held| held.replaces);
        reservation.version = replaces.map_or(0, |version| version + 1);
        self.reservations.insert(key, Versioned { content: reservation, replaces });
    }

    /// Operations executed by this batch, in order.
    pub(crate) fn fresh(&self) -> &[Executed] {
        &self.fresh
    }

    /// Cards this batch changed, by id, with the version each replaces.
    pub(crate) fn changed_accounts(&self) -> impl Iterator<Item = (&Account, i64)> {
        let changed = self.accounts.values().filter(|held| held.replaces != held.content.version);
        changed.map(|held| (&held.content, held.replaces))
    }

    /// Reservations this batch made.
    pub(crate) fn made_reservations(&self) -> impl Iterator<Item = (&Key, &Reservation)> {
        let made = self.reservations.iter().filter(|(_, held)| held.replaces.is_none());
        made.map(|(key, held)| (key, &held.content))
    }

    /// Reservations this batch changed, by key, with the version each replaces.
    pub(crate) fn changed_reservations(&self) -> impl Iterator<Item = (&Key, &Reservation, i64)> {
        self.reservations.iter().filter_map(|(key, held)| {
            let replaces = held.replaces.filter(|version| *version != held.content.version)?;
            Some((key, &held.content, replaces))
        })
    }

    /// Every card, for the property test.
    #[cfg(test)]
    pub(super) fn accounts(&self) -> impl Iterator<Item = &Account> {
        self.accounts.values().map(|held| &held.content)
    }

    /// Every reservation, for the property test.
    #[cfg(test)]
    pub(super) fn reservations(&self) -> impl Iterator<Item = &Reservation> {
        self.reservations.values().map(|held| &held.content)
    }
}
