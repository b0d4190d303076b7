//! A set of keys: whose it is, and its secrets, as they are handed over once.

use chrono::{DateTime, Utc};
use kvitt_primitives::{ClientId, Invalid};
use secrecy::{ExposeSecret as _, SecretString};

use super::owner::Owner;

/// A set of keys without its secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeySet {
    pub(crate) client_id: ClientId,
    pub(crate) owner: Owner,
    /// False once it was revoked.
    pub(crate) active: bool,
    pub(crate) created_at: DateTime<Utc>,
}

/// A set of keys as it is made, with its secrets.
#[derive(Debug)]
pub(crate) struct Credentials {
    pub(crate) client_id: ClientId,
    pub(crate) owner: Owner,
    pub(crate) secrets: Secrets,
}

/// What proves a client.
#[derive(Debug)]
pub(crate) struct Secrets {
    pub(crate) client_secret: ClientSecret,
    /// For keys of a kind that has them.
    pub(crate) subscription_keys: Option<SubscriptionKeys>,
}

/// One secret of a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Slot {
    ClientSecret,
    Primary,
    Secondary,
}

impl Slot {
    /// The word for it, as it is told.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::ClientSecret => "CLIENT_SECRET",
            Self::Primary => "PRIMARY",
            Self::Secondary => "SECONDARY",
        }
    }
}

/// A client's secret.
#[derive(Debug)]
pub(crate) struct ClientSecret(SecretString);

impl ClientSecret {
    pub(crate) fn try_new(text: String) -> Result<Self, Invalid> {
        if (16..=256).contains(&text.chars().count()) {
            Ok(Self(text.into()))
        } else {
            Err(Invalid { rule: "must be 16 to 256 characters" })
        }
    }

    pub(crate) fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

/// A subscription key.
#[derive(Debug)]
pub(crate) struct SubscriptionKey(SecretString);

impl SubscriptionKey {
    pub(crate) fn try_new(text: String) -> Result<Self, Invalid> {
        if text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            Ok(Self(text.into()))
        } else {
            Err(Invalid { rule: "must be 32 hexadecimal digits" })
        }
    }

    pub(crate) fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

/// Two different subscription keys; either is accepted at any time.
#[derive(Debug)]
pub(crate) struct SubscriptionKeys {
    primary: SubscriptionKey,
    secondary: SubscriptionKey,
}

impl SubscriptionKeys {
    pub(crate) fn try_new(primary: SubscriptionKey, secondary: SubscriptionKey) -> Result<Self, Invalid> {
        if primary.expose() == secondary.expose() {
            return Err(Invalid { rule: "must not be the primary key" });
        }
        Ok(Self { primary, secondary })
    }

    pub(crate) fn primary(&self) -> &SubscriptionKey {
        &self.primary
    }

    pub(crate) fn secondary(&self) -> &SubscriptionKey {
        &self.secondary
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_secret_has_16_to_256_characters() {
        for (length, valid) in [(0, false), (15, false), (16, true), (256, true), (257, false)] {
            assert_eq!(ClientSecret::try_new("s".repeat(length)).is_ok(), valid, "{length}");
        }
    }

    #[test]
    fn a_subscription_key_is_32_hexadecimal_digits() {
        let table = [("0", 32, true), ("aF", 16, true), ("g", 32, false), ("0", 31, false), ("0", 33, false)];
        for (text, times, valid) in table {
            assert_eq!(SubscriptionKey::try_new(text.repeat(times)).is_ok(), valid, "{text} {times}");
        }
    }

    #[test]
    fn the_two_subscription_keys_differ() {
        let key = |text: &str| SubscriptionKey::try_new(text.repeat(32)).unwrap();
        assert!(SubscriptionKeys::try_new(key("1"), key("2")).is_ok());
        assert!(SubscriptionKeys::try_new(key("1"), key("1")).is_err());
    }

    #[test]
    fn secrets_do_not_show_when_printed() {
        let secret = ClientSecret::try_new("do-not-print-this".to_owned()).unwrap();
        assert!(!format!("{secret:?}").contains("print"));
    }
}
