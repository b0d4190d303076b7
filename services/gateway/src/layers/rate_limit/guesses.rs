//! How often credentials may be wrong.
//!
//! Only what turns out to be wrong is counted, and an address that has been wrong too often is not listened to for a
//! while. That must not be a way to lock others out who share the address, a proxy's for instance: credentials that have
//! been right lately are no guess, so they are always judged.

use std::{hash::Hash, net::IpAddr, time::Duration};

use kvitt_proto::{error::v1::Reason, refusal};
use tonic::Status;

use super::{
    limiter::{Limiter, Rate},
    table::Table,
};

const OF_ADDRESS: Rate = Rate::per_minute(30);

const OF_CLIENT: Rate = Rate::per_minute(10);

/// A token lives a day at most, so who is at work proves itself at least that often.
const REMEMBERED_MS: i64 = 2 * 24 * 3_600_000;

/// What a caller presents to be proven. It cannot be printed: these are secrets.
#[derive(Clone, Copy, Hash)]
pub(crate) enum Presented<'a> {
    /// For an access token.
    Keys { client_id: &'a str, client_secret: &'a str, subscription_key: &'a str },
    /// For an access token, where there is no subscription key.
    Secret { client_id: &'a str, client_secret: &'a str },
    /// Beside an access token. The token itself cannot be guessed: it is signed.
    SubscriptionKey(&'a str),
    /// An access token alone, where a subscription key need not stand beside it.
    Token(&'a str),
}

/// Credentials from an address, which is not known when there is no connection.
#[derive(Clone, Copy)]
pub(super) struct Attempt<'a> {
    pub(super) address: Option<IpAddr>,
    pub(super) presented: Presented<'a>,
}

/// What counts together.
#[derive(Hash)]
enum Bucket<'a> {
    Address(Option<IpAddr>),
    Client(Option<IpAddr>, &'a str),
}

/// What has been wrong, and what has been right.
#[derive(Debug)]
pub(super) struct Guesses {
    wrong: Limiter,
    right_until_ms: Table,
}

impl Guesses {
    pub(super) fn new() -> Self {
        Self { wrong: Limiter::new(), right_until_ms: Table::new() }
    }

    /// Whether the attempt may be judged; how long to wait otherwise.
    pub(super) fn admit(&self, attempt: Attempt<'_>, now_ms: i64) -> Result<(), Duration> {
        if self.right_until_ms.get(&attempt.presented) > now_ms {
            return Ok(());
        }
        attempt.each(|rate, bucket| self.wrong.check(rate, bucket, now_ms))
    }

    /// The attempt has been judged. One that was wrong once too often hears that instead of what was wrong.
    pub(super) fn judged(
        &self,
        attempt: Attempt<'_>,
        judgement: Result<(), &Status>,
        now_ms: i64,
    ) -> Result<(), Duration> {
        match judgement {
            Ok(()) => {
                let right = |key: &Presented<'_>| {
                    self.right_until_ms.update(key, |until_ms| *until_ms = now_ms + REMEMBERED_MS);
                };
                right(&attempt.presented);
                if let Presented::Keys { subscription_key, .. } = attempt.presented {
                    right(&Presented::SubscriptionKey(subscription_key));
                }
                Ok(())
            }
            Err(status) if is_wrong(status) => {
                attempt.each(|rate, bucket| self.wrong.take(rate, bucket, now_ms))
            }
            Err(_) => Ok(()),
        }
    }
}

impl Attempt<'_> {
    /// Asks for each bucket of the attempt; the longest wait is the answer.
    fn each(&self, ask: impl Fn(Rate, &Bucket<'_>) -> Result<(), Duration>) -> Result<(), Duration> {
        let of_address = ask(OF_ADDRESS, &Bucket::Address(self.address));
        let of_client = match self.presented {
            Presented::Keys { client_id, .. } | Presented::Secret { client_id, .. } => {
                ask(OF_CLIENT, &Bucket::Client(self.address, client_id))
            }
            Presented::SubscriptionKey(_) | Presented::Token(_) => Ok(()),
        };
        match (of_address, of_client) {
            (Err(one), Err(other)) => Err(one.max(other)),
            (one, other) => one.and(other),
        }
    }
}

/// Credentials that are absent or have lived out their life are no guess.
fn is_wrong(status: &Status) -> bool {
    let wrong = [Reason::TokenInvalid, Reason::SubscriptionKeyInvalid, Reason::ClientInvalid];
    refusal::reason_of(status).is_some_and(|reason| wrong.contains(&reason))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_000_000;
    const TWO_SECONDS: Duration = Duration::from_secs(2);

    fn keys<'a>(client_id: &'a str, client_secret: &'a str) -> Presented<'a> {
        Presented::Keys { client_id, client_secret, subscription_key: "key" }
    }

    fn attempt(number: u8, presented: Presented<'_>) -> Attempt<'_> {
        Attempt { address: Some([192, 0, 2, number].into()), presented }
    }

    /// Judges for this reason as long as attempts are admitted; answers how many were, and the wait that followed.
    fn guess(guesses: &Guesses, attempt: Attempt<'_>, reason: Reason, now_ms: i64) -> (usize, Duration) {
        let status = refusal::status(reason, "");
        for judged in 0..1000 {
            if let Err(wait) = guesses.admit(attempt, now_ms) {
                assert_eq!(guesses.judged(attempt, Err(&status), now_ms), Err(wait));
                return (judged, wait);
            }
            assert_eq!(guesses.judged(attempt, Err(&status), now_ms), Ok(()));
        }
        (1000, Duration::ZERO)
    }

    #[test]
    fn an_address_may_be_wrong_thirty_times_a_minute_and_another_address_hears_nothing_of_it() {
        let guesses = Guesses::new();
        let one = attempt(1, Presented::SubscriptionKey("guess"));
        assert_eq!(guess(&guesses, one, Reason::SubscriptionKeyInvalid, NOW), (30, TWO_SECONDS));
        let from_another = attempt(2, Presented::SubscriptionKey("guess"));
        assert_eq!(guesses.admit(from_another, NOW), Ok(()));
        assert_eq!(guess(&guesses, one, Reason::TokenInvalid, NOW + 2_000), (1, TWO_SECONDS));
    }

    #[test]
    fn a_client_may_be_guessed_at_ten_times_a_minute_from_one_address() {
        let guesses = Guesses::new();
        let six_seconds = Duration::from_secs(6);
        let at = |client| attempt(1, keys(client, "guess"));
        assert_eq!(guess(&guesses, at("a"), Reason::ClientInvalid, NOW), (10, six_seconds));
        assert_eq!(guess(&guesses, at("b"), Reason::ClientInvalid, NOW), (10, six_seconds));
        assert_eq!(guesses.admit(attempt(2, keys("a", "guess")), NOW), Ok(()));
    }

    #[test]
    fn a_secret_without_a_subscription_key_is_guessed_at_no_more_often() {
        let guesses = Guesses::new();
        let secret = |client_secret| attempt(1, Presented::Secret { client_id: "a", client_secret });
        assert_eq!(guesses.judged(secret("right"), Ok(()), NOW), Ok(()));
        assert_eq!(guess(&guesses, secret("guess"), Reason::ClientInvalid, NOW).0, 10);
        assert!(guesses.admit(attempt(1, keys("a", "guess")), NOW).is_err());
        assert_eq!(guesses.admit(secret("right"), NOW), Ok(()));
        let token = attempt(2, Presented::Token("Bearer a.b.c"));
        assert_eq!(guess(&guesses, token, Reason::TokenInvalid, NOW).0, 30);
    }

    #[test]
    fn what_is_right_is_not_counted_and_neither_is_what_is_no_guess() {
        let guesses = Guesses::new();
        let one = attempt(1, Presented::SubscriptionKey("key"));
        for reason in [Reason::TokenMissing, Reason::TokenExpired, Reason::MsnNotCovered, Reason::Unavailable]
        {
            assert_eq!(guess(&guesses, one, reason, NOW).0, 1000, "{reason:?}");
        }
        for _ in 0..1000 {
            assert_eq!(guesses.judged(one, Ok(()), NOW), Ok(()));
        }
        let guessed = attempt(1, Presented::SubscriptionKey("guess"));
        assert_eq!(guess(&guesses, guessed, Reason::SubscriptionKeyInvalid, NOW).0, 30);
    }

    #[test]
    fn whoever_was_right_is_not_locked_out_by_others_at_the_same_address() {
        let guesses = Guesses::new();
        let known = attempt(1, keys("a", "secret"));
        assert_eq!(guesses.judged(known, Ok(()), NOW), Ok(()));
        for client in ["a", "b", "c", "d"] {
            guess(&guesses, attempt(1, keys(client, "guess")), Reason::ClientInvalid, NOW);
        }
        assert_eq!(guesses.admit(known, NOW), Ok(()));
        assert_eq!(guesses.admit(attempt(1, Presented::SubscriptionKey("key")), NOW), Ok(()));
        assert!(guesses.admit(attempt(1, keys("a", "another guess")), NOW).is_err());
        assert!(guesses.admit(attempt(1, Presented::SubscriptionKey("guess")), NOW).is_err());
    }

    #[test]
    fn a_known_subscription_key_does_not_make_tokens_free_to_guess() {
        let guesses = Guesses::new();
        let known = attempt(1, Presented::SubscriptionKey("key"));
        assert_eq!(guesses.judged(known, Ok(()), NOW), Ok(()));
        let wrong = refusal::status(Reason::TokenInvalid, "");
        let told = (0..31).map(|_| guesses.judged(known, Err(&wrong), NOW));
        let refused: Vec<usize> =
            told.enumerate().filter(|(_, told)| told.is_err()).map(|(at, _)| at).collect();
        assert_eq!(refused, [30]);
    }
}
