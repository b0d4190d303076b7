//! URLs that merchants give, and what they want to be called with. Whether a server may really be reached is judged again
//! when it is called, by whoever calls it.

use serde::{Deserialize, Serialize};

const LONGEST_URL: usize = 2500;
/// As long as eCom allows.
const LONGEST_PREFIX: usize = 255;
/// Schemes that a browser would run or read locally, or that are not encrypted.
const BAD_SCHEMES: [&str; 6] = ["http", "javascript", "data", "file", "vbscript", "blob"];

/// Which servers of merchants may be named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Callbacks {
    Https,
    /// Also a test's own server on this machine, without encryption.
    #[cfg(feature = "sandbox")]
    AlsoLoopback,
}

impl Callbacks {
    /// Whether a server may be named by this URL. Credentials have no place in it.
    pub(super) fn permits(self, text: &str) -> bool {
        parse_url(text).is_some_and(|url| {
            url.username().is_empty()
                && url.password().is_none()
                && url.host().is_some()
                && self.permits_scheme(&url)
        })
    }

    /// The same for what a path is appended to (eCom).
    pub(super) fn permits_prefix(self, text: &str) -> bool {
        text.chars().count() <= LONGEST_PREFIX && self.permits(text)
    }

    fn permits_scheme(self, url: &url::Url) -> bool {
        match self {
            Self::Https => url.scheme() == "https",
            #[cfg(feature = "sandbox")]
            Self::AlsoLoopback => url.scheme() == "https" || url.scheme() == "http" && is_loopback(url),
        }
    }
}

#[cfg(feature = "sandbox")]
fn is_loopback(url: &url::Url) -> bool {
    url.host().is_some_and(|host| match host {
        url::Host::Domain(name) => name == "localhost",
        url::Host::Ipv4(address) => address.is_loopback(),
        url::Host::Ipv6(address) => address.is_loopback(),
    })
}

/// What a merchant's server is shown as `Authorization`. It is the merchant's secret, so it is never printed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct CallbackToken(String);

impl CallbackToken {
    pub(crate) fn new(text: String) -> Self {
        Self(text)
    }

    /// For the call itself.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    /// Whether it fits into a header, and is not longer than that.
    pub(super) fn fits(&self, most: usize) -> bool {
        self.0.len() <= most && self.0.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic())
    }
}

impl std::fmt::Debug for CallbackToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CallbackToken(_)")
    }
}

/// What is asked of a token that is too long or does not fit.
pub(super) const TOKEN_RULE: &str = "must be visible ASCII characters and not too long";

pub(super) fn is_https_url(text: &str) -> bool {
    parse_url(text).is_some_and(|url| url.scheme() == "https")
}

/// https, or the scheme of an app.
pub(super) fn is_return_url(text: &str) -> bool {
    parse_url(text).is_some_and(|url| !BAD_SCHEMES.contains(&url.scheme()))
}

/// A browser forgives white space and a third slash; what is stored goes into headers as it is, so here they are
/// refused.
fn parse_url(text: &str) -> Option<url::Url> {
    let rest = text.split_once("://")?.1;
    if text.len() > LONGEST_URL || text.contains(|c: char| c.is_control() || c.is_whitespace()) {
        return None;
    }
    url::Url::parse(text).ok().filter(|url| url.scheme() != "https" || !rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn custom_schemes_return_to_apps() {
        for (url, valid) in [
            ("myapp://done", true),
            ("myapp:///done", true),
            ("https://localhost:3000/x?y=z#w", true),
            ("https://", false),
            ("https:///x", false),
            (" https://shop.example", false),
            ("https://shop.example/\n", false),
            ("shop.example", false),
            ("data://x", false),
            ("HTTP://shop.example", false),
        ] {
            assert_eq!(is_return_url(url), valid, "{url}");
        }
    }

    #[cfg(feature = "sandbox")]
    #[test]
    fn a_server_is_named_by_https_and_in_the_sandbox_by_http_on_this_machine() {
        for (url, https, loopback) in [
            ("https://shop.example/callback?x=y", true, true),
            ("https://shop.example:8080", true, true),
            ("https://user@shop.example", false, false),
            ("https://:password@shop.example", false, false),
            ("http://shop.example", false, false),
            ("http://127.0.0.1:3000/callback", false, true),
            ("http://[::1]:3000/callback", false, true),
            ("http://localhost/callback", false, true),
            ("http://localhost.shop.example", false, false),
            ("http://user@127.0.0.1", false, false),
            ("http://10.0.0.1", false, false),
            ("ftp://127.0.0.1", false, false),
            ("app://callback", false, false),
            ("https:///shop.example", false, false),
        ] {
            let found = (Callbacks::Https.permits(url), Callbacks::AlsoLoopback.permits(url));
            assert_eq!(found, (https, loopback), "{url}");
        }
        let long = format!("https://shop.example/{}", "a".repeat(235));
        assert!(Callbacks::Https.permits(&long) && !Callbacks::Https.permits_prefix(&long));
        assert!(Callbacks::Https.permits_prefix(&long[..255]));
    }

    #[test]
    fn a_token_is_never_printed_and_fits_into_a_header() {
        let token = |text: &str| CallbackToken::new(text.to_owned());
        assert_eq!(format!("{:?}", token("secret")), "CallbackToken(_)");
        for (text, fits) in
            [("Bearer abc", true), ("", true), ("a\nb", false), ("ø", false), ("12345678901", false)]
        {
            assert_eq!(token(text).fits(10), fits, "{text}");
        }
    }
}
