//! What merchants, payers and time do next.

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    acquirer::CARDS,
    journal::{Intent, Wish},
    log::{At, POISON},
    world::World,
};
use crate::domain::{Payment, State};

impl World {
    /// Asks for something new, again for the same, or for something else under the same key.
    pub(super) fn next_intent(&mut self, payments: &[At]) -> usize {
        if !self.intents.is_empty() && self.chance.per_mille(350) {
            let number = self.chance.below(self.intents.len());
            if self.chance.per_mille(750) {
                return number;
            }
            let intent = self.intents[number].clone();
            let wish = match intent.wish {
                Wish::Create { minor } => Wish::Create { minor: minor + 1 },
                Wish::Approve { card } => Wish::Approve { card: (card + 1) % CARDS.len() },
                Wish::Capture(minor) => Wish::Capture(minor + 1),
                Wish::Refund(minor) => Wish::Refund(minor + 1),
                Wish::Cancel { transaction_only } => Wish::Cancel { transaction_only: !transaction_only },
                Wish::Reject => Wish::Reject,
            };
            self.intents.push(intent.changed(wish));
        } else {
            let at = payments[self.chance.below(payments.len())].clone();
            let wish = self.new_wish(&at);
            let key = format!("key-{}", self.intents.len());
            self.intents.push(Intent::new(&at, wish, key));
        }
        self.intents.len() - 1
    }

    /// Mostly something that is possible now.
    fn new_wish(&mut self, at: &At) -> Wish {
        let payment = self.store.payments.get(at);
        let sums = payment.map(|payment| payment.sums).unwrap_or_default();
        // create, approve, reject, capture, cancel, refund
        let weights = match payment.map(|payment| (payment.state, payment.pending.is_some())) {
            None => [90, 3, 1, 2, 2, 2],
            Some((_, true)) => [5, 10, 5, 15, 10, 15],
            Some((State::Created, false)) => [4, 75, 5, 5, 6, 2],
            Some((State::Authorized, false)) if sums.refundable() > 0 => [2, 3, 1, 35, 6, 55],
            Some((State::Authorized, false)) => [2, 3, 1, 75, 8, 6],
            Some((State::Aborted | State::Expired | State::Terminated, false)) => [20, 20, 10, 20, 10, 20],
        };
        let amounts = [1, POISON, 100, 250];
        let part_of = |world: &mut Self, left: i64| match world.chance.below(8) {
            0 | 1 => left.max(1),
            2 => (left / 2).max(1),
            3 => left + 1,
            _ => amounts[world.chance.below(amounts.len())],
        };
        let choices: Vec<(usize, usize)> = weights.into_iter().zip(0..).collect();
        match self.chance.weighted(&choices) {
            0 => Wish::Create { minor: if self.chance.per_mille(930) { 1000 } else { 0 } },
            1 => Wish::Approve { card: self.chance.below(CARDS.len()) },
            2 => Wish::Reject,
            3 => Wish::Capture(part_of(self, sums.capturable())),
            4 => Wish::Cancel { transaction_only: self.chance.per_mille(200) },
            _ => Wish::Refund(part_of(self, sums.refundable())),
        }
    }

    /// Time passes: a little, to the next timer, to or just before an instant that decides something, or a year.
    pub(super) fn move_clock(&mut self) {
        let now = self.now();
        let next = self.store.timers.iter().map(|timer| timer.due_at).find(|due_at| *due_at > now);
        let soon = now + TimeDelta::milliseconds(self.chance.between(1, 45_000));
        // Before anything is reserved, more than a little time only ends it.
        let reserved = self.store.payments.values().any(|payment| payment.state == State::Authorized);
        let to = match self.chance.below(if reserved { 20 } else { 200 }) {
            0..2 => now + TimeDelta::seconds(self.chance.between(60, 700)),
            2..5 => next.unwrap_or(soon),
            5..14 => self.decisive_instant().unwrap_or(soon),
            14 => now + TimeDelta::days(self.chance.between(1, 400)),
            _ => soon,
        };
        // Half the time what is due on the way stops it, as when the sandbox is told to advance.
        let stops = self.chance.per_mille(500);
        let to = next.filter(|next| stops && *next < to).unwrap_or(to);
        self.clock.hold(to);
        self.note(|| "time has passed".to_owned());
    }

    fn decisive_instant(&mut self) -> Option<DateTime<Utc>> {
        let now = self.now();
        let of = |payment: &Payment| {
            let refund = payment.captured_at.map(|at| at + TimeDelta::days(365));
            [Some(payment.expires_at), payment.guaranteed_until, payment.capture_until, refund]
        };
        let all = self.store.payments.values().flat_map(of).flatten();
        let all: Vec<_> = all.filter(|at| *at > now + TimeDelta::microseconds(1)).collect();
        if all.is_empty() {
            return None;
        }
        let at = all[self.chance.below(all.len())];
        Some(at + TimeDelta::microseconds(self.chance.between(-1, 1)))
    }

    /// A statement whose connection is long gone is carried out after all, or fails.
    pub(super) fn carry_out_late(&mut self) {
        if self.store.late.is_empty() {
            return;
        }
        let number = self.chance.below(self.store.late.len());
        let append = self.store.late.swap_remove(number);
        self.count("carried out late");
        let _nobody_hears = self.commit(&append);
    }
}
