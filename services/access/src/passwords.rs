//! Slow hashes of passwords: Argon2id with the parameters that OWASP recommends
//! (<https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html>). A hash takes 19 MiB while it is
//! made, so only a few are made at a time, away from the threads that serve.

use std::{sync::Arc, time::Duration};

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash},
};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::Semaphore;

use crate::{domain::password::Password, error::Error};

const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// So many hashes are made at once: 38 MiB.
const AT_ONCE: usize = 2;

/// Whoever has waited that long for their turn is told to come again.
const LONGEST_WAIT: Duration = Duration::from_secs(3);

/// What a password is compared with where there is nobody, so that the comparison costs the same.
const SALT_OF_NOBODY: &[u8] = b"a salt of nobody";

/// Hashes passwords, and compares them; clones share the places.
#[derive(Clone)]
pub(crate) struct Passwords {
    places: Arc<Semaphore>,
    longest_wait: Duration,
}

impl Passwords {
    pub(crate) fn new() -> Self {
        Self { places: Arc::new(Semaphore::new(AT_ONCE)), longest_wait: LONGEST_WAIT }
    }

    /// Without a place, and without patience: whatever is to be hashed is refused.
    #[cfg(test)]
    pub(crate) fn none() -> Self {
        Self { places: Arc::new(Semaphore::new(0)), longest_wait: Duration::from_millis(1) }
    }

    /// The hash to keep of a password.
    pub(crate) async fn hash(&self, password: &Password) -> Result<String, Error> {
        let password = password.clone();
        self.run(move || {
            let hash: PasswordHash = hasher().hash_password(password.expose().as_bytes())?;
            Ok(hash.to_string())
        })
        .await
    }

    /// Whether the password is the one of the hash. Without a hash it is not, and costs as much to find out.
    pub(crate) async fn matches(&self, given: SecretString, hash: Option<String>) -> Result<bool, Error> {
        self.run(move || {
            let given = given.expose_secret().as_bytes();
            let Some(hash) = hash else {
                let _of_nobody: PasswordHash = hasher().hash_password_with_salt(given, SALT_OF_NOBODY)?;
                return Ok(false);
            };
            match hasher().verify_password(given, &PasswordHash::new(&hash)?) {
                Ok(()) => Ok(true),
                Err(argon2::password_hash::Error::PasswordInvalid) => Ok(false),
                Err(broken) => Err(broken),
            }
        })
        .await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, argon2::password_hash::Error> + Send + 'static,
    ) -> Result<T, Error> {
        let place = Arc::clone(&self.places).acquire_owned();
        let place = tokio::time::timeout(self.longest_wait, place).await;
        let place = place.map_err(|_elapsed| Error::Busy)?.map_err(|_closed| Error::Busy)?;
        // The place is held by the work itself: a caller who goes away does not make room for more.
        let working = tokio::task::spawn_blocking(move || {
            let outcome = work();
            drop(place);
            outcome
        });
        match working.await {
            Ok(outcome) => Ok(outcome?),
            Err(_ended) => Err(Error::Busy),
        }
    }
}

fn hasher() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).expect("the parameters are in range");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn password(text: &str) -> Password {
        Password::try_new(text.to_owned().into()).unwrap()
    }

    #[tokio::test]
    async fn a_password_matches_its_hash_and_no_other() {
        let passwords = Passwords::new();
        let hash = passwords.hash(&password("correct horse")).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(!hash.contains("correct"));
        let matches = async |text: &str, hash| passwords.matches(text.to_owned().into(), hash).await.unwrap();
        assert!(matches("correct horse", Some(hash.clone())).await);
        assert!(!matches("Correct horse", Some(hash.clone())).await);
        assert!(!matches("", Some(hash)).await);
        assert!(!matches("correct horse", None).await);
    }

    #[tokio::test]
    async fn the_same_password_is_never_hashed_alike() {
        let passwords = Passwords::new();
        let one = passwords.hash(&password("correct horse")).await.unwrap();
        assert_ne!(one, passwords.hash(&password("correct horse")).await.unwrap());
    }

    #[tokio::test]
    async fn a_hash_that_was_tampered_with_is_a_fault_and_no_panic() {
        let broken = Passwords::new().matches("x".to_owned().into(), Some("$argon2id$".to_owned())).await;
        assert!(matches!(broken, Err(Error::Password(_))));
    }

    #[tokio::test]
    async fn whoever_waits_too_long_for_a_place_is_told_to_come_again() {
        let hashed = Passwords::none().hash(&password("correct horse")).await;
        assert!(matches!(hashed, Err(Error::Busy)));
    }
}
