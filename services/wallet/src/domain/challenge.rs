//! A 3-D Secure challenge: the bank asks the payer to prove that the card is theirs.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::attempt::Attempt;

/// How long a challenge waits for its answer.
const LIFE: TimeDelta = TimeDelta::minutes(5);

/// Names a challenge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ChallengeId(pub(crate) Uuid);

/// What was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Passed,
    Failed,
}

/// An attempt that waits for its challenge to be answered, or was decided by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Challenge {
    pub(crate) id: ChallengeId,
    pub(crate) attempt: Attempt,
    pub(crate) expires_at: DateTime<Utc>,
    pub(crate) verdict: Option<Verdict>,
}

/// What an answer does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// It decides the challenge.
    Decides,
    /// It was given before.
    Repeats,
}

/// The challenge takes no such answer: it is too old, or was answered otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Invalid;

impl Verdict {
    /// Every verdict.
    pub(crate) const ALL: [Self; 2] = [Self::Passed, Self::Failed];

    /// Its name in storage.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
        }
    }
}

impl Challenge {
    /// Challenges an attempt.
    pub(crate) fn new(id: ChallengeId, attempt: Attempt, now: DateTime<Utc>) -> Self {
        Self { id, attempt, expires_at: now + LIFE, verdict: None }
    }

    /// What this answer does. The answer that decided it may come again, however late; no other ever counts.
    pub(crate) fn answer(&self, verdict: Verdict, now: DateTime<Utc>) -> Result<Effect, Invalid> {
        match self.verdict {
            Some(given) if given == verdict => Ok(Effect::Repeats),
            None if now < self.expires_at => Ok(Effect::Decides),
            Some(_) | None => Err(Invalid),
        }
    }
}

#[cfg(test)]
mod tests {
    use kvitt_primitives::{CardId, Currency, PayerId};

    use super::*;
    use crate::domain::{attempt::Source, inbox::Key, payer::CardChoice};

    #[test]
    fn the_first_answer_in_time_decides_and_only_the_same_may_come_again() {
        use Verdict::{Failed, Passed};
        let now: DateTime<Utc> = "2030-06-15T12:00:00Z".parse().unwrap();
        let card_id = CardId::from_uuid(Uuid::nil());
        let attempt = Attempt {
            key: Key { msn: "123456".to_owned(), reference: "order-00001".to_owned() },
            idempotency_key: "attempt".parse().unwrap(),
            payer_id: PayerId::from_uuid(Uuid::nil()),
            card: CardChoice { card_id, currency: Currency::Nok, commercial: false },
            source: Source::WalletCard,
            consent: None,
            delivery: None,
        };
        let challenge = Challenge::new(ChallengeId(Uuid::nil()), attempt, now);
        let table = [
            (None, Passed, 299, Ok(Effect::Decides)),
            (None, Failed, 299, Ok(Effect::Decides)),
            (None, Passed, 300, Err(Invalid)),
            (None, Failed, 300, Err(Invalid)),
            (Some(Passed), Passed, 301, Ok(Effect::Repeats)),
            (Some(Passed), Failed, 1, Err(Invalid)),
            (Some(Failed), Failed, 301, Ok(Effect::Repeats)),
            (Some(Failed), Passed, 1, Err(Invalid)),
        ];
        for (given, verdict, seconds, expected) in table {
            let challenge = Challenge { verdict: given, ..challenge.clone() };
            let effect = challenge.answer(verdict, now + TimeDelta::seconds(seconds));
            assert_eq!(effect, expected, "{given:?} {verdict:?} {seconds}");
        }
    }
}
