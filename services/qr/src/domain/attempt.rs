//! Attempts at paying a link: each holds one of its places until it is known to have ended without.

use std::collections::BTreeMap;

use kvitt_primitives::{IdempotencyKey, Msn, Reference};
use uuid::Uuid;

use super::link::{LinkId, Statistics};

/// How the references of these payments begin. Merchants' own may begin so too.
pub(crate) const PREFIX: &str = "link-";

/// The reference of the payment with this name, which is its idempotency key too.
pub(crate) fn reference(name: Uuid) -> Reference {
    format!("{PREFIX}{name}").parse().expect("41 letters, digits and hyphens")
}

/// Names a payment.
pub(crate) type Named = (Msn, Reference);

/// A payment that was begun by a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Attempt {
    pub(crate) msn: Msn,
    pub(crate) reference: Reference,
    pub(crate) link_id: LinkId,
    pub(crate) key: IdempotencyKey,
    /// What was asked for under the key.
    pub(crate) request_hash: Vec<u8>,
    pub(crate) amount_minor: i64,
    pub(crate) standing: Standing,
    /// Whether the payment is known to be there.
    pub(crate) made: bool,
}

/// How far it has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    Waits,
    Approved,
    EndedWithout,
}

/// What payment's log says of one payment, in one batch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) approved: bool,
    /// Without having been approved.
    pub(crate) ended: bool,
    pub(crate) captured_minor: i64,
    pub(crate) refunded_minor: i64,
}

impl Attempt {
    /// Whether it holds a place and nobody knows whether there is a payment.
    pub(crate) fn is_unknown(&self) -> bool {
        self.standing == Standing::Waits && !self.made
    }

    /// Whether it has given its place back, and no payment holds it to that: the same attempt may begin anew.
    pub(crate) fn has_lost_its_place(&self) -> bool {
        self.standing == Standing::EndedWithout && !self.made
    }

    /// How far it has come once this was told. A payment that was given up and is there after all waits again, and one
    /// that was approved stays so, whatever was thought of it.
    fn after(&self, told: &Told) -> Standing {
        match self.standing {
            _ if told.approved => Standing::Approved,
            Standing::Waits if told.ended => Standing::EndedWithout,
            Standing::EndedWithout if !self.made && !told.ended => Standing::Waits,
            unmoved => unmoved,
        }
    }
}

impl Standing {
    /// One payment that has come so far, as it is counted.
    fn counted(self) -> Statistics {
        let none = Statistics::default();
        match self {
            Self::Waits => Statistics { pending: 1, ..none },
            Self::Approved => Statistics { successful: 1, ..none },
            Self::EndedWithout => Statistics { failed: 1, ..none },
        }
    }

    /// What changes in a link's counts when one of its payments moves.
    pub(crate) fn moved_to(self, next: Self) -> Statistics {
        let (before, after) = (self.counted(), next.counted());
        Statistics {
            pending: after.pending - before.pending,
            successful: after.successful - before.successful,
            failed: after.failed - before.failed,
            ..Statistics::default()
        }
    }
}

impl Statistics {
    fn add(&mut self, change: Self) {
        self.pending = self.pending.saturating_add(change.pending);
        self.successful = self.successful.saturating_add(change.successful);
        self.failed = self.failed.saturating_add(change.failed);
        self.captured_minor = self.captured_minor.saturating_add(change.captured_minor);
        self.refunded_minor = self.refunded_minor.saturating_add(change.refunded_minor);
    }
}

/// What a batch of payment's log changes.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Changes {
    /// Where payments stand now; all of them are known to be there.
    pub(crate) attempts: Vec<(Named, Standing)>,
    /// By how much what came of links changes.
    pub(crate) links: BTreeMap<(Msn, LinkId), Statistics>,
}

/// What is to be changed after these payments were told of.
pub(crate) fn changes(attempts: &[Attempt], told: &BTreeMap<Named, Told>) -> Changes {
    let mut changes = Changes::default();
    for attempt in attempts {
        let named = (attempt.msn.clone(), attempt.reference.clone());
        let Some(told) = told.get(&named) else { continue };
        let next = attempt.after(told);
        let link = changes.links.entry((attempt.msn.clone(), attempt.link_id)).or_default();
        link.add(attempt.standing.moved_to(next));
        let (captured_minor, refunded_minor) = (told.captured_minor, told.refunded_minor);
        link.add(Statistics { captured_minor, refunded_minor, ..Statistics::default() });
        if next != attempt.standing || !attempt.made {
            changes.attempts.push((named, next));
        }
    }
    changes.links.retain(|_, change| *change != Statistics::default());
    changes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt(standing: Standing, made: bool) -> Attempt {
        Attempt {
            msn: "123456".parse().expect("an MSN"),
            reference: reference(Uuid::from_u128(7)),
            link_id: LinkId(Uuid::from_u128(1)),
            key: "first".parse().expect("a key"),
            request_hash: vec![1],
            amount_minor: 100,
            standing,
            made,
        }
    }

    #[test]
    fn a_payment_is_counted_where_it_came_to_in_the_end() {
        use Standing::{Approved, EndedWithout, Waits};
        let (nothing, approved, ended) = (
            Told::default(),
            Told { approved: true, ..Told::default() },
            Told { ended: true, ..Told::default() },
        );
        let table = [
            (Waits, false, nothing, Waits),
            (Waits, true, nothing, Waits),
            (Waits, false, approved, Approved),
            (Waits, true, ended, EndedWithout),
            (Waits, false, ended, EndedWithout),
            (Approved, true, nothing, Approved),
            (Approved, true, ended, Approved),
            (EndedWithout, true, nothing, EndedWithout),
            // It was given up, and is there after all.
            (EndedWithout, false, nothing, Waits),
            (EndedWithout, false, ended, EndedWithout),
            (EndedWithout, false, approved, Approved),
            (EndedWithout, true, approved, Approved),
        ];
        for (standing, made, told, expected) in table {
            assert_eq!(attempt(standing, made).after(&told), expected, "{standing:?} {made} {told:?}");
        }
    }

    #[test]
    fn a_batch_changes_each_link_once_by_all_that_was_told_of_its_payments() {
        let waiting = attempt(Standing::Waits, true);
        let other =
            Attempt { reference: reference(Uuid::from_u128(8)), ..attempt(Standing::EndedWithout, true) };
        let untold = Attempt {
            reference: reference(Uuid::from_u128(9)),
            link_id: LinkId(Uuid::from_u128(2)),
            ..attempt(Standing::Waits, true)
        };
        let captured = Told { approved: true, captured_minor: 100, ..Told::default() };
        let refunded = Told { approved: true, captured_minor: 50, refunded_minor: 20, ..Told::default() };
        let named = |attempt: &Attempt| (attempt.msn.clone(), attempt.reference.clone());
        let told = BTreeMap::from([(named(&waiting), captured), (named(&other), refunded)]);
        let expected =
            Statistics { pending: -1, successful: 2, failed: -1, captured_minor: 150, refunded_minor: 20 };
        let changes = changes(&[waiting.clone(), other.clone(), untold], &told);
        assert_eq!(changes.links, BTreeMap::from([((waiting.msn.clone(), waiting.link_id), expected)]));
        let moved = [(named(&waiting), Standing::Approved), (named(&other), Standing::Approved)];
        assert_eq!(changes.attempts, moved);
    }

    #[test]
    fn what_changes_nothing_is_not_written() {
        let approved = attempt(Standing::Approved, true);
        let told = Told { approved: true, ..Told::default() };
        let named = (approved.msn.clone(), approved.reference.clone());
        assert_eq!(changes(&[approved], &BTreeMap::from([(named, told)])), Changes::default());
    }

    #[test]
    fn only_what_no_payment_holds_to_its_end_begins_anew() {
        for (standing, made, anew) in [
            (Standing::EndedWithout, false, true),
            (Standing::EndedWithout, true, false),
            (Standing::Waits, false, false),
            (Standing::Approved, true, false),
        ] {
            assert_eq!(attempt(standing, made).has_lost_its_place(), anew);
        }
    }
}
