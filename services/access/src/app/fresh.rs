//! Random secrets.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use secrecy::{ExposeSecret as _, SecretString, zeroize::Zeroizing};

use crate::{
    domain::{
        credentials::{ClientSecret, Secrets, Slot, SubscriptionKey, SubscriptionKeys},
        owner::KeyKind,
    },
    envelope,
};

/// The secrets of a new set.
pub(super) fn secrets(kind: KeyKind) -> Result<Secrets, envelope::Error> {
    let text = |slot| secret(slot).map(|secret| secret.expose_secret().to_owned());
    let client_secret = ClientSecret::try_new(text(Slot::ClientSecret)?).expect("it has 40 characters");
    let key = |slot| {
        let key = text(slot)?;
        Ok::<_, envelope::Error>(SubscriptionKey::try_new(key).expect("it is 32 hexadecimal digits"))
    };
    let subscription_keys = if kind.has_subscription_keys() {
        let keys = SubscriptionKeys::try_new(key(Slot::Primary)?, key(Slot::Secondary)?);
        Some(keys.expect("16 random bytes do not come twice"))
    } else {
        None
    };
    Ok(Secrets { client_secret, subscription_keys })
}

/// A new secret in the form that upstream gives it: a client's is base64, a subscription key is hexadecimal.
pub(super) fn secret(slot: Slot) -> Result<SecretString, envelope::Error> {
    let text = match slot {
        Slot::ClientSecret => BASE64_STANDARD.encode(Zeroizing::new(envelope::random::<30>()?)),
        Slot::Primary | Slot::Secondary => hex::encode(Zeroizing::new(envelope::random::<16>()?)),
    };
    Ok(text.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_have_upstreams_form_and_never_come_twice() {
        for kind in KeyKind::ALL {
            let (one, two) = (secrets(kind).unwrap(), secrets(kind).unwrap());
            assert_eq!(one.client_secret.expose().len(), 40);
            assert_eq!(BASE64_STANDARD.decode(one.client_secret.expose()).unwrap().len(), 30);
            assert_ne!(one.client_secret.expose(), two.client_secret.expose());
            assert_eq!(one.subscription_keys.is_some(), kind.has_subscription_keys());
            for key in one.subscription_keys.iter().flat_map(|keys| [keys.primary(), keys.secondary()]) {
                assert!(key.expose().bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')));
            }
        }
    }
}
