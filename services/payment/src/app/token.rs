//! Tokens of redirect URLs. A token says itself whose it is, so that it is found by the log's own key; what cannot be
//! guessed of it is compared with what was stored.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use kvitt_primitives::{Msn, PaymentId};
use subtle::ConstantTimeEq as _;
use tonic::Status;
use uuid::Uuid;

use super::Error;

/// Bytes that nobody can guess.
const SECRET_BYTES: usize = 16;
const ID_BYTES: usize = 16;

/// A token for a new payment: its id, randomness, and the MSN.
pub(super) fn new(msn: &Msn, payment: PaymentId) -> Result<String, Error> {
    let mut secret = [0; SECRET_BYTES];
    getrandom::fill(&mut secret)
        .map_err(|_| Error::Peer(Status::internal("the system gives no randomness")))?;
    Ok(write(msn, payment, secret))
}

fn write(msn: &Msn, payment: PaymentId, secret: [u8; SECRET_BYTES]) -> String {
    let bytes = [payment.as_uuid().as_bytes().as_slice(), &secret, msn.as_str().as_bytes()].concat();
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Whose it says that it is; `None` of what was never a token, and of those from before they said it.
pub(super) fn read(token: &str) -> Option<(Msn, PaymentId)> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    let (id, rest) = bytes.split_first_chunk::<ID_BYTES>()?;
    let (_, msn) = rest.split_first_chunk::<SECRET_BYTES>()?;
    let msn = std::str::from_utf8(msn).ok()?.parse().ok()?;
    Some((msn, PaymentId::from_uuid(Uuid::from_bytes(*id))))
}

/// Whether it is the one that was given out, told in a time that says nothing about it.
pub(super) fn is_same(stored: &str, given: &str) -> bool {
    stored.as_bytes().ct_eq(given.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_says_whose_it_is_and_no_two_are_alike() {
        let payment = PaymentId::from_uuid(Uuid::from_u128(7));
        for msn in ["1234", "1234567890"] {
            let msn: Msn = msn.parse().unwrap();
            let (one, other) = (new(&msn, payment).unwrap(), new(&msn, payment).unwrap());
            assert_eq!(read(&one), Some((msn.clone(), payment)));
            assert_eq!(read(&other), Some((msn, payment)));
            assert!(is_same(&one, &one) && !is_same(&one, &other));
        }
    }

    #[test]
    fn what_is_no_token_is_nobodys() {
        let token = write(&"123456".parse().unwrap(), PaymentId::from_uuid(Uuid::from_u128(7)), [0xff; 16]);
        let older = URL_SAFE_NO_PAD.encode([0xff; 32]);
        for text in ["", "token", "!", &token[1..], &token[..40], &older, &"A".repeat(100_000)] {
            assert_eq!(read(text), None, "{text:.100}");
        }
    }
}
