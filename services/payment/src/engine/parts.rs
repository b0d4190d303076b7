//! How the log is divided, now and before.

use kvitt_primitives::Msn;
use tokio::sync::watch;

/// A part of the log as its head says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) part: i16,
    pub(crate) generation: i16,
    pub(crate) next_pos: i64,
    pub(crate) closed: bool,
}

/// All parts, ascending by number; those of one generation divide the log among them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Parts {
    heads: Vec<Head>,
}

impl Parts {
    pub(crate) fn new(mut heads: Vec<Head>) -> Self {
        heads.sort_by_key(|head| head.part);
        Self { heads }
    }

    /// All parts, ascending.
    pub(crate) fn heads(&self) -> &[Head] {
        &self.heads
    }

    /// The same, to keep.
    pub(super) fn into_heads(self) -> Vec<Head> {
        self.heads
    }

    /// The parts that take rows.
    pub(crate) fn open(&self) -> Vec<i16> {
        self.heads.iter().filter(|head| !head.closed).map(|head| head.part).collect()
    }

    /// Whether both have the same parts open and closed.
    pub(crate) fn divided_as(&self, other: &Self) -> bool {
        let division = |parts: &Self| -> Vec<_> {
            parts.heads.iter().map(|head| (head.part, head.generation, head.closed)).collect()
        };
        division(self) == division(other)
    }

    /// The head of a part.
    pub(crate) fn head(&self, part: i16) -> Option<&Head> {
        self.heads.iter().find(|head| head.part == part)
    }

    /// The part that held everything of an MSN in a generation.
    pub(crate) fn of(&self, msn: &Msn, generation: i16) -> Option<i16> {
        let of_generation = self.heads.iter().filter(|head| head.generation == generation);
        let numbers: Vec<i16> = of_generation.map(|head| head.part).collect();
        (!numbers.is_empty()).then(|| numbers[place(msn, numbers.len())])
    }

    /// The part that followed this one for an MSN, when the log had been divided anew.
    pub(crate) fn after(&self, msn: &Msn, part: i16) -> Option<i16> {
        self.of(msn, self.head(part)?.generation + 1)
    }

    /// The generation of the parts that take rows.
    pub(crate) fn generation(&self) -> i16 {
        self.heads.iter().map(|head| head.generation).max().unwrap_or_default()
    }
}

/// How far a part is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tip {
    /// All positions below are committed.
    pub(crate) next_pos: i64,
    /// No more will follow.
    pub(crate) closed: bool,
}

impl Tip {
    /// Before anything is known.
    pub(crate) const UNKNOWN: Self = Self { next_pos: 1, closed: false };

    /// Tells followers of more; what is known already is no news.
    pub(crate) fn advance(tip: &watch::Sender<Self>, next_pos: i64, closed: bool) {
        tip.send_if_modified(|known| {
            let now = Self { next_pos: known.next_pos.max(next_pos), closed: known.closed || closed };
            std::mem::replace(known, now) != now
        });
    }
}

/// Which of `count` parts holds everything of an MSN. Pinned by test vectors: another answer would split a sales unit's
/// order.
pub(crate) fn place(msn: &Msn, count: usize) -> usize {
    let hash = xxhash_rust::xxh3::xxh3_64(msn.as_str().as_bytes());
    usize::try_from(hash % u64::try_from(count.max(1)).unwrap_or(1)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_of_an_msn_never_changes() {
        let places =
            |count| ["1000", "123456", "654321", "9999999999"].map(|msn| place(&msn.parse().unwrap(), count));
        assert_eq!(places(1), [0, 0, 0, 0]);
        assert_eq!(places(2), PINNED_OF_2);
        assert_eq!(places(16), PINNED_OF_16);
    }

    /// From an independent implementation of XXH3.
    const PINNED_OF_2: [usize; 4] = [0, 0, 1, 1];
    const PINNED_OF_16: [usize; 4] = [12, 14, 15, 13];

    #[test]
    fn an_msn_has_one_part_in_each_generation() {
        let head = |part, generation, closed| Head { part, generation, next_pos: 1, closed };
        let parts =
            Parts::new(vec![head(2, 1, false), head(3, 1, false), head(0, 0, true), head(1, 0, true)]);
        let msn = "654321".parse().unwrap();
        assert_eq!(parts.open(), [2, 3]);
        assert_eq!((parts.of(&msn, 0), parts.of(&msn, 1), parts.of(&msn, 2)), (Some(1), Some(3), None));
        assert_eq!((parts.after(&msn, 1), parts.after(&msn, 3)), (Some(3), None));
    }
}
