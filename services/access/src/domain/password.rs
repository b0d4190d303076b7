//! Passwords, before they are hashed.

use kvitt_primitives::Invalid;
use secrecy::{ExposeSecret as _, SecretString};

/// A password that somebody may set. It does not show when printed.
#[derive(Debug, Clone)]
pub(crate) struct Password(SecretString);

impl Password {
    /// A longer one would only cost time.
    pub(crate) const MOST: usize = 128;
    const LEAST: usize = 10;

    pub(crate) fn try_new(text: SecretString) -> Result<Self, Invalid> {
        let length = text.expose_secret().chars().count();
        if (Self::LEAST..=Self::MOST).contains(&length) {
            Ok(Self(text))
        } else {
            Err(Invalid { rule: "must be 10 to 128 characters" })
        }
    }

    pub(crate) fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_has_10_to_128_characters() {
        for (length, valid) in [(0, false), (9, false), (10, true), (128, true), (129, false)] {
            for letter in ["a", "ø"] {
                let text = letter.repeat(length);
                assert_eq!(Password::try_new(text.into()).is_ok(), valid, "{letter} {length}");
            }
        }
    }

    #[test]
    fn a_password_does_not_show_when_printed() {
        let password = Password::try_new("do-not-print-this".to_owned().into()).unwrap();
        assert!(!format!("{password:?}").contains("print"));
    }
}
