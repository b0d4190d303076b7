//! What a session is known by.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use kvitt_primitives::Msn;
use uuid::Uuid;

/// The platform's own name of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SessionId(pub(crate) Uuid);

impl fmt::Display for SessionId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&URL_SAFE_NO_PAD.encode(self.0.as_bytes()))
    }
}

/// What opens the page: whoever has it acts as the payer. It names the sales unit, so that it is found by a key that
/// does, and cannot be printed.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Token(String);

impl Token {
    /// Bytes of chance in a token.
    pub(crate) const BYTES: usize = 32;

    /// A fresh token, made of chance.
    pub(crate) fn new(msn: &Msn, chance: [u8; Self::BYTES]) -> Self {
        Self(format!("{msn}.{}", URL_SAFE_NO_PAD.encode(chance)))
    }

    /// A token as it was stored.
    pub(crate) fn stored(text: String) -> Self {
        Self(text)
    }

    /// A token as a payer's side presents it, and the sales unit that it names; `None` for what is no token.
    pub(crate) fn presented(text: &str) -> Option<(Msn, Self)> {
        let (msn, secret) = text.split_once('.')?;
        let whole = URL_SAFE_NO_PAD.decode(secret).is_ok_and(|bytes| bytes.len() == Self::BYTES);
        Some((msn.parse().ok()?, Self(text.to_owned()))).filter(|_| whole)
    }

    /// The text, for the one who may have it and for the store.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Token(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_22_characters_for_a_url() {
        let id = SessionId(Uuid::from_u128(u128::MAX)).to_string();
        assert_eq!((id.len(), id.as_str()), (22, "_____________________w"));
    }

    #[test]
    fn a_token_names_its_sales_unit_and_shows_nothing() {
        let msn: Msn = "123456".parse().unwrap();
        let token = Token::new(&msn, [7; Token::BYTES]);
        assert_eq!(Token::presented(token.expose()), Some((msn, token.clone())));
        assert_eq!(format!("{token:?}"), "Token(..)");
        for text in ["", ".", "123456", "123456.", "123456.abc", "abc.def", "12345678901.AAAA"] {
            assert_eq!(Token::presented(text), None, "{text}");
        }
    }
}
