//! How portal users sign in, and for how long. Every instant here is wall-clock time.

use chrono::{DateTime, TimeDelta, Utc};
use kvitt_primitives::Country;

/// A login that was begun lives that long.
pub(crate) const LOGIN_LIFE: TimeDelta = TimeDelta::minutes(10);

/// A session lives that long at most.
pub(crate) const SESSION_LIFE: TimeDelta = TimeDelta::hours(12);

/// A session that asks for no token ends after that.
pub(crate) const SESSION_IDLE: TimeDelta = TimeDelta::minutes(30);

/// Most living sessions of one user; the oldest gives way to a new one.
pub(crate) const MOST_SESSIONS: i64 = 20;

/// A user's token lives that long.
pub(crate) const USER_TOKEN_LIFE: TimeDelta = TimeDelta::minutes(5);

/// Wrong passwords that an address can have in [`GUESS_WINDOW`]; after that nothing is compared any more.
pub(crate) const MOST_GUESSES: usize = 10;

/// A wrong password is remembered that long.
pub(crate) const GUESS_WINDOW: TimeDelta = TimeDelta::minutes(15);

/// A way to sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    BankId,
    MitId,
    Ftn,
    Password,
}

impl Method {
    /// What people of a country can sign in with, in the order in which it is offered.
    pub(crate) fn of(country: Country) -> &'static [Self] {
        match country {
            Country::No | Country::Se => &[Self::BankId],
            Country::Dk => &[Self::MitId, Self::Password],
            Country::Fi => &[Self::Ftn, Self::Password],
        }
    }

    /// Whether people of a country sign in with it.
    pub(crate) fn is_of(self, country: Country) -> bool {
        Self::of(country).contains(&self)
    }

    /// Its name in storage.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::BankId => "BANKID",
            Self::MitId => "MITID",
            Self::Ftn => "FTN",
            Self::Password => "PASSWORD",
        }
    }
}

/// What remains of the wrong passwords that were given for an address, oldest first: those of the window before `now`.
pub(crate) fn forget_old(guesses: &mut Vec<DateTime<Utc>>, now: DateTime<Utc>) {
    guesses.retain(|at| now - *at < GUESS_WINDOW);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_country_has_its_identity_provider_and_two_have_passwords() {
        use Method::{BankId, Ftn, MitId, Password};
        let table = [
            (Country::No, vec![BankId]),
            (Country::Dk, vec![MitId, Password]),
            (Country::Fi, vec![Ftn, Password]),
            (Country::Se, vec![BankId]),
        ];
        for (country, methods) in table {
            assert_eq!(Method::of(country), methods, "{country}");
            for method in [BankId, MitId, Ftn, Password] {
                assert_eq!(method.is_of(country), methods.contains(&method), "{country} {method:?}");
            }
        }
    }

    #[test]
    fn a_wrong_password_is_forgotten_after_15_minutes() {
        let now = DateTime::UNIX_EPOCH + TimeDelta::days(1);
        let mut guesses = vec![now - GUESS_WINDOW, now - GUESS_WINDOW + TimeDelta::seconds(1), now];
        forget_old(&mut guesses, now);
        assert_eq!(guesses.len(), 2);
    }
}
