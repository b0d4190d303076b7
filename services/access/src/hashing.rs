//! Keyed hashes of secrets. The key (the pepper) is in the configuration and never in the database, so that a
//! copy of the tables proves nothing and finds nothing. The secrets are long and random, so no slow hash is needed;
//! passwords are not, and have one.

use hmac::{Hmac, KeyInit as _, Mac as _};
use kvitt_primitives::ClientId;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

/// A shorter pepper could be guessed.
const SHORTEST_PEPPER: usize = 16;

/// The pepper is too short.
#[derive(Debug, thiserror::Error)]
#[error("the pepper must have at least {SHORTEST_PEPPER} characters")]
pub(crate) struct TooShort;

/// The keyed hash of a secret.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hash([u8; 32]);

impl Hash {
    /// Stands in where there is nothing to compare with, so that the comparison happens all the same.
    pub(crate) const OF_NOTHING: Self = Self([0; 32]);

    pub(crate) fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Whether both are of the same secret, in a time that does not depend on where they differ.
    pub(crate) fn matches(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

/// Makes keyed hashes. Each kind of secret has its own prefix, so that none can stand in for another.
#[derive(Clone)]
pub(crate) struct Pepper(Hmac<Sha256>);

impl Pepper {
    pub(crate) fn try_new(pepper: &SecretString) -> Result<Self, TooShort> {
        let pepper = pepper.expose_secret().as_bytes();
        if pepper.len() < SHORTEST_PEPPER {
            return Err(TooShort);
        }
        Ok(Self(Hmac::new_from_slice(pepper).expect("HMAC takes a key of any length")))
    }

    /// Bound to the client, so that two clients with one secret do not show it.
    pub(crate) fn client_secret(&self, client_id: ClientId, secret: &str) -> Hash {
        self.hash("client-secret", &client_id.to_string(), secret)
    }

    /// Bound to nothing: the key alone must find its owner.
    pub(crate) fn subscription_key(&self, key: &str) -> Hash {
        self.hash("subscription-key", "", key)
    }

    pub(crate) fn service_secret(&self, service: &str, secret: &str) -> Hash {
        self.hash("service-secret", service, secret)
    }

    /// Bound to nothing, like a subscription key.
    pub(crate) fn session_secret(&self, secret: &str) -> Hash {
        self.hash("session-secret", "", secret)
    }

    /// Finds personal data that stands sealed, by equality alone. Such texts can be guessed by whoever has the pepper.
    pub(crate) fn blind_index(&self, kind: BlindIndex, text: &str) -> Hash {
        self.hash("blind-index", kind.as_str(), text)
    }

    fn hash(&self, kind: &str, owner: &str, secret: &str) -> Hash {
        let mut mac = self.0.clone();
        for part in [kind, owner, secret] {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        Hash(mac.finalize().into_bytes().into())
    }
}

/// What a blind index is of. The word must never change, or nothing is found any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BlindIndex {
    NationalId,
    PhoneNumber,
    EmailAddress,
}

impl BlindIndex {
    fn as_str(self) -> &'static str {
        match self {
            Self::NationalId => "national-id",
            Self::PhoneNumber => "phone-number",
            Self::EmailAddress => "email-address",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pepper(text: &str) -> Pepper {
        Pepper::try_new(&text.to_owned().into()).unwrap()
    }

    #[test]
    fn a_hash_depends_on_secret_owner_kind_and_pepper() {
        let client = ClientId::from_uuid(uuid::Uuid::from_u128(1));
        let other = ClientId::from_uuid(uuid::Uuid::from_u128(2));
        let one = pepper("0123456789abcdef");
        let hash = one.client_secret(client, "secret");
        assert!(hash.matches(&one.client_secret(client, "secret")));
        assert!(!hash.matches(&one.client_secret(client, "Secret")));
        assert!(!hash.matches(&one.client_secret(other, "secret")));
        assert!(!hash.matches(&one.service_secret(&client.to_string(), "secret")));
        assert!(!hash.matches(&pepper("fedcba9876543210").client_secret(client, "secret")));
    }

    #[test]
    fn a_blind_index_depends_on_what_it_is_of() {
        let pepper = pepper("0123456789abcdef");
        let index = pepper.blind_index(BlindIndex::PhoneNumber, "4791234567");
        assert!(index.matches(&pepper.blind_index(BlindIndex::PhoneNumber, "4791234567")));
        assert!(!index.matches(&pepper.blind_index(BlindIndex::NationalId, "4791234567")));
        assert!(!index.matches(&pepper.blind_index(BlindIndex::PhoneNumber, "4791234568")));
        assert!(!pepper.session_secret("x").matches(&pepper.subscription_key("x")));
    }

    #[test]
    fn a_short_pepper_is_refused() {
        assert!(Pepper::try_new(&"short".to_owned().into()).is_err());
    }
}
