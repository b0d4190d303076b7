//! When a signing key comes, signs, and goes.
//!
//! A key is published before it signs, longer than verifiers cache the list, so that no token surprises them. It
//! signs until its successor does. It stays published until the last token it signed has died.

use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};

/// How long a key signs before its successor does.
pub(crate) const SIGNS_FOR: TimeDelta = TimeDelta::days(30);

/// How long a key is published before it signs. Instances hear of it in the same time.
pub(crate) const PUBLISHED_BEFORE_USE: TimeDelta = TimeDelta::minutes(10);

/// No token lives longer, whatever the configuration says.
pub(crate) const LONGEST_TOKEN_LIFE: TimeDelta = TimeDelta::hours(24);

/// The life of one key, as far as it is decided when the key is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Life {
    /// Counts the keys up from 1.
    pub(crate) generation: i64,
    /// Signs from here.
    pub(crate) activates_at: DateTime<Utc>,
}

/// The keys there are, oldest first, seen at one instant.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rotation<'a> {
    pub(crate) lives: &'a [Life],
    pub(crate) now: DateTime<Utc>,
}

impl Rotation<'_> {
    /// Which key signs: the newest active one. Before the first is active (the wall clock was set back), the first.
    pub(crate) fn signer(self) -> Option<usize> {
        let active = self.lives.iter().rposition(|life| life.activates_at <= self.now);
        active.or(if self.lives.is_empty() { None } else { Some(0) })
    }

    /// The key to make now, if one is due. The very first signs at once: there is no other.
    pub(crate) fn successor(self) -> Option<Life> {
        let now = self.now.trunc_subsecs(6);
        let Some(newest) = self.lives.last() else {
            return Some(Life { generation: 1, activates_at: now });
        };
        let in_turn = newest.activates_at + SIGNS_FOR;
        let at_once = now + PUBLISHED_BEFORE_USE;
        (in_turn <= at_once)
            .then(|| Life { generation: newest.generation + 1, activates_at: in_turn.max(at_once) })
    }

    /// From when no living token can carry the key at `index`. For the newest key the earliest such instant: its
    /// successor, not yet made, cannot take over sooner.
    pub(crate) fn retires_at(self, index: usize) -> DateTime<Utc> {
        let last_signature = match (self.lives.get(index), self.lives.get(index + 1)) {
            (_, Some(successor)) => successor.activates_at,
            (Some(newest), None) => (newest.activates_at + SIGNS_FOR).max(self.now + PUBLISHED_BEFORE_USE),
            (None, None) => self.now,
        };
        last_signature + LONGEST_TOKEN_LIFE
    }

    /// Generations of which no living token can remain.
    pub(crate) fn retired(self) -> Vec<i64> {
        let retired = (0..self.lives.len()).filter(|index| self.retires_at(*index) <= self.now);
        retired.filter_map(|index| self.lives.get(index)).map(|life| life.generation).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_780_000_000, 0).unwrap() + TimeDelta::minutes(minutes)
    }

    fn rotation(lives: &[Life], minutes: i64) -> Rotation<'_> {
        Rotation { lives, now: at(minutes) }
    }

    #[test]
    fn the_first_key_is_made_and_signs_at_once() {
        let first = rotation(&[], 0).successor().unwrap();
        assert_eq!(first, Life { generation: 1, activates_at: at(0) });
        assert_eq!(rotation(&[first], 0).signer(), Some(0));
        assert_eq!(rotation(&[], 0).signer(), None);
    }

    #[test]
    fn a_successor_is_published_before_it_signs_and_takes_over_in_turn() {
        let first = Life { generation: 1, activates_at: at(0) };
        let turn = SIGNS_FOR.num_minutes();
        assert_eq!(rotation(&[first], turn - 11).successor(), None);
        let second = rotation(&[first], turn - 10).successor().unwrap();
        assert_eq!(second, Life { generation: 2, activates_at: at(turn) });
        let both = [first, second];
        assert_eq!(rotation(&both, turn - 1).signer(), Some(0));
        assert_eq!(rotation(&both, turn).signer(), Some(1));
        assert_eq!(rotation(&both, turn).successor(), None);
    }

    #[test]
    fn a_successor_made_late_is_still_published_before_it_signs() {
        let first = Life { generation: 1, activates_at: at(0) };
        let late = SIGNS_FOR.num_minutes() + 500;
        let second = rotation(&[first], late).successor().unwrap();
        assert_eq!(second.activates_at, at(late) + PUBLISHED_BEFORE_USE);
    }

    #[test]
    fn a_key_retires_when_the_last_token_it_signed_is_dead() {
        let turn = SIGNS_FOR.num_minutes();
        let both =
            [Life { generation: 1, activates_at: at(0) }, Life { generation: 2, activates_at: at(turn) }];
        let dead = turn + LONGEST_TOKEN_LIFE.num_minutes();
        assert_eq!(rotation(&both, 0).retires_at(0), at(dead));
        assert!(rotation(&both, dead - 1).retired().is_empty());
        assert_eq!(rotation(&both, dead).retired(), [1]);
    }

    #[test]
    fn the_newest_key_never_retires_however_late_its_successor_is() {
        let first = [Life { generation: 1, activates_at: at(0) }];
        for minutes in [0, 60, SIGNS_FOR.num_minutes(), 10 * SIGNS_FOR.num_minutes()] {
            let rotation = rotation(&first, minutes);
            assert!(rotation.retires_at(0) >= rotation.now + PUBLISHED_BEFORE_USE + LONGEST_TOKEN_LIFE);
            assert!(rotation.retired().is_empty());
        }
    }

    #[test]
    fn a_clock_set_back_still_finds_a_signer() {
        let first = [Life { generation: 1, activates_at: at(0) }];
        assert_eq!(rotation(&first, -5).signer(), Some(0));
    }
}
