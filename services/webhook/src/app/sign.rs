//! The headers of what is sent (contract-payments sections 7.4 and 7.5).

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::{DateTime, Utc};
use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE, USER_AGENT},
};
use kvitt_egress::Destination;
use kvitt_primitives::{EventId, WebhookId};
use kvitt_signing::{CONTENT_HEADER, DATE_HEADER, Message, content_sha256, date};
use secrecy::{ExposeSecret as _, SecretString};

/// The same value as `Authorization`, which some servers' hosts take away.
const X_AUTHORIZATION: HeaderName = HeaderName::from_static("x-vipps-authorization");
const WEBHOOK_ID: HeaderName = HeaderName::from_static("webhook-id");
const WEBHOOK_TIMESTAMP: HeaderName = HeaderName::from_static("webhook-timestamp");
const WEBHOOK_SIGNATURE: HeaderName = HeaderName::from_static("webhook-signature");

/// Whose delivery is signed, and of what.
pub(crate) struct Signed<'a> {
    pub(crate) webhook_id: WebhookId,
    pub(crate) event_id: EventId,
    pub(crate) secret: &'a SecretString,
    /// Whether it is signed by the convention of Standard Webhooks too.
    pub(crate) standard: bool,
    pub(crate) body: &'a [u8],
    /// By the wall clock: receivers refuse what is off by minutes.
    pub(crate) at: DateTime<Utc>,
}

/// The headers of a signed delivery to this destination.
pub(crate) fn headers(signed: &Signed<'_>, to: &Destination) -> HeaderMap {
    let (date, hash) = (date(signed.at), content_sha256(signed.body));
    let message = Message {
        method: "POST",
        path_and_query: &to.path_and_query,
        date: &date,
        host: &to.host,
        content_sha256: &hash,
    };
    let authorization = value(&message.authorization(signed.secret.expose_secret()));
    let mut headers = plain();
    headers.insert(AUTHORIZATION, authorization.clone());
    headers.insert(X_AUTHORIZATION, authorization);
    headers.insert(DATE_HEADER, value(&date));
    headers.insert(CONTENT_HEADER, value(&hash));
    headers.insert(WEBHOOK_ID, value(&signed.webhook_id.to_string()));
    if signed.standard {
        let (id, timestamp) = (signed.event_id.to_string(), signed.at.timestamp().to_string());
        let signature =
            kvitt_signing::standard_webhooks(signed.secret.expose_secret(), (&id, &timestamp), signed.body);
        headers.insert(WEBHOOK_ID, value(&id));
        headers.insert(WEBHOOK_TIMESTAMP, value(&timestamp));
        headers.insert(WEBHOOK_SIGNATURE, value(&signature));
    }
    headers
}

/// The headers of eCom's calls: the merchant's own token, verbatim. The removal of a consent has no body, and so no type.
pub(crate) fn with_token(token: Option<&SecretString>, body: &[u8]) -> HeaderMap {
    let mut headers = plain();
    if body.is_empty() {
        headers.remove(CONTENT_TYPE);
    }
    if let Some(token) = token {
        headers.insert(AUTHORIZATION, value(token.expose_secret()));
    }
    headers
}

fn plain() -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    headers.insert(USER_AGENT, HeaderValue::from_static("Vipps MobilePay/1.0 Webhooks/1.0"));
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
    headers
}

/// Tokens were judged when they were given; all else is digits, letters and punctuation.
fn value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

/// A fresh secret: 64 random bytes as text, 88 characters.
pub(crate) fn fresh_secret() -> Result<SecretString, kvitt_envelope::Error> {
    Ok(STANDARD.encode(kvitt_envelope::random::<64>()?).into())
}
