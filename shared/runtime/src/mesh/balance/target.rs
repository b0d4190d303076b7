//! What a URL of the mesh leads to.

use std::net::{IpAddr, SocketAddr};

use http::Uri;
use http::uri::{Authority, Scheme};

use crate::caller::ServiceName;
use crate::tls::{Connector, Tls};

/// Why a list of URLs cannot be used.
#[derive(Debug, thiserror::Error)]
pub(in crate::mesh) enum InvalidUrl {
    /// There is none, or something is missing between two commas.
    #[error("a list of URLs must have one URL at least, and commas only between two")]
    Empty,
    /// This is no URL of a service.
    #[error("'{0}' is no URL of the form http://host:port")]
    Form(String),
}

/// One URL: a host that has one address or many, and how connections to it are made.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) scheme: Scheme,
    pub(super) authority: Authority,
    pub(super) connector: Connector,
    host: String,
    port: u16,
}

impl Target {
    /// The URLs of a list, between which there are commas.
    pub(super) fn list(urls: &str, tls: Option<&Tls>) -> Result<Vec<Self>, InvalidUrl> {
        urls.split(',').map(|url| Self::one(url.trim(), tls)).collect()
    }

    fn one(url: &str, tls: Option<&Tls>) -> Result<Self, InvalidUrl> {
        if url.is_empty() {
            return Err(InvalidUrl::Empty);
        }
        let form = || InvalidUrl::Form(url.to_owned());
        let uri = Uri::try_from(url).map_err(|_| form())?.into_parts();
        let (Some(scheme), Some(authority)) = (uri.scheme, uri.authority) else { return Err(form()) };
        let default_port = match scheme.as_str() {
            "http" => 80,
            "https" => 443,
            _ => return Err(form()),
        };
        let port = match authority.port_u16() {
            Some(port) => port,
            None if authority.as_str() == authority.host() => default_port,
            None => return Err(form()),
        };
        if authority.host().is_empty() || uri.path_and_query.is_some_and(|path| path != "/") {
            return Err(form());
        }
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        let connector = Connector::new(tls.cloned(), authority.host().to_owned());
        Ok(Self { scheme, authority, connector, host, port })
    }

    /// A service's own address, at which its certificate is valid for its name alone.
    pub(super) fn itself(own: SocketAddr, name: ServiceName, tls: Option<&Tls>) -> Result<Self, InvalidUrl> {
        let connector = Connector::new(tls.cloned(), name.as_str().to_owned());
        Ok(Self { connector, ..Self::one(&format!("http://{own}"), None)? })
    }

    /// The one address that the host is, if it is no name.
    pub(super) fn address(&self) -> Option<SocketAddr> {
        let address: IpAddr = self.host.parse().ok()?;
        Some(SocketAddr::new(address, self.port))
    }

    /// What to look up.
    pub(super) fn name(&self) -> (&str, u16) {
        (&self.host, self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_has_names_and_addresses() {
        let list = "http://10.0.0.1:5003, https://payment.kvitt.svc:5003/,http://[::1]:80";
        let targets = Target::list(list, None).unwrap();
        let addresses: Vec<_> = targets.iter().map(Target::address).collect();
        assert_eq!(
            addresses,
            [Some("10.0.0.1:5003".parse().unwrap()), None, Some("[::1]:80".parse().unwrap())]
        );
        assert_eq!(targets[1].name(), ("payment.kvitt.svc", 5003));
        assert_eq!((targets[1].scheme.as_str(), targets[2].authority.as_str()), ("https", "[::1]:80"));
    }

    #[test]
    fn what_is_no_list_of_urls_is_refused() {
        let good = "http://10.0.0.1:5003";
        for bad in [
            "",
            "payment:5003",
            "ftp://payment:1",
            "http://payment:1/path",
            "http://payment:port",
            "http://:1",
        ] {
            assert!(Target::list(bad, None).is_err(), "{bad}");
            assert!(Target::list(&format!("{good},{bad}"), None).is_err(), "{bad}");
        }
    }
}
