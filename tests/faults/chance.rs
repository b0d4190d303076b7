//! Numbers that look random and are always the same for the same seed (SplitMix64).

use std::time::Duration;

/// A course of numbers.
#[derive(Clone, Debug)]
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Another course, which depends on this one's seed and the number.
    pub(crate) fn branch(seed: u64, number: u64) -> Self {
        let mut chance = Self(seed ^ number.wrapping_mul(0xA076_1D64_78BD_642F));
        Self(chance.next())
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// From 0 to one less than `end`.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// Whether something comes about that happens once in so many times.
    pub(crate) fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    pub(crate) fn pick<T: Clone>(&mut self, choices: &[T]) -> T {
        let end = u64::try_from(choices.len()).expect("a slice has a length");
        let index = usize::try_from(self.below(end)).expect("below a length");
        choices[index].clone()
    }

    /// Up to one second.
    pub(crate) fn moment(&mut self) -> Duration {
        Duration::from_micros(self.below(1_000_000))
    }
}

#[test]
fn the_same_seed_is_the_same_course() {
    // The first numbers of the reference implementation for seed 1234567.
    let mut chance = Chance::new(1_234_567);
    assert_eq!([chance.next(), chance.next()], [6_457_827_717_110_365_317, 3_203_168_211_198_807_973]);
    assert_eq!(Chance::branch(7, 1).next(), Chance::branch(7, 1).next());
    assert_ne!(Chance::branch(7, 1).next(), Chance::branch(7, 2).next());
}
