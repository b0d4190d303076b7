//! Reading a URL that a merchant gave. Whoever checks it and whoever connects read it by the same [`Target::parse`]: two
//! readers that disagree about where the host begins are the oldest way in.

use http::uri::PathAndQuery;
use thiserror::Error;
use tokio_rustls::rustls::pki_types::ServerName;
use url::{Host, Url};

use crate::address::judge;
use crate::policy::Policy;

/// No URL may be longer, in bytes; the upstream API's own limit for the URLs of a payment.
pub const LONGEST_URL: usize = 2500;

/// Names that mean this machine or this network. They are refused before any lookup; that their addresses are refused as
/// well is what protects us.
const OWN_NAMES: [&str; 5] = ["localhost", "localdomain", "local", "internal", "home.arpa"];

/// Why a URL is none that the platform would call.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum UrlRefused {
    /// It is longer than [`LONGEST_URL`].
    #[error("the URL is longer than {LONGEST_URL} bytes")]
    TooLong,
    /// White space, control characters and backslashes: parsers disagree about them.
    #[error("the URL contains white space, a control character or a backslash")]
    Character,
    /// It is not an absolute URL with `//` and a host.
    #[error("this is not a URL")]
    Unreadable,
    /// Only https is called; http too where the sandbox allows it.
    #[error("the URL's scheme is not allowed")]
    Scheme,
    /// A user's name or password, even an empty one.
    #[error("the URL contains user information")]
    UserInfo,
    /// A fragment never reaches a server, so a URL with one is a mistake or a trick.
    #[error("the URL contains a fragment")]
    Fragment,
    /// The host is no name that a certificate could be for.
    #[error("the URL's host is not a valid name")]
    Host,
    /// The host is an address, or a name, outside the public internet.
    #[error("the URL's host is not on the public internet")]
    NotPublic,
    /// Nobody can listen on port 0.
    #[error("the URL's port is not allowed")]
    Port,
}

/// Whether the platform would call this URL, as far as that can be said without asking DNS. For the moment a merchant gives
/// it: [`Egress::send`](crate::Egress::send) asks again, and judges the addresses.
///
/// # Errors
///
/// The first reason found to refuse it.
pub fn check_url(text: &str, policy: Policy) -> Result<(), UrlRefused> {
    Target::parse(text, policy).map(drop)
}

/// Where a URL leads, as the request will say it: what a signature over a request covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    /// The value of the `Host` header: with the port unless it is the scheme's own.
    pub host: String,
    /// As it will stand in the first line of the request.
    pub path_and_query: String,
}

/// How bytes travel to the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    Http,
    Https,
}

/// Where a call goes.
pub(crate) struct Target {
    pub(crate) scheme: Scheme,
    /// A name in lower case without a dot at its end, or an address, whatever its disguise was.
    pub(crate) host: Host<String>,
    pub(crate) port: u16,
    /// What the certificate must be for.
    pub(crate) server_name: ServerName<'static>,
    /// The value of the `Host` header: the port only where it is not the scheme's own.
    pub(crate) authority: String,
    pub(crate) path: PathAndQuery,
}

impl Target {
    pub(crate) fn parse(text: &str, policy: Policy) -> Result<Self, UrlRefused> {
        check_text(text)?;
        let url = Url::parse(text).map_err(|_| UrlRefused::Unreadable)?;
        let scheme = match url.scheme() {
            "https" => Scheme::Https,
            "http" if policy.allows_loopback() => Scheme::Http,
            _ => return Err(UrlRefused::Scheme),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(UrlRefused::UserInfo);
        }
        let host = match url.host().ok_or(UrlRefused::Unreadable)? {
            Host::Domain(name) => Host::Domain(check_name(name, policy)?),
            Host::Ipv4(ip) => {
                judge(ip.into(), policy).then_some(Host::Ipv4(ip)).ok_or(UrlRefused::NotPublic)?
            }
            Host::Ipv6(ip) => {
                judge(ip.into(), policy).then_some(Host::Ipv6(ip)).ok_or(UrlRefused::NotPublic)?
            }
        };
        let server_name = match &host {
            Host::Domain(name) => ServerName::try_from(name.clone()).map_err(|_| UrlRefused::Host)?,
            Host::Ipv4(ip) => ServerName::IpAddress((*ip).into()),
            Host::Ipv6(ip) => ServerName::IpAddress((*ip).into()),
        };
        let port = url.port_or_known_default().filter(|port| *port != 0).ok_or(UrlRefused::Port)?;
        let authority = url.port().map_or_else(|| host.to_string(), |port| format!("{host}:{port}"));
        let path = url[url::Position::BeforePath..url::Position::AfterQuery]
            .parse()
            .map_err(|_| UrlRefused::Unreadable)?;
        Ok(Self { scheme, host, port, server_name, authority, path })
    }
}

/// What is refused in the text itself, before a forgiving parser strips, turns or guesses anything.
fn check_text(text: &str) -> Result<(), UrlRefused> {
    if text.len() > LONGEST_URL {
        return Err(UrlRefused::TooLong);
    }
    if text.contains(|c: char| c.is_control() || c.is_whitespace() || c == '\\') {
        return Err(UrlRefused::Character);
    }
    // A parser for browsers takes `https:host` and `https:///host` too.
    let (scheme, rest) = text.split_once("://").ok_or(UrlRefused::Unreadable)?;
    if rest.starts_with('/')
        || !scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
    {
        return Err(UrlRefused::Unreadable);
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') {
        return Err(UrlRefused::UserInfo);
    }
    if text.contains('#') {
        return Err(UrlRefused::Fragment);
    }
    Ok(())
}

/// The name without the dot that may end it, unless it names this machine or network.
fn check_name(name: &str, policy: Policy) -> Result<String, UrlRefused> {
    let name = name.strip_suffix('.').unwrap_or(name);
    // A name without a dot is completed from the host's own search list.
    let is_own = || {
        !name.contains('.')
            || OWN_NAMES
                .iter()
                .any(|own| name.strip_suffix(own).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')))
    };
    if !policy.allows_loopback() && is_own() { Err(UrlRefused::NotPublic) } else { Ok(name.to_owned()) }
}
