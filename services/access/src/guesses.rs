//! How often passwords were wrong, by address, so that nobody guesses on for ever. In memory of this process alone: the
//! worst that a restart, or a second instance, gives a guesser is as many guesses again.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use moka::{future::Cache, policy::EvictionPolicy};

use crate::{
    domain::login::{GUESS_WINDOW, MOST_GUESSES, forget_old},
    hashing::Hash,
};

/// So many addresses are remembered.
const MOST_ADDRESSES: u64 = 100_000;

type Wrong = Arc<Mutex<Vec<DateTime<Utc>>>>;

/// What is remembered of wrong passwords; clones share it.
#[derive(Clone)]
pub(crate) struct Guesses {
    by_address: Cache<[u8; 32], Wrong>,
}

/// One guess, which counts as wrong until it is told to have been [`not_wrong`](Self::not_wrong).
pub(crate) struct Guess {
    wrong: Wrong,
    at: DateTime<Utc>,
}

impl Guesses {
    pub(crate) fn new() -> Self {
        let window = GUESS_WINDOW.to_std().expect("it is not negative");
        // The address that was asked about last is the one to remember, however many others there are.
        let by_address = Cache::builder()
            .max_capacity(MOST_ADDRESSES)
            .eviction_policy(EvictionPolicy::lru())
            .time_to_idle(window)
            .build();
        Self { by_address }
    }

    /// A guess at the password of an address, if one is left. It counts from now on, so that guesses at the same time
    /// are counted too.
    pub(crate) async fn take(&self, address: &Hash, wall: DateTime<Utc>) -> Option<Guess> {
        let key = <[u8; 32]>::try_from(address.as_bytes()).expect("a hash has 32 bytes");
        let wrong = self.by_address.get_with(key, async { Wrong::default() }).await;
        let mut guesses = wrong.lock().unwrap_or_else(PoisonError::into_inner);
        forget_old(&mut guesses, wall);
        if guesses.len() >= MOST_GUESSES {
            return None;
        }
        guesses.push(wall);
        drop(guesses);
        Some(Guess { wrong, at: wall })
    }
}

impl Guess {
    /// It was right, or nobody compared: it does not count.
    pub(crate) fn not_wrong(self) {
        let mut guesses = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = guesses.iter().position(|at| *at == self.at) {
            guesses.swap_remove(place);
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn address(number: u8) -> Hash {
        Hash::from_bytes([number; 32])
    }

    #[tokio::test]
    async fn ten_wrong_guesses_are_the_most_until_they_are_15_minutes_old() {
        let (guesses, now) = (Guesses::new(), DateTime::UNIX_EPOCH);
        for second in 0..10 {
            assert!(guesses.take(&address(1), now + TimeDelta::seconds(second)).await.is_some());
        }
        assert!(guesses.take(&address(1), now + TimeDelta::seconds(10)).await.is_none());
        assert!(guesses.take(&address(2), now).await.is_some(), "another address has its own");
        assert!(guesses.take(&address(1), now + GUESS_WINDOW).await.is_some());
        assert!(guesses.take(&address(1), now + GUESS_WINDOW).await.is_none(), "only one is forgotten");
    }

    #[tokio::test]
    async fn a_right_guess_does_not_count() {
        let (guesses, now) = (Guesses::new(), DateTime::UNIX_EPOCH);
        for _ in 0..100 {
            guesses.take(&address(1), now).await.unwrap().not_wrong();
        }
    }

    #[tokio::test]
    async fn guesses_at_the_same_time_are_all_counted() {
        let (guesses, now) = (Guesses::new(), DateTime::UNIX_EPOCH);
        let mut tries = tokio::task::JoinSet::new();
        for _ in 0..50 {
            let guesses = guesses.clone();
            tries.spawn(async move { guesses.take(&address(1), now).await.is_some() });
        }
        let taken = tries.join_all().await.into_iter().filter(|taken| *taken).count();
        assert_eq!(taken, MOST_GUESSES);
    }
}
