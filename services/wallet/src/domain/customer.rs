//! How a merchant can name a payer: by phone number, by a token, or by the payer's own code.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use kvitt_primitives::PhoneNumber;
use sha2::{Digest as _, Sha256};

/// A merchant can name a payer by a token for so long.
pub(crate) const TOKEN_LIFE: TimeDelta = TimeDelta::minutes(15);

/// A code of version 2.0 lives for so long.
pub(crate) const CODE_LIFE: TimeDelta = TimeDelta::days(30);

/// Codes of version 1.0: the number in clear between these two.
const CLEAR_CODE: (&str, &str) = ("https://qr.vipps.no/28/2/01/031/", "?v=1");

/// Codes of version 2.0: the token follows.
const TOKEN_CODE: &str = "https://qr.vipps.no/p/";

/// Something that nobody can guess. Whoever holds it stands for the payer, so it has no Debug that shows it, and what is
/// stored is its hash.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Token([u8; Self::BYTES]);

impl Token {
    /// Bytes of chance in a token.
    pub(crate) const BYTES: usize = 32;

    /// Takes bytes of chance.
    pub(crate) fn new(bytes: [u8; Self::BYTES]) -> Self {
        Self(bytes)
    }

    /// Reads a token; there is one text for each.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok().map(Self)
    }

    /// The text that is handed out.
    pub(crate) fn expose(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// What is stored.
    pub(crate) fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0).into()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

/// A payer's own code, as a scanner reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PersonalCode {
    /// Version 1.0.
    Clear(PhoneNumber),
    /// Version 2.0.
    Token(Token),
}

impl PersonalCode {
    /// Reads the full text, which has to be exactly one that was printed: no other host, scheme, case or query.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if let Some(token) = text.strip_prefix(TOKEN_CODE) {
            return Token::parse(token).map(Self::Token);
        }
        let number = text.strip_prefix(CLEAR_CODE.0)?.strip_suffix(CLEAR_CODE.1)?;
        number.parse().ok().map(Self::Clear)
    }

    /// The full text.
    pub(crate) fn expose(&self) -> String {
        match self {
            Self::Clear(phone_number) => format!("{}{phone_number}{}", CLEAR_CODE.0, CLEAR_CODE.1),
            Self::Token(token) => format!("{TOKEN_CODE}{}", token.expose()),
        }
    }

    /// Its version.
    pub(crate) fn version(&self) -> CodeVersion {
        match self {
            Self::Clear(_) => CodeVersion::V1,
            Self::Token(_) => CodeVersion::V2,
        }
    }
}

/// Generations of printed codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CodeVersion {
    /// 1.0
    V1,
    /// 2.0
    V2,
}

/// Whom a merchant means, as it was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Named {
    Phone(PhoneNumber),
    Code(PersonalCode),
    Token(Token),
}

/// Why a name leads to no customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// Unknown, too old, or used up by another payment.
    #[error("the customer token is not valid")]
    InvalidToken,
    /// Another text than a payer's code, or one that is too old.
    #[error("the personal QR is not valid")]
    InvalidPersonalCode,
    /// Nobody, or nobody who may be a customer. A merchant is not told which.
    #[error("there is no such customer")]
    NotFound,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_has_one_text_and_shows_in_no_debug_output() {
        let token = Token::new([255; 32]);
        let text = token.expose();
        assert_eq!(text.len(), 43);
        assert_eq!(Token::parse(&text), Some(token.clone()));
        assert_eq!(format!("{token:?}"), "Token(..)");
        let other_last_bits = format!("{}9", &text[..42]);
        for other in ["", &text[..42], &format!("{text}="), &format!("{text}A"), &other_last_bits, "+/"] {
            assert_eq!(Token::parse(other), None, "{other}");
        }
    }

    #[test]
    fn a_code_reads_back_as_what_was_printed() {
        let number: PhoneNumber = "4799900001".parse().unwrap();
        let clear = PersonalCode::Clear(number);
        assert_eq!(clear.expose(), "https://qr.vipps.no/28/2/01/031/4799900001?v=1");
        let token = PersonalCode::Token(Token::new([7; 32]));
        assert!(token.expose().starts_with("https://qr.vipps.no/p/"));
        for (code, version) in [(clear, CodeVersion::V1), (token, CodeVersion::V2)] {
            assert_eq!(PersonalCode::parse(&code.expose()), Some(code.clone()));
            assert_eq!(code.version(), version);
        }
    }

    #[test]
    fn any_other_text_is_no_code() {
        let token = Token::new([7; 32]).expose();
        for text in [
            String::new(),
            "https://qr.vipps.no/p/".to_owned(),
            format!("http://qr.vipps.no/p/{token}"),
            format!("HTTPS://qr.vipps.no/p/{token}"),
            format!("https://qr.vipps.no.example/p/{token}"),
            format!("https://qr.vipps.no/P/{token}"),
            format!("https://qr.vipps.no/p/{token}?v=1"),
            format!("https://qr.vipps.no/p/{token}/"),
            format!(" https://qr.vipps.no/p/{token}"),
            format!("https://qr.vipps.no/p/{token}\n"),
            "https://qr.vipps.no/28/2/01/031/4799900001".to_owned(),
            "https://qr.vipps.no/28/2/01/031/4799900001?v=2".to_owned(),
            "https://qr.vipps.no/28/2/01/031/4799900001?v=1&v=1".to_owned(),
            "https://qr.vipps.no/28/2/01/031/+4799900001?v=1".to_owned(),
            "https://qr.vipps.no/28/2/01/031/12345678?v=1".to_owned(),
            "https://qr.vipps.no/28/2/01/031/?v=1".to_owned(),
            "https://qr.vipps.no/28/2/01/031/４７９９９００００１?v=1".to_owned(),
            "4799900001".to_owned(),
        ] {
            assert_eq!(PersonalCode::parse(&text), None, "{text}");
        }
    }
}
