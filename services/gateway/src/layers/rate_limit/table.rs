//! A memory of instants that never grows, however many things it is asked to remember.
//!
//! A key has a few places that its hash names. When all of them are taken, the one whose instant comes first is given
//! away, since it would have been the first to mean nothing: a bucket that is used up outlives any number of buckets from
//! which little was taken. What was given away is as if it had never been there, so nobody is refused for it. The hash
//! is seeded at the start of the process, so nobody can choose keys that drive out another's.

use std::{
    hash::{BuildHasher, Hash, RandomState},
    sync::{Mutex, MutexGuard, PoisonError},
};

/// All places; together they are one mebibyte.
pub(super) const PLACES: usize = 65_536;

/// Places that a key may take.
const WAYS: usize = 8;

#[derive(Clone, Copy, Debug, Default)]
struct Place {
    hash: u64,
    /// 0 in a free place, so that it is the first one to be taken.
    at_ms: i64,
}

/// Instants after the clock's start, in milliseconds, each under the hash of its key.
#[derive(Debug)]
pub(super) struct Table {
    seed: RandomState,
    sets: Box<[Mutex<[Place; WAYS]>]>,
}

impl Table {
    pub(super) fn new() -> Self {
        let sets = (0..PLACES / WAYS).map(|_| Mutex::default()).collect();
        Self { seed: RandomState::new(), sets }
    }

    /// The instant under a key; 0 when there is none.
    pub(super) fn get(&self, key: &impl Hash) -> i64 {
        let hash = self.seed.hash_one(key);
        self.set_of(hash).iter().find(|place| place.hash == hash).map_or(0, |place| place.at_ms)
    }

    /// Changes the instant under a key, which is 0 at first.
    pub(super) fn update<T>(&self, key: &impl Hash, change: impl FnOnce(&mut i64) -> T) -> T {
        let hash = self.seed.hash_one(key);
        let mut set = self.set_of(hash);
        let mut place = 0;
        for (at, candidate) in set.iter().enumerate() {
            if candidate.hash == hash {
                place = at;
                break;
            }
            if candidate.at_ms < set[place].at_ms {
                place = at;
            }
        }
        if set[place].hash != hash {
            set[place] = Place { hash, at_ms: 0 };
        }
        change(&mut set[place].at_ms)
    }

    fn set_of(&self, hash: u64) -> MutexGuard<'_, [Place; WAYS]> {
        let set = usize::try_from(hash % self.sets.len() as u64).expect("an index fits its own type");
        self.sets[set].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many places are taken.
    #[cfg(test)]
    pub(super) fn taken(&self) -> usize {
        let taken =
            |set: &Mutex<[Place; WAYS]>| set.lock().unwrap().iter().filter(|place| place.at_ms != 0).count();
        self.sets.iter().map(taken).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_found_under_its_key_alone() {
        let table = Table::new();
        table.update(&("a", 1), |at_ms| *at_ms = 10);
        table.update(&("a", 1), |at_ms| *at_ms += 1);
        assert_eq!([table.get(&("a", 1)), table.get(&("a", 2)), table.get(&("b", 1))], [11, 0, 0]);
    }

    #[test]
    fn a_million_keys_take_no_more_than_the_places_and_drive_out_the_earliest_alone() {
        let table = Table::new();
        for latest in 0..1000 {
            table.update(&("latest", latest), |at_ms| *at_ms = 2);
        }
        for key in 0..1_000_000 {
            table.update(&("early", key), |at_ms| *at_ms = 1);
            assert_eq!(table.get(&("early", key)), 1, "the newest key is always remembered");
        }
        assert!((PLACES / 2..=PLACES).contains(&table.taken()), "{}", table.taken());
        assert!((0..1000).all(|latest| table.get(&("latest", latest)) == 2));
    }
}
