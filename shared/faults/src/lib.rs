//! Things that go wrong on purpose in the sandbox.
//!
//! A fault looks at what fits it, one after the other, and hits the next few of them, or those that its seed picks:
//! whether the k-th is hit follows from the seed and k alone, so the same seed gives the same course. What a fault is
//! about, its cause, is the word of the service that can be disturbed; [`grpc`] takes faults from clients for it. No
//! production build has any of this.

pub mod grpc;

use std::{fmt, str::FromStr, time::Duration};

use kvitt_primitives::{Invalid, Msn};
use uuid::Uuid;

/// Most faults at once.
pub const MAX_FAULTS: usize = 100;

/// Most operations that a fault can be told to hit.
pub const MAX_NEXT: u32 = 1_000_000;

/// The longest that something is late.
pub const MAX_DELAY: Duration = Duration::from_secs(60);

/// Names a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FaultId(Uuid);

impl FaultId {
    /// Takes a UUID as this kind of id.
    pub fn from_uuid(id: Uuid) -> Self {
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

/// How many of those that fit are hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// So many, then none.
    Next(u32),
    /// Those that the seed picks, in thousandths of all.
    Share {
        /// 1 to 1000.
        per_mille: u16,
        /// Decides which.
        seed: u64,
    },
}

/// One thing that goes wrong, and for whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault<C> {
    /// Its name.
    pub fault_id: FaultId,
    /// What goes wrong.
    pub cause: C,
    /// Everybody's when absent.
    pub msn: Option<Msn>,
    /// How often.
    pub extent: Extent,
}

/// A fault that applies, and what it has seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing<C> {
    /// The fault.
    pub fault: Fault<C>,
    /// Those that fitted.
    fitted: u64,
    /// Those of them that were hit.
    hits: u64,
}

/// There is no room for another fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Full;

/// The faults that apply, oldest first.
#[derive(Debug)]
pub struct Faults<C> {
    standing: Vec<Standing<C>>,
}

impl<C> Default for Faults<C> {
    fn default() -> Self {
        Self { standing: Vec::new() }
    }
}

impl<C: Clone> Faults<C> {
    /// Adds a fault behind the others.
    pub fn add(&mut self, fault: Fault<C>) -> Result<&Standing<C>, Full> {
        if self.standing.len() >= MAX_FAULTS {
            return Err(Full);
        }
        let at = self.standing.len();
        self.standing.push(Standing { fault, fitted: 0, hits: 0 });
        Ok(&self.standing[at])
    }

    /// All of them.
    pub fn list(&self) -> &[Standing<C>] {
        &self.standing
    }

    /// Ends one; false when there is none of this id.
    pub fn end(&mut self, fault_id: FaultId) -> bool {
        let before = self.standing.len();
        self.standing.retain(|standing| standing.fault.fault_id != fault_id);
        self.standing.len() < before
    }

    /// Ends all and answers how many there were.
    pub fn end_all(&mut self) -> usize {
        std::mem::take(&mut self.standing).len()
    }

    /// What goes wrong with something of this unit: the oldest fault that hits it is the only one it meets. `fits` says
    /// whether a cause could hit it.
    pub fn strike(&mut self, msn: &Msn, fits: impl Fn(&C) -> bool) -> Option<C> {
        let hit = self.standing.iter_mut().find_map(|standing| {
            let fault = &standing.fault;
            let fitting = fault.msn.as_ref().is_none_or(|of| of == msn) && fits(&fault.cause);
            (fitting && standing.strike()).then(|| standing.fault.cause.clone())
        });
        self.standing.retain(|standing| standing.left() != Some(0));
        hit
    }
}

impl<C> Standing<C> {
    /// How many it will still hit, when they are counted.
    pub fn left(&self) -> Option<u32> {
        match self.fault.extent {
            Extent::Next(next) => Some(next.saturating_sub(u32::try_from(self.hits).unwrap_or(u32::MAX))),
            Extent::Share { .. } => None,
        }
    }

    /// How many it has hit.
    pub fn hits(&self) -> u64 {
        self.hits
    }

    /// Counts one that fits; whether it is hit.
    fn strike(&mut self) -> bool {
        let hit = match self.fault.extent {
            Extent::Next(_) => true,
            Extent::Share { per_mille, seed } => picks(seed, self.fitted, per_mille),
        };
        self.fitted += 1;
        self.hits += u64::from(hit);
        hit
    }
}

/// Whether the seed picks the one that came after so many others.
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

    fn fault(number: u128, cause: char, extent: Extent) -> Fault<char> {
        Fault { fault_id: FaultId::from_uuid(Uuid::from_u128(number)), cause, msn: None, extent }
    }

    fn any(_cause: &char) -> bool {
        true
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
            faults.add(fault(1, 'a', Extent::Share { per_mille: 300, seed })).unwrap();
            (0..1_000).map(|_| faults.strike(&msn, any).is_some()).collect::<Vec<bool>>()
        };
        let hits = |course: &[bool]| course.iter().filter(|hit| **hit).count();
        assert_eq!(course(42), course(42));
        assert_ne!(course(42), course(43));
        assert!((250..350).contains(&hits(&course(42))), "{}", hits(&course(42)));
        let pinned: Vec<_> = course(42).iter().take(12).map(|hit| u8::from(*hit)).collect();
        assert_eq!(pinned, [0, 1, 1, 0, 1, 0, 1, 0, 0, 0, 1, 0]);
    }

    #[test]
    fn everything_is_in_a_share_of_a_thousand() {
        for others in 0..10_000 {
            assert!(picks(7, others, 1_000));
            assert!(!picks(7, others, 0));
        }
    }

    #[test]
    fn the_next_few_that_fit_are_hit_and_then_the_fault_is_gone() {
        let (msn, other): (Msn, Msn) = ("123456".parse().unwrap(), "654321".parse().unwrap());
        let mut faults = Faults::default();
        faults.add(Fault { msn: Some(msn.clone()), ..fault(1, 'a', Extent::Next(2)) }).unwrap();
        assert_eq!(faults.strike(&other, any), None);
        assert_eq!(faults.strike(&msn, |cause| *cause == 'b'), None);
        let course: Vec<_> = (0..3).map(|_| faults.strike(&msn, any)).collect();
        assert_eq!(course, [Some('a'), Some('a'), None]);
        assert!(faults.list().is_empty());
    }

    #[test]
    fn everything_meets_the_oldest_fault_only() {
        let msn: Msn = "123456".parse().unwrap();
        let mut faults = Faults::default();
        faults.add(fault(1, 'a', Extent::Next(1))).unwrap();
        faults.add(fault(2, 'b', Extent::Next(2))).unwrap();
        let mut strike = || faults.strike(&msn, any);
        assert_eq!((strike(), strike()), (Some('a'), Some('b')));
        let left: Vec<_> = faults.list().iter().map(|standing| (standing.left(), standing.hits())).collect();
        assert_eq!(left, [(Some(1), 1)]);
    }

    #[test]
    fn faults_are_ended_one_by_one_or_all_and_there_are_never_too_many() {
        let mut faults = Faults::default();
        for number in 0..MAX_FAULTS {
            faults.add(fault(number as u128, 'a', Extent::Next(1))).unwrap();
        }
        let more = fault(999, 'a', Extent::Next(1));
        assert_eq!(faults.add(more.clone()), Err(Full));
        let first = FaultId::from_uuid(Uuid::from_u128(0));
        assert!(faults.end(first) && !faults.end(first));
        assert!(faults.add(more).is_ok());
        assert_eq!((faults.end_all(), faults.end_all()), (MAX_FAULTS, 0));
    }
}
