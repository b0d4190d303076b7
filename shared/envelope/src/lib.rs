//! Envelope encryption of what has to be read again: signing keys, secrets that are shown again, personal data. Each
//! value is sealed under a random data key of its own, and that one under the key-encryption key of the configuration.
//! What the value is and whose is bound in, so that a sealed value moved to another row or column does not open.
//!
//! To seal something else, add a [`Purpose`]; its word must never change, or what was sealed does not open any more. And
//! name its column where the service says what it keeps sealed ([`reseal`]), or it is lost with the key that sealed it.

pub mod reseal;

use std::sync::Arc;

use chacha20poly1305::{
    ChaCha20Poly1305, KeyInit as _, Nonce,
    aead::{Aead as _, Payload},
};
use secrecy::{ExposeSecret as _, ExposeSecretMut as _, SecretBox, SecretString, zeroize::Zeroizing};
use uuid::Uuid;

/// Bytes of a nonce; it stands in front of what it sealed.
const NONCE: usize = 12;

/// Stands between keys.
const BETWEEN: char = ',';

/// Bytes of a sealed data key: nonce, key and tag.
const WRAPPED: usize = NONCE + 32 + 16;

/// Why a value could not be sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A configured key has the wrong form.
    #[error("a key must be 64 hexadecimal digits")]
    Key,
    /// Made under another key, or changed since.
    #[error("a sealed value does not open under this key")]
    DoesNotOpen,
    /// The operating system gave no random bytes.
    #[error("no random bytes")]
    Random(#[source] getrandom::Error),
}

/// A private key at rest.
#[derive(Debug, Clone)]
pub struct Sealed {
    /// Its own data key, sealed.
    pub wrapped_data_key: Vec<u8>,
    /// The key, sealed under that.
    pub sealed_private_key: Vec<u8>,
}

/// What a sealed text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Owned by an API client, like the two below.
    ClientSecret,
    /// The first of its two.
    PrimarySubscriptionKey,
    /// The second.
    SecondarySubscriptionKey,
    /// Owned by whatever row holds it, like those below: a user, a person of the register, a test user.
    NationalId,
    /// An MSISDN.
    PhoneNumber,
    /// As it was written.
    EmailAddress,
    /// Owned by the registration whose deliveries it signs.
    WebhookSecret,
    /// What a merchant's server wants to see as `Authorization`. Owned by the row that holds it.
    CallbackToken,
}

impl Purpose {
    fn as_str(self) -> &'static str {
        match self {
            Self::ClientSecret => "client-secret",
            Self::PrimarySubscriptionKey => "primary-subscription-key",
            Self::SecondarySubscriptionKey => "secondary-subscription-key",
            Self::NationalId => "national-id",
            Self::PhoneNumber => "phone-number",
            Self::EmailAddress => "email-address",
            Self::WebhookSecret => "webhook-secret",
            Self::CallbackToken => "callback-token",
        }
    }
}

/// A key that seals, and older ones, which only open.
#[derive(Clone)]
pub struct Keyring {
    newest: ChaCha20Poly1305,
    older: Arc<[ChaCha20Poly1305]>,
}

impl Keyring {
    /// The key that these 64 hexadecimal digits spell. Behind commas there may be older ones.
    ///
    /// # Errors
    ///
    /// When they do not.
    pub fn try_new(hex_digits: &SecretString) -> Result<Self, Error> {
        let mut keys = hex_digits.expose_secret().split(BETWEEN).map(|digits| {
            let mut key = SecretBox::new(Box::new([0; 32]));
            hex::decode_to_slice(digits, key.expose_secret_mut()).map_err(|_| Error::Key)?;
            Ok(cipher(&key))
        });
        let newest = keys.next().ok_or(Error::Key)??;
        Ok(Self { newest, older: keys.collect::<Result<_, _>>()? })
    }

    /// Seals a short value under the newest key. It opens only with what is `bound` in.
    pub fn seal(&self, bound: &str, plain: &[u8]) -> Result<Vec<u8>, Error> {
        seal(&self.newest, bound, plain)
    }

    /// Opens what one of the keys sealed.
    pub fn open(&self, bound: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        let mut keys = std::iter::once(&self.newest).chain(&*self.older);
        keys.find_map(|key| open(key, bound, sealed).ok()).ok_or(Error::DoesNotOpen)
    }

    /// The same value under the newest key; None when it is.
    pub fn reseal(&self, bound: &str, sealed: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        if open(&self.newest, bound, sealed).is_ok() {
            return Ok(None);
        }
        self.seal(bound, &self.open(bound, sealed)?).map(Some)
    }

    fn has_older(&self) -> bool {
        !self.older.is_empty()
    }
}

/// The key that seals the data keys, and older ones, whose data keys it opens, too.
#[derive(Clone)]
pub struct KeyEncryptionKey(Keyring);

impl KeyEncryptionKey {
    /// See [`Keyring::try_new`].
    ///
    /// # Errors
    ///
    /// Like those.
    pub fn try_new(hex_digits: &SecretString) -> Result<Self, Error> {
        Keyring::try_new(hex_digits).map(Self)
    }

    /// Whether anything may be sealed under another key than the newest.
    pub fn has_older(&self) -> bool {
        self.0.has_older()
    }

    /// Seals the private key `kid`.
    pub fn seal(&self, kid: &str, private_key: &[u8; 32]) -> Result<Sealed, Error> {
        let data_key = random_key()?;
        Ok(Sealed {
            wrapped_data_key: self.0.seal(&of_kid(kid), data_key.expose_secret())?,
            sealed_private_key: seal(&cipher(&data_key), &format!("private-key:{kid}"), private_key)?,
        })
    }

    /// Opens the private key `kid`.
    pub fn open(&self, kid: &str, sealed: &Sealed) -> Result<SecretBox<[u8; 32]>, Error> {
        let data_key = key(&self.0.open(&of_kid(kid), &sealed.wrapped_data_key)?)?;
        let private_key =
            open(&cipher(&data_key), &format!("private-key:{kid}"), &sealed.sealed_private_key)?;
        key(&private_key)
    }

    /// Seals a short text of `owner` in one value: the wrapped data key, then the text sealed under it.
    pub fn seal_text(&self, purpose: Purpose, owner: Uuid, text: &str) -> Result<Vec<u8>, Error> {
        let data_key = random_key()?;
        let mut value = self.0.seal(&bound("data-key", purpose, owner), data_key.expose_secret())?;
        value.extend(seal(&cipher(&data_key), &bound("text", purpose, owner), text.as_bytes())?);
        Ok(value)
    }

    /// Opens what was sealed as this text of this owner.
    pub fn open_text(&self, purpose: Purpose, owner: Uuid, sealed: &[u8]) -> Result<SecretString, Error> {
        let (wrapped, sealed) = sealed.split_at_checked(WRAPPED).ok_or(Error::DoesNotOpen)?;
        let data_key = self.0.open(&bound("data-key", purpose, owner), wrapped)?;
        let text = open(&cipher(&key(&data_key)?), &bound("text", purpose, owner), sealed)?;
        let text = std::str::from_utf8(&text).map_err(|_| Error::DoesNotOpen)?;
        Ok(text.to_owned().into())
    }

    /// The data key of the private key `kid`, wrapped under the newest key; None when it is.
    pub fn rewrap(&self, kid: &str, wrapped_data_key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        self.0.reseal(&of_kid(kid), wrapped_data_key)
    }

    /// The same text of the same owner, sealed under the newest key; None when it is. The text itself is not read.
    pub fn reseal_text(
        &self,
        purpose: Purpose,
        owner: Uuid,
        sealed: &[u8],
    ) -> Result<Option<Vec<u8>>, Error> {
        let (wrapped, sealed) = sealed.split_at_checked(WRAPPED).ok_or(Error::DoesNotOpen)?;
        let rewrapped = self.0.reseal(&bound("data-key", purpose, owner), wrapped)?;
        Ok(rewrapped.map(|wrapped| [&wrapped, sealed].concat()))
    }
}

/// 32 fresh bytes for a new key.
pub fn random_key() -> Result<SecretBox<[u8; 32]>, Error> {
    Ok(SecretBox::new(Box::new(random::<32>()?)))
}

/// Fresh bytes.
pub fn random<const LENGTH: usize>() -> Result<[u8; LENGTH], Error> {
    let mut bytes = [0; LENGTH];
    getrandom::fill(&mut bytes).map_err(Error::Random)?;
    Ok(bytes)
}

fn of_kid(kid: &str) -> String {
    format!("data-key:{kid}")
}

fn bound(part: &str, purpose: Purpose, owner: Uuid) -> String {
    format!("{part}:{}:{owner}", purpose.as_str())
}

fn cipher(key: &SecretBox<[u8; 32]>) -> ChaCha20Poly1305 {
    ChaCha20Poly1305::new(key.expose_secret().into())
}

fn key(plain: &[u8]) -> Result<SecretBox<[u8; 32]>, Error> {
    let key = <[u8; 32]>::try_from(plain).map_err(|_| Error::DoesNotOpen)?;
    Ok(SecretBox::new(Box::new(key)))
}

fn seal(cipher: &ChaCha20Poly1305, bound: &str, plain: &[u8]) -> Result<Vec<u8>, Error> {
    let nonce = random::<NONCE>()?;
    let payload = Payload { msg: plain, aad: bound.as_bytes() };
    let sealed = cipher.encrypt(&Nonce::from(nonce), payload).expect("a value is far shorter than the limit");
    Ok([nonce.as_slice(), &sealed].concat())
}

fn open(cipher: &ChaCha20Poly1305, bound: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
    let (nonce, sealed) = sealed.split_first_chunk::<NONCE>().ok_or(Error::DoesNotOpen)?;
    let payload = Payload { msg: sealed, aad: bound.as_bytes() };
    let plain = cipher.decrypt(&Nonce::from(*nonce), payload).map_err(|_| Error::DoesNotOpen)?;
    Ok(Zeroizing::new(plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(digit: &str) -> KeyEncryptionKey {
        keys(&[digit])
    }

    fn keys(digits: &[&str]) -> KeyEncryptionKey {
        let keys: Vec<_> = digits.iter().map(|digit| digit.repeat(64)).collect();
        KeyEncryptionKey::try_new(&keys.join(",").into()).unwrap()
    }

    #[test]
    fn what_was_sealed_opens_and_does_not_show() {
        let sealed = key("a").seal("kid-1", &[7; 32]).unwrap();
        assert_eq!(key("a").open("kid-1", &sealed).unwrap().expose_secret(), &[7; 32]);
        assert_eq!((sealed.wrapped_data_key.len(), sealed.sealed_private_key.len()), (60, 60));
        assert!(!sealed.sealed_private_key.windows(8).any(|bytes| bytes == [7; 8]));
    }

    #[test]
    fn the_same_key_sealed_twice_looks_different() {
        let one = key("a").seal("kid-1", &[7; 32]).unwrap();
        let two = key("a").seal("kid-1", &[7; 32]).unwrap();
        assert_ne!(one.sealed_private_key, two.sealed_private_key);
        assert_ne!(one.wrapped_data_key, two.wrapped_data_key);
    }

    #[test]
    fn another_master_key_another_kid_or_a_changed_bit_does_not_open() {
        let sealed = key("a").seal("kid-1", &[7; 32]).unwrap();
        assert!(key("b").open("kid-1", &sealed).is_err());
        assert!(key("a").open("kid-2", &sealed).is_err());
        let mut changed = sealed.clone();
        changed.sealed_private_key[20] ^= 1;
        assert!(key("a").open("kid-1", &changed).is_err());
        let swapped = Sealed {
            wrapped_data_key: sealed.sealed_private_key.clone(),
            sealed_private_key: sealed.wrapped_data_key,
        };
        assert!(key("a").open("kid-1", &swapped).is_err());
    }

    #[test]
    fn a_text_opens_for_its_purpose_and_its_owner_only() {
        let (owner, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let sealed = key("a").seal_text(Purpose::NationalId, owner, "Kari Ås").unwrap();
        let opened = key("a").open_text(Purpose::NationalId, owner, &sealed).unwrap();
        assert_eq!(opened.expose_secret(), "Kari Ås");
        assert!(!sealed.windows(4).any(|bytes| bytes == b"Kari"));
        assert_ne!(sealed, key("a").seal_text(Purpose::NationalId, owner, "Kari Ås").unwrap());
        assert!(key("b").open_text(Purpose::NationalId, owner, &sealed).is_err());
        assert!(key("a").open_text(Purpose::NationalId, other, &sealed).is_err());
        assert!(key("a").open_text(Purpose::EmailAddress, owner, &sealed).is_err());
        let mut changed = sealed.clone();
        changed[70] ^= 1;
        assert!(key("a").open_text(Purpose::NationalId, owner, &changed).is_err());
        for cut in [0, 11, 59, 60, 71, sealed.len() - 1] {
            assert!(key("a").open_text(Purpose::NationalId, owner, &sealed[..cut]).is_err(), "{cut}");
        }
    }

    #[test]
    fn what_an_older_key_sealed_opens_and_is_sealed_again() {
        let (old, new) = (key("a"), key("b"));
        let both = keys(&["b", "a"]);
        let owner = Uuid::from_u128(1);
        let text = old.seal_text(Purpose::NationalId, owner, "Kari").unwrap();
        assert_eq!(both.open_text(Purpose::NationalId, owner, &text).unwrap().expose_secret(), "Kari");
        let again = both
            .reseal_text(Purpose::NationalId, owner, &text)
            .unwrap()
            .expect("it was sealed by the old one");
        assert_eq!(new.open_text(Purpose::NationalId, owner, &again).unwrap().expose_secret(), "Kari");
        assert!(old.open_text(Purpose::NationalId, owner, &again).is_err());
        assert_eq!(both.reseal_text(Purpose::NationalId, owner, &again).unwrap(), None);
        assert!(both.reseal_text(Purpose::PhoneNumber, owner, &text).is_err());
        assert!(new.reseal_text(Purpose::NationalId, owner, &text).is_err());

        let mut sealed = old.seal("kid-1", &[7; 32]).unwrap();
        assert_eq!(both.open("kid-1", &sealed).unwrap().expose_secret(), &[7; 32]);
        sealed.wrapped_data_key = both.rewrap("kid-1", &sealed.wrapped_data_key).unwrap().unwrap();
        assert_eq!(new.open("kid-1", &sealed).unwrap().expose_secret(), &[7; 32]);
        assert_eq!(both.rewrap("kid-1", &sealed.wrapped_data_key).unwrap(), None);
    }

    #[test]
    fn the_first_of_several_keys_seals() {
        let sealed = keys(&["a", "b"]).seal("kid-1", &[7; 32]).unwrap();
        assert!(key("a").open("kid-1", &sealed).is_ok());
        assert!(key("b").open("kid-1", &sealed).is_err());
        assert!(keys(&["a", "b"]).has_older() && !key("a").has_older());
    }

    #[test]
    fn a_key_encryption_key_is_64_hexadecimal_digits() {
        let one = "a".repeat(64);
        for text in
            ["", "abcd", &"g".repeat(64), &"a".repeat(66), &format!("{one},"), &format!("{one}, {one}")]
        {
            assert!(KeyEncryptionKey::try_new(&text.to_owned().into()).is_err(), "{text}");
        }
    }
}
