//! The signing keys at hand: read from the database, opened, and published to whoever verifies.
//!
//! Several instances share the keys. Each looks at the table far more often than a new key waits before it signs,
//! so all of them sign with the same key; an instance that could not look for too long signs nothing.

use std::sync::Arc;

use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};
use ed25519_dalek::SigningKey as PrivateKey;
use jsonwebtoken::EncodingKey;
use secrecy::{ExposeSecret as _, SecretBox};
use sqlx::PgPool;
use tokio::sync::watch;
use uuid::Uuid;

use kvitt_runtime::VerificationKey;

use crate::{
    domain::rotation::{Life, PUBLISHED_BEFORE_USE, Rotation},
    envelope::{self, KeyEncryptionKey},
    error::Error,
    store::signing_keys::{self as store, StoredKey},
};

/// An older look at the table is not signed with: a successor may have taken over since.
const FRESH_FOR: TimeDelta = PUBLISHED_BEFORE_USE.checked_div(2).expect("2 is not 0");

/// What stands before the 32 bytes of an Ed25519 private key in PKCS #8 (RFC 8410, section 7).
const PKCS8_ED25519: &[u8] = b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20";

/// A key that can sign.
pub(crate) struct SigningKey {
    pub(crate) kid: String,
    pub(crate) private: EncodingKey,
    public: [u8; 32],
}

/// All keys, oldest first, as of one look at the table.
pub(crate) struct KeyRing {
    keys: Vec<SigningKey>,
    lives: Vec<Life>,
    seen_at: DateTime<Utc>,
}

impl KeyRing {
    /// The key that signs at `now`.
    pub(crate) fn signer(&self, now: DateTime<Utc>) -> Option<&SigningKey> {
        let index = Rotation { lives: &self.lives, now }.signer()?;
        self.keys.get(index)
    }

    /// The public halves that may have signed a living token, newest first.
    pub(crate) fn published(&self, now: DateTime<Utc>) -> Vec<VerificationKey> {
        let rotation = Rotation { lives: &self.lives, now };
        let keys = self.keys.iter().enumerate().rev();
        keys.map(|(index, key)| VerificationKey {
            kid: key.kid.clone(),
            public_key: key.public,
            retires_at: rotation.retires_at(index),
        })
        .filter(|key| key.retires_at > now)
        .collect()
    }

    fn is_fresh(&self, now: DateTime<Utc>) -> bool {
        !self.keys.is_empty() && (now - self.seen_at).abs() <= FRESH_FOR
    }
}

/// The keys of this instance. Clones share them.
#[derive(Clone)]
pub(crate) struct Keys {
    pool: PgPool,
    key_encryption_key: KeyEncryptionKey,
    ring: watch::Sender<Arc<KeyRing>>,
    published: watch::Sender<Arc<[VerificationKey]>>,
}

impl Keys {
    /// Knows no key until the first look.
    pub(crate) fn new(pool: PgPool, key_encryption_key: KeyEncryptionKey) -> Self {
        let nothing = KeyRing { keys: Vec::new(), lives: Vec::new(), seen_at: DateTime::UNIX_EPOCH };
        Self {
            pool,
            key_encryption_key,
            ring: watch::Sender::new(Arc::new(nothing)),
            published: watch::Sender::new(Arc::new([])),
        }
    }

    /// The public halves, as they change, for this instance's own verifier.
    pub(crate) fn subscribe(&self) -> watch::Receiver<Arc<[VerificationKey]>> {
        self.published.subscribe()
    }

    /// The keys, looked up again when the last look is too old.
    pub(crate) async fn ring(&self, now: DateTime<Utc>) -> Result<Arc<KeyRing>, Error> {
        let ring = Arc::clone(&self.ring.borrow());
        if ring.is_fresh(now) { Ok(ring) } else { self.refresh(now).await }
    }

    /// Whether the database answers and a key is at hand that may sign.
    pub(crate) async fn ready(&self, now: DateTime<Utc>) -> bool {
        store::ping(&self.pool).await.is_ok() && self.ring(now).await.is_ok()
    }

    /// Looks at the table, makes the key that is due, forgets those that have retired, and seals again what an older
    /// key-encryption key sealed.
    pub(crate) async fn refresh(&self, now: DateTime<Utc>) -> Result<Arc<KeyRing>, Error> {
        let stored = kvitt_postgres::transaction!(&self.pool, "rotate_signing_keys", async |tx| -> Result<
            Vec<StoredKey>,
            Error,
        > {
            let stored = store::list(tx).await?;
            let lives: Vec<_> = stored.iter().map(|key| key.life).collect();
            let rotation = Rotation { lives: &lives, now };
            let (successor, retired) = (rotation.successor(), rotation.retired());
            let rewrapped = self.rewrapped(&stored)?;
            if successor.is_none() && retired.is_empty() && rewrapped.is_empty() {
                return Ok(stored);
            }
            for (kid, wrapped_data_key) in &rewrapped {
                store::rewrap(tx, kid, wrapped_data_key).await?;
            }
            if let Some(life) = successor {
                let key = self.generate(life)?;
                // Another instance may have been faster; then its key is the successor.
                if store::insert(tx, &key, now.trunc_subsecs(6)).await? {
                    tracing::info!(kid = key.kid, activates_at = %life.activates_at, "made a signing key");
                }
            }
            store::delete(tx, &retired).await?;
            Ok(store::list(tx).await?)
        })?;
        self.publish(&stored, now)
    }

    fn publish(&self, stored: &[StoredKey], now: DateTime<Utc>) -> Result<Arc<KeyRing>, Error> {
        let keys = stored.iter().map(|key| self.open(key)).collect::<Result<Vec<_>, _>>()?;
        let lives = stored.iter().map(|key| key.life).collect();
        let ring = Arc::new(KeyRing { keys, lives, seen_at: now });
        let published: Arc<[_]> = ring.published(now).into();
        self.ring.send_replace(Arc::clone(&ring));
        self.published.send_if_modified(|before| {
            let changed = *before != published;
            *before = published;
            changed
        });
        Ok(ring)
    }

    /// The data keys that stand under an older key-encryption key, under the newest.
    fn rewrapped<'a>(&self, stored: &'a [StoredKey]) -> Result<Vec<(&'a str, Vec<u8>)>, Error> {
        let mut rewrapped = Vec::new();
        if !self.key_encryption_key.has_older() {
            return Ok(rewrapped);
        }
        for StoredKey { kid, sealed, .. } in stored {
            if let Some(wrapped) = self.key_encryption_key.rewrap(kid, &sealed.wrapped_data_key)? {
                rewrapped.push((kid.as_str(), wrapped));
            }
        }
        Ok(rewrapped)
    }

    fn generate(&self, life: Life) -> Result<StoredKey, Error> {
        let kid = Uuid::new_v4().simple().to_string();
        let seed = envelope::random_key()?;
        let sealed = self.key_encryption_key.seal(&kid, seed.expose_secret())?;
        let public_key = PrivateKey::from_bytes(seed.expose_secret()).verifying_key().to_bytes();
        Ok(StoredKey { life, kid, public_key, sealed })
    }

    fn open(&self, stored: &StoredKey) -> Result<SigningKey, Error> {
        let seed: SecretBox<[u8; 32]> = self.key_encryption_key.open(&stored.kid, &stored.sealed)?;
        let public = PrivateKey::from_bytes(seed.expose_secret()).verifying_key().to_bytes();
        if public != stored.public_key {
            return Err(Error::KeyMismatch);
        }
        let der = SecretBox::new(Box::new([PKCS8_ED25519, seed.expose_secret()].concat()));
        let private = EncodingKey::from_ed_der(der.expose_secret());
        Ok(SigningKey { kid: stored.kid.clone(), private, public })
    }
}

#[cfg(test)]
mod tests;
