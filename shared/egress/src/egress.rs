//! The steps of a call, in their order.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use thiserror::Error as ThisError;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::client::Resumption;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use url::Host;

use crate::address::judge;
use crate::call::{Answer, Call, LONGEST_LIMIT, Trace};
use crate::connect::Road;
use crate::error::{Error, Phase};
use crate::exchange::{Received, Wanted, exchange, request};
use crate::policy::Policy;
use crate::resolve::Resolver;
use crate::target::{Destination, Scheme, Target, UrlRefused};

/// The way out. Cheap to clone; every call has a connection of its own.
#[derive(Clone)]
pub struct Egress {
    policy: Policy,
    resolver: Resolver,
    road: Road,
    tls: TlsConnector,
}

/// A file of root certificates that is none.
#[derive(Clone, Copy, Debug, ThisError, PartialEq, Eq)]
#[error("these are no root certificates in PEM")]
pub struct RootsUnreadable;

impl Egress {
    /// Trusts the certificate authorities that browsers trust, and asks the system's resolver.
    pub fn new(policy: Policy) -> Self {
        Self { policy, resolver: Resolver::system(), road: Road::Direct, tls: connector(web_roots()) }
    }

    /// Trusts these authorities too: certificates in PEM, one or many.
    ///
    /// # Errors
    ///
    /// When there is no certificate in it, or one that cannot be read.
    pub fn with_roots(mut self, pem: &[u8]) -> Result<Self, RootsUnreadable> {
        let mut roots = web_roots();
        let known = roots.len();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            roots.add(certificate.map_err(|_| RootsUnreadable)?).map_err(|_| RootsUnreadable)?;
        }
        if roots.len() == known {
            return Err(RootsUnreadable);
        }
        self.tls = connector(roots);
        Ok(self)
    }

    /// Asks another resolver.
    #[must_use]
    pub fn with_resolver(mut self, resolver: Resolver) -> Self {
        self.resolver = resolver;
        self
    }

    #[cfg(test)]
    pub(crate) fn with_road(mut self, road: Road) -> Self {
        self.road = road;
        self
    }

    /// Where a call to this URL would go. Nobody is asked anything.
    ///
    /// # Errors
    ///
    /// When it would not be called.
    pub fn destination(&self, url: &str) -> Result<Destination, UrlRefused> {
        let target = Target::parse(url, self.policy)?;
        Ok(Destination { host: target.authority, path_and_query: target.path.to_string() })
    }

    /// Calls a merchant's server, and gives its answer whatever the status is.
    ///
    /// # Errors
    ///
    /// When there is no answer, or none that is wanted; [`Error::connected`] says whether the server can have heard of it.
    pub async fn send(&self, call: Call) -> Result<Answer, Error> {
        self.send_traced(call, &mut Trace::default()).await
    }

    /// The same, for whoever keeps a log: `trace` tells how far the call came, also when it fails.
    ///
    /// # Errors
    ///
    /// Those of [`Egress::send`].
    pub async fn send_traced(&self, call: Call, trace: &mut Trace) -> Result<Answer, Error> {
        let started = Instant::now();
        let deadline = started + call.limit.min(LONGEST_LIMIT);
        let target = Target::parse(&call.url, self.policy)?;
        let wanted = Wanted { largest: call.largest_answer, beyond: call.beyond, until: deadline };
        let request = request(&target, call)?;
        let addresses = within(deadline, Phase::Resolving, self.judged_addresses(&target.host)).await?;
        trace.address = addresses.first().map(|ip| SocketAddr::new(*ip, target.port));
        let (stream, address) = self.road.connect(&addresses, target.port, deadline).await?;
        trace.address = Some(address);
        let received = match target.scheme {
            Scheme::Http => within(deadline, Phase::Answering, exchange(stream, request, wanted)).await?,
            Scheme::Https => {
                let handshake =
                    async { self.tls.connect(target.server_name, stream).await.map_err(Error::Tls) };
                let stream = within(deadline, Phase::Securing, handshake).await?;
                trace.tls = true;
                within(deadline, Phase::Answering, exchange(stream, request, wanted)).await?
            }
        };
        let Received { status, headers, body } = received;
        Ok(Answer { status, headers, body, address, took: started.elapsed() })
    }

    /// All addresses of the host, each judged. The name is not looked up again: what is connected to is what was judged,
    /// so it is no use to answer differently a moment later.
    async fn judged_addresses(&self, host: &Host<String>) -> Result<Vec<IpAddr>, Error> {
        let addresses = match host {
            Host::Ipv4(ip) => vec![IpAddr::V4(*ip)],
            Host::Ipv6(ip) => vec![IpAddr::V6(*ip)],
            Host::Domain(name) => self.resolver.addresses(name).await.map_err(Error::Resolve)?,
        };
        // One bad address refuses the name as a whole. No honest public name has one beside its good ones, and who mixes
        // them hopes that the good one fails at the right moment and the next is tried.
        match addresses.iter().find(|ip| !judge(**ip, self.policy)) {
            Some(address) => Err(Error::Address { address: *address }),
            None => Ok(addresses),
        }
    }
}

impl fmt::Debug for Egress {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Egress")
            .field("policy", &self.policy)
            .field("resolver", &self.resolver)
            .finish_non_exhaustive()
    }
}

async fn within<T>(
    deadline: Instant,
    phase: Phase,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    timeout_at(deadline, work).await.unwrap_or(Err(Error::Timeout { during: phase }))
}

fn web_roots() -> RootCertStore {
    webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect()
}

/// The provider is named, since the process may have more than one and then rustls would have to guess. Nothing is kept
/// from one handshake for the next, so that every certificate is checked.
fn connector(roots: RootCertStore) -> TlsConnector {
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring knows the ciphers of TLS 1.2 and 1.3")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config.resumption = Resumption::disabled();
    TlsConnector::from(Arc::new(config))
}
