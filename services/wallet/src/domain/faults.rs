//! Things that go wrong on purpose at the acquirer, where payers are simulated.
//!
//! A fault looks at the operations that fit it, one after the other, and hits the next few of them, or those that its
//! seed picks: whether the k-th is hit follows from the seed and k alone, so the same seed gives the same course. To add
//! a kind of fault, add a [`Kind`]; what it does is done around the acquirer's lane in `app::disturb_operations`.

use std::{collections::BTreeSet, fmt, str::FromStr, time::Duration};

use kvitt_primitives::{Invalid, Msn};
use uuid::Uuid;

use super::acquirer::{self, Decline};

/// Most faults at once.
pub(crate) const MAX_FAULTS: usize = 100;

/// Most operations that a fault can be told to hit.
pub(crate) const MAX_NEXT: u32 = 1_000_000;

/// The longest delay of an answer.
pub(crate) const MAX_DELAY: Duration = Duration::from_secs(60);

/// Names a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FaultId(Uuid);

impl FaultId {
    /// Takes a UUID as this kind of id.
    pub(crate) fn from_uuid(id: Uuid) -> Self {
        Self(id)
    }
}

impl fmt::Display for FaultId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for FaultId {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Uuid::try_parse(text).map(Self).map_err(|_| Invalid { rule: "must be a UUID" })
    }
}

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The operation is declined, unless the acquirer has promised to do it.
    Decline(Decline),
    /// Nothing is done and nobody answers.
    TimeoutBefore,
    /// It is done and nobody answers.
    TimeoutAfter,
    /// It is done and the answer comes late, by the wall clock.
    Late(Duration),
}

/// How many of the operations that fit are hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// So many, then none.
    Next(u32),
    /// Those that the seed picks, in thousandths of all.
    Share { per_mille: u16, seed: u64 },
}

/// One thing that goes wrong, and for whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) fault_id: FaultId,
    pub(crate) kind: Kind,
    /// Empty means all.
    pub(crate) operations: BTreeSet<acquirer::Kind>,
    /// Everybody's when absent.
    pub(crate) msn: Option<Msn>,
    pub(crate) extent: Extent,
}

/// A fault that applies, and what it has seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) fault: Fault,
    /// Operations that fitted.
    fitted: u64,
    /// Those of them that were hit.
    pub(crate) hits: u64,
}

/// An operation on its way to the acquirer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Subject<'a> {
    pub(crate) msn: &'a Msn,
    pub(crate) kind: acquirer::Kind,
    /// Whether the acquirer is free to decline it.
    pub(crate) may_be_declined: bool,
}

/// There is no room for another fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Full;

/// The faults that apply, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    standing: Vec<Standing>,
}

impl Faults {
    /// Adds a fault behind the others.
    pub(crate) fn add(&mut self, fault: Fault) -> Result<&Standing, Full> {
        if self.standing.len() >= MAX_FAULTS {
            return Err(Full);
        }
        let at = self.standing.len();
        self.standing.push(Standing { fault, fitted: 0, hits: 0 });
        Ok(&self.standing[at])
    }

    /// All of them.
    pub(crate) fn list(&self) -> &[Standing] {
        &self.standing
    }

    /// Ends one; false when there is none of this id.
    pub(crate) fn end(&mut self, fault_id: FaultId) -> bool {
        let before = self.standing.len();
        self.standing.retain(|standing| standing.fault.fault_id != fault_id);
        self.standing.len() < before
    }

    /// Ends all and answers how many there were.
    pub(crate) fn end_all(&mut self) -> usize {
        std::mem::take(&mut self.standing).len()
    }

    /// What goes wrong with an operation: the oldest fault that hits it is the only one it meets.
    pub(crate) fn strike(&mut self, subject: Subject<'_>) -> Option<Kind> {
        let hit = self.standing.iter_mut().find_map(|standing| standing.strike(subject));
        self.standing.retain(|standing| standing.left() != Some(0));
        hit
    }
}

impl Standing {
    /// How many operations it will still hit, when they are counted.
    pub(crate) fn left(&self) -> Option<u32> {
        match self.fault.extent {
            Extent::Next(next) => Some(next.saturating_sub(u32::try_from(self.hits).unwrap_or(u32::MAX))),
            Extent::Share { .. } => None,
        }
    }

    fn strike(&mut self, subject: Subject<'_>) -> Option<Kind> {
        if !self.fault.fits(subject) {
            return None;
        }
        let hit = match self.fault.extent {
            Extent::Next(_) => true,
            Extent::Share { per_mille, seed } => picks(seed, self.fitted, per_mille),
        };
        self.fitted += 1;
        self.hits += u64::from(hit);
        hit.then_some(self.fault.kind)
    }
}

impl Fault {
    fn fits(&self, subject: Subject<'_>) -> bool {
        let kind = self.operations.is_empty() || self.operations.contains(&subject.kind);
        let msn = self.msn.as_ref().is_none_or(|msn| msn == subject.msn);
        let possible = subject.may_be_declined || !matches!(self.kind, Kind::Decline(_));
        kind && msn && possible
    }
}

/// Whether the seed picks the operation that came after so many others.
fn picks(seed: u64, others: u64, per_mille: u16) -> bool {
    let thousandth = (u128::from(split_mix(seed, others)) * 1000) >> 64;
    thousandth < u128::from(per_mille)
}

/// Sebastiano Vigna's SplitMix64 (<https://prng.di.unimi.it/splitmix64.c>): the number that comes after so many others.
fn split_mix(seed: u64, others: u64) -> u64 {
    let state = seed.wrapping_add(others.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(number: u128, kind: Kind, extent: Extent) -> Fault {
        let fault_id = FaultId::from_uuid(Uuid::from_u128(number));
        Fault { fault_id, kind, operations: BTreeSet::new(), msn: None, extent }
    }

    fn subject(msn: &Msn, kind: acquirer::Kind) -> Subject<'_> {
        Subject { msn, kind, may_be_declined: true }
    }

    #[test]
    fn the_generator_is_the_published_one() {
        let published = [
            6_457_827_717_110_365_317,
            3_203_168_211_198_807_973,
            9_817_491_932_198_370_423,
            4_593_380_528_125_082_431,
            16_408_922_859_458_223_821,
        ];
        for (others, number) in (0..).zip(published) {
            assert_eq!(split_mix(1_234_567, others), number);
        }
    }

    #[test]
    fn a_seed_gives_one_course_and_another_seed_another() {
        let msn: Msn = "123456".parse().unwrap();
        let course = |seed| {
            let mut faults = Faults::default();
            faults.add(fault(1, Kind::TimeoutAfter, Extent::Share { per_mille: 300, seed })).unwrap();
            let strike = |_| faults.strike(subject(&msn, acquirer::Kind::Reserve)).is_some();
            (0..1_000).map(strike).collect::<Vec<bool>>()
        };
        let hits = |course: &[bool]| course.iter().filter(|hit| **hit).count();
        assert_eq!(course(42), course(42));
        assert_ne!(course(42), course(43));
        assert!((250..350).contains(&hits(&course(42))), "{}", hits(&course(42)));
        let pinned: Vec<_> = course(42).iter().take(12).map(|hit| u8::from(*hit)).collect();
        assert_eq!(pinned, [0, 1, 1, 0, 1, 0, 1, 0, 0, 0, 1, 0]);
    }

    #[test]
    fn every_operation_is_in_a_share_of_a_thousand() {
        for others in 0..10_000 {
            assert!(picks(7, others, 1_000));
            assert!(!picks(7, others, 0));
        }
    }

    #[test]
    fn the_next_few_that_fit_are_hit_and_then_the_fault_is_gone() {
        let (msn, other): (Msn, Msn) = ("123456".parse().unwrap(), "654321".parse().unwrap());
        let mut faults = Faults::default();
        let kind = Kind::Decline(Decline::SuspectedFraud);
        let mut picky = fault(1, kind, Extent::Next(2));
        picky.msn = Some(msn.clone());
        picky.operations = [acquirer::Kind::Reserve, acquirer::Kind::Capture].into();
        faults.add(picky).unwrap();
        let promised = Subject { may_be_declined: false, ..subject(&msn, acquirer::Kind::Capture) };
        let course = [
            (subject(&other, acquirer::Kind::Reserve), None),
            (subject(&msn, acquirer::Kind::Refund), None),
            (promised, None),
            (subject(&msn, acquirer::Kind::Capture), Some(kind)),
            (subject(&msn, acquirer::Kind::Reserve), Some(kind)),
            (subject(&msn, acquirer::Kind::Reserve), None),
        ];
        for (subject, expected) in course {
            assert_eq!(faults.strike(subject), expected, "{subject:?}");
        }
        assert!(faults.list().is_empty());
    }

    #[test]
    fn an_operation_meets_the_oldest_fault_only() {
        let msn: Msn = "123456".parse().unwrap();
        let mut faults = Faults::default();
        faults.add(fault(1, Kind::TimeoutBefore, Extent::Next(1))).unwrap();
        faults.add(fault(2, Kind::TimeoutAfter, Extent::Next(2))).unwrap();
        let mut strike = || faults.strike(subject(&msn, acquirer::Kind::Reserve));
        assert_eq!((strike(), strike()), (Some(Kind::TimeoutBefore), Some(Kind::TimeoutAfter)));
        let left: Vec<_> = faults.list().iter().map(|standing| (standing.left(), standing.hits)).collect();
        assert_eq!(left, [(Some(1), 1)]);
    }

    #[test]
    fn faults_are_ended_one_by_one_or_all_and_there_are_never_too_many() {
        let mut faults = Faults::default();
        for number in 0..MAX_FAULTS {
            faults.add(fault(number as u128, Kind::TimeoutBefore, Extent::Next(1))).unwrap();
        }
        let more = fault(999, Kind::TimeoutBefore, Extent::Next(1));
        assert_eq!(faults.add(more.clone()), Err(Full));
        let first = FaultId::from_uuid(Uuid::from_u128(0));
        assert!(faults.end(first) && !faults.end(first));
        assert!(faults.add(more).is_ok());
        assert_eq!((faults.end_all(), faults.end_all()), (MAX_FAULTS, 0));
    }
}
