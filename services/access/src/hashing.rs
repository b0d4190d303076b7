//! Keyed hashes of secrets. The key (the pepper) is in the configuration and never in the database, so that a
//! copy of the tables proves nothing and finds nothing. The secrets are long and random, so no slow hash is needed.

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

    fn hash(&self, kind: &str, owner: &str, secret: &str) -> Hash {
        let mut mac = self.0.clone();
        for part in [kind, owner, secret] {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        Hash(mac.finalize().into_bytes().into())
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
    fn a_short_pepper_is_refused() {
        assert!(Pepper::try_new(&"short".to_owned().into()).is_err());
    }
}
