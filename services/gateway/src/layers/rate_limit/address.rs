//! Where a request comes from.

use std::{
    net::{IpAddr, Ipv6Addr, SocketAddr},
    str::FromStr,
};

use axum::extract::ConnectInfo;
use http::{Extensions, HeaderMap};

const FORWARDED_FOR: &str = "x-forwarded-for";

/// The address of the other end of the connection, or of whom the trusted proxy there names last in `X-Forwarded-For`:
/// what stands before that is what a client told the proxy. Of an IPv6 address the first half, since whoever has one
/// has all that begin like it.
pub(super) fn of(headers: &HeaderMap, extensions: &Extensions, trust_forwarded_for: bool) -> Option<IpAddr> {
    let forwarded = if trust_forwarded_for { last_forwarded(headers) } else { None };
    let peer = || extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
    forwarded.or_else(peer).map(|address| match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)).into(),
        address @ IpAddr::V4(_) => address,
    })
}

/// Some proxies add the port.
fn last_forwarded(headers: &HeaderMap) -> Option<IpAddr> {
    let last = headers.get_all(FORWARDED_FOR).iter().next_back()?.to_str().ok()?.rsplit(',').next()?.trim();
    IpAddr::from_str(last).or_else(|_| SocketAddr::from_str(last).map(|address| address.ip())).ok()
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    const PEER: &str = "10.0.0.1";

    fn seen(peer: &str, forwarded: &[&'static str], trust_forwarded_for: bool) -> String {
        let headers = forwarded
            .iter()
            .map(|value| (http::HeaderName::from_static(FORWARDED_FOR), HeaderValue::from_static(value)));
        let headers: HeaderMap = headers.fold(HeaderMap::new(), |mut headers, (name, value)| {
            headers.append(name, value);
            headers
        });
        let mut extensions = Extensions::new();
        extensions.insert(ConnectInfo(SocketAddr::new(peer.parse().unwrap(), 1)));
        of(&headers, &extensions, trust_forwarded_for).unwrap().to_string()
    }

    #[test]
    fn only_a_trusted_proxy_says_for_whom_it_speaks_and_only_its_own_word_counts() {
        let table: [(&[&str], &str); 8] = [
            (&[], PEER),
            (&["192.0.2.1"], "192.0.2.1"),
            (&["198.51.100.9, 192.0.2.1"], "192.0.2.1"),
            (&["198.51.100.9", "192.0.2.1"], "192.0.2.1"),
            (&["192.0.2.1:4711"], "192.0.2.1"),
            (&["[2001:db8::1]:4711"], "2001:db8::"),
            (&["192.0.2.1, unknown"], PEER),
            (&[""], PEER),
        ];
        for (forwarded, expected) in table {
            assert_eq!(seen(PEER, forwarded, true), expected, "{forwarded:?}");
            assert_eq!(seen(PEER, forwarded, false), PEER, "{forwarded:?}");
        }
    }

    #[test]
    fn the_addresses_of_one_network_are_one() {
        assert_eq!(seen("2001:db8:1:2:3:4:5:6", &[], false), "2001:db8:1:2::");
        assert_eq!(seen("::ffff:192.0.2.1", &[], false), "192.0.2.1");
    }
}
