//! The rules that values of settings keep, as clap's value parsers. A refusal says the rule and never the value, which may
//! be a secret.

use http::Uri;
use secrecy::SecretString;

/// The rule that a value breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidValue(pub &'static str);

/// Where a service listens: `http://host:port`, or https with certificates; or several, with commas between.
pub fn peer_url(text: &str) -> Result<String, InvalidValue> {
    let root = |uri: &Uri| {
        is_web(uri) && names_host_and_port(uri) && uri.path_and_query().is_none_or(|path| path == "/")
    };
    for url in text.split(',') {
        keep(url, root, "must be a URL http://host:port or https://host:port, without a path")?;
    }
    Ok(text.to_owned())
}

/// Where people, their browsers and their clients are sent.
pub fn web_url(text: &str) -> Result<String, InvalidValue> {
    keep(text, is_web, "must be a URL that begins with http:// or https:// and a host")
}

/// A collector, or nothing.
pub(super) fn collector_url(text: &str) -> Result<String, InvalidValue> {
    if text.is_empty() { Ok(String::new()) } else { web_url(text) }
}

/// A mail server.
pub fn smtp_url(text: &str) -> Result<SecretString, InvalidValue> {
    let mail = |uri: &Uri| matches!(uri.scheme_str(), Some("smtp" | "smtps")) && has_host(uri);
    keep(text, mail, "must be a URL that begins with smtp:// or smtps:// and a host").map(SecretString::from)
}

/// Shorter secrets can be guessed.
const SHORTEST_SECRET: usize = 16;

/// What a service proves itself with, or keys hashes with.
pub fn secret(text: &str) -> Result<SecretString, InvalidValue> {
    if text.len() < SHORTEST_SECRET {
        return Err(InvalidValue("must be a secret of at least 16 characters"));
    }
    Ok(text.into())
}

/// Digits of a key of 32 bytes.
const KEY_DIGITS: usize = 64;

/// A key of 32 bytes; behind commas, older ones that it follows.
pub fn hex_keys(text: &str) -> Result<SecretString, InvalidValue> {
    let is_key = |key: &str| key.len() == KEY_DIGITS && key.bytes().all(|digit| digit.is_ascii_hexdigit());
    if !text.split(',').all(is_key) {
        return Err(InvalidValue("must be 64 hexadecimal digits"));
    }
    Ok(text.into())
}

fn keep(text: &str, good: impl FnOnce(&Uri) -> bool, rule: &'static str) -> Result<String, InvalidValue> {
    let valid = text.parse::<Uri>().is_ok_and(|uri| good(&uri));
    if valid { Ok(text.to_owned()) } else { Err(InvalidValue(rule)) }
}

fn is_web(uri: &Uri) -> bool {
    matches!(uri.scheme_str(), Some("http" | "https")) && has_host(uri)
}

/// And nobody who logs in there.
fn names_host_and_port(uri: &Uri) -> bool {
    let rest = uri.authority().zip(uri.host()).and_then(|(all, host)| all.as_str().strip_prefix(host));
    rest.is_some_and(|rest| rest.is_empty() || uri.port_u16().is_some())
}

fn has_host(uri: &Uri) -> bool {
    uri.host().is_some_and(|host| !host.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_is_a_host_with_a_scheme_and_nothing_else() {
        for good in [
            "http://127.0.0.1:5001,http://127.0.0.1:5002",
            "https://access.kvitt.svc:5001",
            "http://[::1]:5001/",
            "http://access",
        ] {
            assert_eq!(peer_url(good).as_deref(), Ok(good));
        }
        for bad in [
            "",
            "http://access,",
            "access",
            "access:5001",
            "127.0.0.1:5001",
            "ftp://access",
            "http://",
            "http:///x",
            "/x",
            "http://access/path",
            "http://access?x=1",
            "http://access:port",
            "http://access:",
            "http://user:password@access",
            "http://a b",
        ] {
            assert!(peer_url(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_page_may_have_a_path() {
        assert!(web_url("https://landing.kvitt.localhost/a/b").is_ok());
        assert!(web_url("landing.kvitt.localhost").is_err());
        assert!(collector_url("").is_ok() && collector_url("collector").is_err());
    }

    #[test]
    fn secrets_are_long_and_keys_are_64_digits() {
        assert!(secret("0123456789abcdef").is_ok() && secret("0123456789abcde").is_err());
        let key = "0aF".repeat(22)[..64].to_owned();
        assert!(hex_keys(&key).is_ok() && hex_keys(&format!("{key},{key}")).is_ok());
        for bad in [String::new(), "0".repeat(63), "0".repeat(65), "g".repeat(64), format!("{key},")] {
            assert!(hex_keys(&bad).is_err(), "{bad}");
        }
    }
}
