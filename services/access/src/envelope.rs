//! Envelope encryption of private keys: each is sealed under a random data key of its own, and that one under the
//! key-encryption key of the configuration. The key id is bound in, so that a sealed value moved to another row
//! does not open.

use chacha20poly1305::{
    ChaCha20Poly1305, KeyInit as _, Nonce,
    aead::{Aead as _, Payload},
};
use secrecy::{ExposeSecret as _, SecretBox, SecretString};

/// Bytes of a nonce; it stands in front of what it sealed.
const NONCE: usize = 12;

/// Why a key could not be sealed or opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The configured key-encryption key has the wrong form.
    #[error("the key-encryption key must be 64 hexadecimal digits")]
    KeyEncryptionKey,
    /// Made under another key-encryption key, or changed since.
    #[error("a signing key does not open under this key-encryption key")]
    DoesNotOpen,
    /// The operating system gave no random bytes.
    #[error("no random bytes")]
    Random(#[source] getrandom::Error),
}

/// A private key at rest.
#[derive(Debug, Clone)]
pub(crate) struct Sealed {
    pub(crate) wrapped_data_key: Vec<u8>,
    pub(crate) sealed_private_key: Vec<u8>,
}

/// The key that seals the data keys.
#[derive(Clone)]
pub(crate) struct KeyEncryptionKey(ChaCha20Poly1305);

impl KeyEncryptionKey {
    pub(crate) fn try_new(hex_digits: &SecretString) -> Result<Self, Error> {
        let mut key = SecretBox::new(Box::new([0; 32]));
        hex::decode_to_slice(
            hex_digits.expose_secret(),
            secrecy::ExposeSecretMut::expose_secret_mut(&mut key),
        )
        .map_err(|_| Error::KeyEncryptionKey)?;
        Ok(Self(ChaCha20Poly1305::new(key.expose_secret().into())))
    }

    /// Seals the private key `kid`.
    pub(crate) fn seal(&self, kid: &str, private_key: &[u8; 32]) -> Result<Sealed, Error> {
        let data_key = random::<32>()?;
        Ok(Sealed {
            wrapped_data_key: seal(&self.0, Purpose::DataKey, kid, &data_key)?,
            sealed_private_key: seal(
                &ChaCha20Poly1305::new(&data_key.into()),
                Purpose::PrivateKey,
                kid,
                private_key,
            )?,
        })
    }

    /// Opens the private key `kid`.
    pub(crate) fn open(&self, kid: &str, sealed: &Sealed) -> Result<SecretBox<[u8; 32]>, Error> {
        let data_key = open(&self.0, Purpose::DataKey, kid, &sealed.wrapped_data_key)?;
        let data_key = ChaCha20Poly1305::new(data_key.expose_secret().into());
        open(&data_key, Purpose::PrivateKey, kid, &sealed.sealed_private_key)
    }
}

/// 32 fresh bytes for a new private key.
pub(crate) fn random_key() -> Result<SecretBox<[u8; 32]>, Error> {
    Ok(SecretBox::new(Box::new(random::<32>()?)))
}

/// What a sealed value is; bound in with the key id.
#[derive(Clone, Copy)]
enum Purpose {
    DataKey,
    PrivateKey,
}

impl Purpose {
    fn associated_data(self, kid: &str) -> Vec<u8> {
        let purpose = match self {
            Self::DataKey => "data-key",
            Self::PrivateKey => "private-key",
        };
        format!("{purpose}:{kid}").into_bytes()
    }
}

fn seal(cipher: &ChaCha20Poly1305, purpose: Purpose, kid: &str, plain: &[u8]) -> Result<Vec<u8>, Error> {
    let nonce = random::<NONCE>()?;
    let payload = Payload { msg: plain, aad: &purpose.associated_data(kid) };
    let sealed = cipher.encrypt(&Nonce::from(nonce), payload).expect("a key is far shorter than the limit");
    Ok([nonce.as_slice(), &sealed].concat())
}

fn open(
    cipher: &ChaCha20Poly1305,
    purpose: Purpose,
    kid: &str,
    sealed: &[u8],
) -> Result<SecretBox<[u8; 32]>, Error> {
    let (nonce, sealed) = sealed.split_first_chunk::<NONCE>().ok_or(Error::DoesNotOpen)?;
    let payload = Payload { msg: sealed, aad: &purpose.associated_data(kid) };
    let plain = cipher.decrypt(&Nonce::from(*nonce), payload).map_err(|_| Error::DoesNotOpen)?;
    let plain = <[u8; 32]>::try_from(plain).map_err(|_| Error::DoesNotOpen)?;
    Ok(SecretBox::new(Box::new(plain)))
}

fn random<const LENGTH: usize>() -> Result<[u8; LENGTH], Error> {
    let mut bytes = [0; LENGTH];
    getrandom::fill(&mut bytes).map_err(Error::Random)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(digit: &str) -> KeyEncryptionKey {
        KeyEncryptionKey::try_new(&digit.repeat(64).into()).unwrap()
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
    fn a_key_encryption_key_is_64_hexadecimal_digits() {
        for text in ["", "abcd", &"g".repeat(64), &"a".repeat(66)] {
            assert!(KeyEncryptionKey::try_new(&text.to_owned().into()).is_err(), "{text}");
        }
    }
}
