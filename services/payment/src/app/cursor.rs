//! Cursors of the feed: sealed, so that a merchant learns nothing about positions, which would tell how busy others are.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use kvitt_envelope::{Error, Keyring};
use kvitt_primitives::Msn;
use secrecy::SecretString;

/// A place in one part of the log: everything up to `pos` has been dealt with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Position {
    pub(crate) part: i16,
    pub(crate) pos: i64,
}

/// Seals and opens cursors. A cursor made for one MSN is worthless for another.
#[derive(Clone)]
pub(crate) struct Cursors {
    keys: Keyring,
}

impl std::fmt::Debug for Cursors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cursors").finish_non_exhaustive()
    }
}

impl Cursors {
    pub(crate) fn try_new(hex_digits: &SecretString) -> Result<Self, Error> {
        Ok(Self { keys: Keyring::try_new(hex_digits)? })
    }

    /// The sealed text, or `None` when the system gives no randomness.
    pub(crate) fn seal(&self, msn: Option<&Msn>, at: Position) -> Option<String> {
        let plain = [at.part.to_be_bytes().as_slice(), at.pos.to_be_bytes().as_slice()].concat();
        Some(URL_SAFE_NO_PAD.encode(self.keys.seal(bound(msn), &plain).ok()?))
    }

    /// The position, if this platform sealed it for the same MSN.
    pub(crate) fn open(&self, msn: Option<&Msn>, cursor: &str) -> Option<Position> {
        let plain = self.keys.open(bound(msn), &URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
        let (part, pos) = plain.split_first_chunk::<2>()?;
        Some(Position { part: i16::from_be_bytes(*part), pos: i64::from_be_bytes(pos.try_into().ok()?) })
    }

    /// The same cursor under the newest key, if an older one sealed it.
    pub(crate) fn renewed(&self, msn: Option<&Msn>, cursor: &str) -> Option<String> {
        let sealed = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        self.keys.reseal(bound(msn), &sealed).ok()?.map(|sealed| URL_SAFE_NO_PAD.encode(sealed))
    }
}

fn bound(msn: Option<&Msn>) -> &str {
    msn.map_or("", Msn::as_str)
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
