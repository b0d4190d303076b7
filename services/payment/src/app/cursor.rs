//! Cursors of the feed: sealed, so that a merchant learns nothing about positions, which would tell how busy others are.

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chacha20poly1305::{
    ChaCha20Poly1305, Key, Nonce,
    aead::{Aead as _, KeyInit as _, Payload},
};
use kvitt_primitives::Msn;
use secrecy::{ExposeSecret as _, SecretString};

const NONCE_BYTES: usize = 12;

/// A place in one part of the log: everything up to `pos` has been dealt with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Position {
    pub(crate) part: i16,
    pub(crate) pos: i64,
}

/// A key is not 64 hexadecimal digits.
#[derive(Debug, thiserror::Error)]
#[error("a cursor key must be 64 hexadecimal digits")]
pub(crate) struct InvalidKey;

/// Seals and opens cursors. A cursor made for one MSN is worthless for another.
#[derive(Clone)]
pub(crate) struct Cursors {
    newest: ChaCha20Poly1305,
    /// What these sealed opens, too.
    older: Arc<[ChaCha20Poly1305]>,
}

impl std::fmt::Debug for Cursors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cursors").finish_non_exhaustive()
    }
}

impl Cursors {
    /// With a key and, behind commas, older ones.
    pub(crate) fn try_new(hex_digits: &SecretString) -> Result<Self, InvalidKey> {
        let mut keys = hex_digits.expose_secret().split(',').map(|digits| {
            let mut key = Key::default();
            hex::decode_to_slice(digits, &mut key).map_err(|_| InvalidKey)?;
            Ok(ChaCha20Poly1305::new(&key))
        });
        let newest = keys.next().ok_or(InvalidKey)??;
        Ok(Self { newest, older: keys.collect::<Result<_, _>>()? })
    }

    /// The sealed text, or `None` when the system gives no randomness.
    pub(crate) fn seal(&self, msn: Option<&Msn>, at: Position) -> Option<String> {
        let mut nonce = [0; NONCE_BYTES];
        getrandom::fill(&mut nonce).ok()?;
        let plain = [at.part.to_be_bytes().as_slice(), at.pos.to_be_bytes().as_slice()].concat();
        let payload = Payload { msg: &plain, aad: aad(msn) };
        let sealed = self.newest.encrypt(&Nonce::from(nonce), payload).ok()?;
        Some(URL_SAFE_NO_PAD.encode([nonce.as_slice(), &sealed].concat()))
    }

    /// The position, if this platform sealed it for the same MSN.
    pub(crate) fn open(&self, msn: Option<&Msn>, cursor: &str) -> Option<Position> {
        let mut keys = std::iter::once(&self.newest).chain(&*self.older);
        keys.find_map(|key| opened(key, msn, cursor))
    }

    /// The same cursor under the newest key, if an older one sealed it.
    pub(crate) fn renewed(&self, msn: Option<&Msn>, cursor: &str) -> Option<String> {
        let at = self.older.iter().find_map(|key| opened(key, msn, cursor))?;
        self.seal(msn, at)
    }
}

fn opened(key: &ChaCha20Poly1305, msn: Option<&Msn>, cursor: &str) -> Option<Position> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let (nonce, sealed) = bytes.split_first_chunk::<NONCE_BYTES>()?;
    let plain = key.decrypt(&Nonce::from(*nonce), Payload { msg: sealed, aad: aad(msn) }).ok()?;
    let (part, pos) = plain.split_first_chunk::<2>()?;
    Some(Position { part: i16::from_be_bytes(*part), pos: i64::from_be_bytes(pos.try_into().ok()?) })
}

fn aad(msn: Option<&Msn>) -> &[u8] {
    msn.map_or(b"", |msn| msn.as_str().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cursors(keys: &[&str]) -> Cursors {
        let keys: Vec<_> = keys.iter().map(|digit| digit.repeat(64)).collect();
        Cursors::try_new(&keys.join(",").into()).unwrap()
    }

    #[test]
    fn a_cursor_opens_until_the_key_that_sealed_it_is_taken_away() {
        let at = Position { part: 1, pos: 42 };
        let sealed = cursors(&["a"]).seal(None, at).unwrap();
        let both = cursors(&["b", "a"]);
        assert_eq!(both.open(None, &sealed), Some(at));
        assert_eq!(cursors(&["b"]).open(None, &sealed), None);
        let renewed = both.renewed(None, &sealed).unwrap();
        assert_eq!(cursors(&["b"]).open(None, &renewed), Some(at));
        assert_eq!(both.renewed(None, &renewed), None);
        assert_eq!(both.renewed(None, ""), None);
        let sealed = both.seal(None, at).unwrap();
        assert_eq!(cursors(&["b"]).open(None, &sealed), Some(at));
        assert!(Cursors::try_new(&"ab".to_owned().into()).is_err());
    }

    #[test]
    fn a_cursor_opens_only_for_the_msn_it_was_sealed_for() {
        let cursors = cursors(&["7"]);
        let (mine, other): (Msn, Msn) = ("123456".parse().unwrap(), "654321".parse().unwrap());
        let at = Position { part: 1, pos: 42 };
        let sealed = cursors.seal(Some(&mine), at).unwrap();
        assert_eq!(cursors.open(Some(&mine), &sealed), Some(at));
        assert_eq!(cursors.open(Some(&other), &sealed), None);
        assert_eq!(cursors.open(None, &sealed), None);
        for broken in ["", "AAAA", "!!", &sealed[1..]] {
            assert_eq!(cursors.open(Some(&mine), broken), None, "{broken}");
        }
    }
}
