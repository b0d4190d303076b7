//! How the platform signs what it sends to merchants' servers, so that they know it from what others send
//! (contract-payments section 7.4).
//!
//! Pure: the time and the secret are arguments. Who sends asks [`content_sha256`] and [`date`] for the headers of these
//! names, and whoever holds the secret makes the third, `Authorization`, by [`Message::authorization`]. The two need not
//! be the same service.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

/// The header that says when it was signed, in lower case.
pub const DATE_HEADER: &str = "x-ms-date";

/// The header with the hash of the body, in lower case.
pub const CONTENT_HEADER: &str = "x-ms-content-sha256";

/// What is signed. No part may hold a line feed or, but for the path, a semicolon: those set the parts apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Message<'a> {
    /// The HTTP method, in upper case.
    pub method: &'a str,
    /// As it stands in the first line of the request.
    pub path_and_query: &'a str,
    /// The value of [`DATE_HEADER`].
    pub date: &'a str,
    /// The value of the header `Host`: with the port unless it is the scheme's own.
    pub host: &'a str,
    /// The value of [`CONTENT_HEADER`].
    pub content_sha256: &'a str,
}

impl Message<'_> {
    /// The value of the header `Authorization`. The key is the secret's text as its owner has it, whatever it may look
    /// like it encodes.
    pub fn authorization(&self, secret: &str) -> String {
        let Self { method, path_and_query, date, host, content_sha256 } = self;
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key may have any length");
        mac.update(format!("{method}\n{path_and_query}\n{date};{host};{content_sha256}").as_bytes());
        let signature = STANDARD.encode(mac.finalize().into_bytes());
        format!("HMAC-SHA256 SignedHeaders={DATE_HEADER};host;{CONTENT_HEADER}&Signature={signature}")
    }
}

/// The value of the header `webhook-signature` by the convention of Standard Webhooks, for the values of `webhook-id` and
/// `webhook-timestamp`. The key is the bytes that the secret's text encodes in base64, as the convention's libraries read
/// it; a text that encodes nothing is its own key.
pub fn standard_webhooks(secret: &str, (id, timestamp): (&str, &str), body: &[u8]) -> String {
    let key = STANDARD.decode(secret).unwrap_or_else(|_| secret.as_bytes().to_vec());
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("a key may have any length");
    for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
        mac.update(part);
    }
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

/// The value of [`CONTENT_HEADER`] for the bytes of a body.
pub fn content_sha256(body: &[u8]) -> String {
    STANDARD.encode(Sha256::digest(body))
}

/// The value of [`DATE_HEADER`] for an instant, as RFC 1123 writes it. Receivers refuse what is off by minutes, so it is to
/// be the wall clock's.
pub fn date(at: DateTime<Utc>) -> String {
    at.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str =
        "A0+AeKBRG2KRGvnNwJpQlb6IJFk48CKXCIcrLoHncVJKDILsQSxS6NWCccwWm6r6FhGKhiHTBsG2wo/xU6FY/A==";
    const BODY: &[u8] = br#"{"some-unique-content":"ee6e441b-cc4a-46f8-895d-a5af79bcc233/hello-world"}"#;
    const HASH: &str = "lNlsp1XA03N34HrQsVzPgJKtC+r7l/RBF4V3JQUWMj4=";

    fn published() -> Message<'static> {
        Message {
            method: "POST",
            path_and_query: "/e2cee29b-012e-4f1d-8ef4-e95fd74a7a63",
            date: "Thu, 30 Mar 2023 08:38:32 GMT",
            host: "webhook.site",
            content_sha256: HASH,
        }
    }

    #[test]
    fn the_published_check_vector_is_signed_alike() {
        assert_eq!(content_sha256(BODY), HASH);
        assert_eq!(date("2023-03-30T08:38:32Z".parse().unwrap()), published().date);
        assert_eq!(
            published().authorization(SECRET),
            "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256\
             &Signature=agAiSyogQbDHpeucoNwYz+yAr5nJ+v+zasdkSbqzv+U="
        );
    }

    #[test]
    fn the_convention_of_standard_webhooks_signs_its_published_example() {
        let secret = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        let (id, timestamp) = ("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330");
        let signature = standard_webhooks(secret, (id, timestamp), br#"{"test": 2432232314}"#);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_day_of_one_digit_has_a_zero_before_it_and_fractions_are_left_out() {
        let at = "2026-11-02T03:04:05.999Z".parse().unwrap();
        assert_eq!(date(at), "Mon, 02 Nov 2026 03:04:05 GMT");
    }

    #[test]
    fn every_part_and_the_secret_matter() {
        let signed = published().authorization(SECRET);
        let others = [
            Message { method: "GET", ..published() },
            Message { path_and_query: "/", ..published() },
            Message { date: "Thu, 30 Mar 2023 08:38:33 GMT", ..published() },
            Message { host: "webhook.site:8443", ..published() },
            Message { content_sha256: "", ..published() },
        ];
        assert!(others.iter().all(|other| other.authorization(SECRET) != signed));
        assert_ne!(published().authorization("A0"), signed);
    }
}
