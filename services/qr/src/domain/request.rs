//! Money asked for in person: what may be said with it, and how its payments are named.

use kvitt_primitives::{IdempotencyKey, Msn, PhoneNumber, Reference, UserId};
use sha2::{Digest as _, Sha256};

use super::found::{Found, chars};

const SHORTEST_MESSAGE: usize = 3;
const LONGEST_MESSAGE: usize = 100;
const LONGEST_NAME: usize = 200;
/// Bytes of the hash in a reference.
const HASH_BYTES: usize = 16;

/// What a request says; a payment is described so.
pub(crate) fn check_request_message(message: &str, found: &mut Found) {
    let fits = message.is_empty() || chars(message, SHORTEST_MESSAGE, LONGEST_MESSAGE);
    found.check(fits, "message", "must be empty or 3 to 100 characters");
}

/// What a payer of a VM number says.
pub(crate) fn check_payer(name: &str, message: &str, found: &mut Found) {
    found.check(chars(name, 1, LONGEST_NAME), "payerName", "must be 1 to 200 characters");
    found.check(chars(message, 0, LONGEST_MESSAGE), "message", "must be at most 100 characters");
}

/// The message, where a payment may be described so; empty otherwise.
pub(crate) fn payment_description(message: &str) -> &str {
    if chars(message, SHORTEST_MESSAGE, LONGEST_MESSAGE) { message } else { "" }
}

/// The reference of what a user asks for under this key: the same user, unit and key are the same payment.
pub(crate) fn request_reference(user: UserId, msn: &Msn, key: &IdempotencyKey) -> Reference {
    named("request", &user.to_string(), msn, key)
}

/// The reference of what a payer pays to a VM number under this key.
pub(crate) fn vm_reference(phone: &PhoneNumber, msn: &Msn, key: &IdempotencyKey) -> Reference {
    named("vm", phone.as_str(), msn, key)
}

/// No part but the last can hold the sign between them.
fn named(kind: &str, who: &str, msn: &Msn, key: &IdempotencyKey) -> Reference {
    let hash = Sha256::digest(format!("{who}|{msn}|{}", key.as_str()));
    let shown: String = hash.iter().take(HASH_BYTES).map(|byte| format!("{byte:02x}")).collect();
    format!("{kind}-{shown}").parse().expect("at most 40 letters, digits and hyphens")
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_message_is_as_long_as_where_it_is_shown_allows() {
        for (message, asked, paid, description) in [
            (String::new(), true, true, false),
            ("Øl".to_owned(), false, true, false),
            ("Øl!".to_owned(), true, true, true),
            ("Ø".repeat(100), true, true, true),
            ("Ø".repeat(101), false, false, false),
            ("a\0bc".to_owned(), false, false, false),
        ] {
            let (mut of_request, mut of_payer) = (Found::default(), Found::default());
            check_request_message(&message, &mut of_request);
            check_payer("Kari", &message, &mut of_payer);
            assert_eq!((of_request.is_empty(), of_payer.is_empty()), (asked, paid), "{message}");
            assert_eq!(!payment_description(&message).is_empty(), description, "{message}");
        }
    }

    #[test]
    fn a_payer_has_a_name() {
        for (name, valid) in [("", false), ("K", true), (&"é".repeat(200), true), (&"é".repeat(201), false)]
        {
            let mut found = Found::default();
            check_payer(name, "", &mut found);
            assert_eq!(found.is_empty(), valid, "{name}");
        }
    }

    #[test]
    fn another_caller_unit_or_key_is_another_payment() {
        let msn = |text: &str| text.parse::<Msn>().expect("an MSN");
        let key = |text: &str| text.parse::<IdempotencyKey>().expect("a key");
        let user = |number| UserId::from_uuid(Uuid::from_u128(number));
        let reference =
            |number, unit: &str, name: &str| request_reference(user(number), &msn(unit), &key(name));
        let first = reference(1, "123456", "a");
        assert_eq!(first, reference(1, "123456", "a"));
        assert_eq!(first.as_str().len(), "request-".len() + 32);
        for other in [reference(2, "123456", "a"), reference(1, "123457", "a"), reference(1, "123456", "b")] {
            assert_ne!(first, other);
        }
        let phone = "4712345678".parse().expect("a phone number");
        let paid = vm_reference(&phone, &msn("123456"), &key("a|b"));
        assert_eq!(paid.as_str().len(), "vm-".len() + 32);
    }
}
