use std::ops::{BitAnd, BitXor, Not};

const WORDS: usize = 3;

/// Up to 192 modules side by side, which is more than the widest code has with four light ones at each end. All are
/// compared at once, which is what makes it cheap to try every mask.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Line([u64; WORDS]);

impl Line {
    /// How many modules there is room for.
    pub(crate) const MOST: i32 = 64 * WORDS as i32;

    /// The places below `length` of which `is_set` says so.
    pub(crate) fn of(length: i32, is_set: impl Fn(i32) -> bool) -> Self {
        let mut line = Self::default();
        for place in (0..length).filter(|&place| is_set(place)) {
            line.0[place as usize / 64] |= 1 << (place % 64);
        }
        line
    }

    /// All places below `length`, and no other.
    pub(crate) fn first(length: i32) -> Self {
        Self(std::array::from_fn(|at| match length - 64 * at as i32 {
            ..=0 => 0,
            places @ 1..=63 => (1 << places) - 1,
            64.. => u64::MAX,
        }))
    }

    pub(crate) fn count(self) -> u32 {
        self.0.iter().map(|word| word.count_ones()).sum()
    }

    /// Each place gets what is `by` places, fewer than 64, after it.
    pub(crate) fn after(self, by: u32) -> Self {
        Self(std::array::from_fn(|at| {
            let next = self.0.get(at + 1).copied().unwrap_or(0);
            self.0[at] >> by | next.checked_shl(64 - by).unwrap_or(0)
        }))
    }

    /// Each place gets what is `by` places, fewer than 64, before it.
    pub(crate) fn before(self, by: u32) -> Self {
        Self(std::array::from_fn(|at| {
            let previous = at.checked_sub(1).map_or(0, |at| self.0[at]);
            self.0[at] << by | previous.checked_shr(64 - by).unwrap_or(0)
        }))
    }
}

impl BitAnd for Line {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        Self(std::array::from_fn(|at| self.0[at] & other.0[at]))
    }
}

impl BitXor for Line {
    type Output = Self;

    fn bitxor(self, other: Self) -> Self {
        Self(std::array::from_fn(|at| self.0[at] ^ other.0[at]))
    }
}

impl Not for Line {
    type Output = Self;

    fn not(self) -> Self {
        Self(self.0.map(|word| !word))
    }
}
