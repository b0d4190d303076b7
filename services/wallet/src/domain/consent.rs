//! What a payer lets a sales unit know, and for how long.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use kvitt_primitives::{ConsentId, PayerId, Sub};

use super::{
    inbox::Key,
    person::{Address, PayerAddress, Person},
};

/// For so long after it was given may what was shared be read (contract-payments 5.3).
pub(crate) const READABLE: TimeDelta = TimeDelta::hours(168);

/// Something that a payment may ask its payer to share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Scope {
    Name,
    Address,
    Email,
    PhoneNumber,
    BirthDate,
    Nin,
}

impl Scope {
    /// Every scope.
    pub(crate) const ALL: [Self; 6] =
        [Self::Name, Self::Address, Self::Email, Self::PhoneNumber, Self::BirthDate, Self::Nin];

    /// Upstream's word for it, also in storage.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Address => "address",
            Self::Email => "email",
            Self::PhoneNumber => "phoneNumber",
            Self::BirthDate => "birthDate",
            Self::Nin => "nin",
        }
    }
}

/// Scopes, each once and in a fixed order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Scopes(Vec<Scope>);

impl Scopes {
    /// Those among words separated by spaces, as a payment carries them. Payment has refused other words when it was
    /// created; nothing is shared for one that is not known here.
    pub(crate) fn among(words: &str) -> Self {
        let named = |scope: &Scope| words.split_whitespace().any(|word| word == scope.as_str());
        Self(Scope::ALL.into_iter().filter(named).collect())
    }

    /// Whether it is one of them.
    pub(crate) fn contains(&self, scope: Scope) -> bool {
        self.0.contains(&scope)
    }

    /// In upstream's words.
    pub(crate) fn words(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().map(|scope| scope.as_str())
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        let mut scopes: Vec<_> = scopes.into_iter().collect();
        scopes.sort_unstable();
        scopes.dedup();
        Self(scopes)
    }
}

/// What a payer shares with the merchant of a payment they are about to pay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shared {
    pub(crate) key: Key,
    pub(crate) payer_id: PayerId,
    /// Names the attempt: sent again it gives nothing new, so that no repetition prolongs a consent or revives one that
    /// was taken back.
    pub(crate) attempt: String,
    pub(crate) scopes: Scopes,
    /// Of an Express payment.
    pub(crate) shipping_address: Option<Address>,
    /// The unit's name of the payer, if it has none yet.
    pub(crate) fresh_sub: Sub,
    /// The name of this consent, unless the attempt has given it before.
    pub(crate) fresh_id: ConsentId,
    pub(crate) given_at: DateTime<Utc>,
}

/// What was shared with the merchant of one payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Given {
    pub(crate) payer_id: PayerId,
    pub(crate) scopes: Scopes,
    pub(crate) shipping_address: Option<Address>,
}

/// Everything that a payer has agreed to share with a sales unit and has not taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Consents {
    pub(crate) payer_id: PayerId,
    /// Of the last one given.
    pub(crate) consent_id: ConsentId,
    /// Of those that may be read; none when all are too old.
    pub(crate) readable: Option<Scopes>,
    /// Of all.
    pub(crate) scopes: Scopes,
}

/// A payer shares data with a sales unit, as the payer sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Consent {
    pub(crate) msn: String,
    pub(crate) sub: Sub,
    pub(crate) scopes: Scopes,
    /// When the last was given.
    pub(crate) given_at: DateTime<Utc>,
}

/// A payer took back what they shared with a sales unit, which is to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Removal {
    pub(crate) msn: String,
    /// Of the last one given.
    pub(crate) consent_id: ConsentId,
    pub(crate) sub: Sub,
}

/// A person, as far as they let a sales unit know. What is not among the scopes is empty, like what there is not.
#[derive(Clone, PartialEq, Eq, Default)]
pub(crate) struct Details {
    pub(crate) first_name: String,
    pub(crate) last_name: String,
    pub(crate) email: String,
    pub(crate) mobile_number: String,
    pub(crate) birth_date: String,
    pub(crate) addresses: Vec<PayerAddress>,
    pub(crate) national_id: String,
}

/// All of it is personal.
impl fmt::Debug for Details {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Details(..)")
    }
}

impl Details {
    /// What these scopes let others know of a person, as it is now.
    pub(crate) fn of(person: &Person, scopes: &Scopes) -> Self {
        let shared = |scope: Scope, text: &str| {
            if scopes.contains(scope) { text.to_owned() } else { String::new() }
        };
        let (first_name, last_name) = person.names();
        let addresses = person.addresses.iter().filter(|_| scopes.contains(Scope::Address));
        Self {
            first_name: shared(Scope::Name, first_name),
            last_name: shared(Scope::Name, last_name),
            email: shared(Scope::Email, person.email.as_ref().map_or("", |email| email.expose())),
            mobile_number: shared(Scope::PhoneNumber, person.payer.phone_number.as_str()),
            birth_date: shared(Scope::BirthDate, &person.payer.birth_date.to_string()),
            addresses: addresses.cloned().collect(),
            national_id: shared(Scope::Nin, person.national_id.expose()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn scopes_are_known_words_each_once() {
        for (text, words) in [
            ("", vec![]),
            ("email name", vec!["name", "email"]),
            ("name  name\tnin", vec!["name", "nin"]),
            ("Name openid phone phoneNumber", vec!["phoneNumber"]),
        ] {
            assert_eq!(Scopes::among(text).words().collect::<Vec<_>>(), words, "{text:?}");
        }
    }

    #[test]
    fn each_scope_shares_its_own_and_nothing_else() {
        let person = fixture::registration(1, 0).person;
        let whole = Details::of(&person, &Scope::ALL.into_iter().collect());
        let fields = |details: &Details| {
            [
                !details.first_name.is_empty() && !details.last_name.is_empty(),
                !details.addresses.is_empty(),
                !details.email.is_empty(),
                !details.mobile_number.is_empty(),
                !details.birth_date.is_empty(),
                !details.national_id.is_empty(),
            ]
        };
        assert_eq!(fields(&whole), [true; 6]);
        for (at, scope) in Scope::ALL.into_iter().enumerate() {
            let mut expected = [false; 6];
            expected[at] = true;
            assert_eq!(fields(&Details::of(&person, &[scope].into_iter().collect())), expected, "{scope:?}");
        }
        assert_eq!(Details::of(&person, &Scopes::default()), Details::default());
    }
}
