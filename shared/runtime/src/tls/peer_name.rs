//! Who is at the other end of a connection, as its certificate says.

use std::fmt;

use http::Extensions;
use tokio_rustls::rustls::client::verify_server_name;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::server::ParsedCertificate;

use super::Refusal;
use crate::caller::ServiceName;

/// Whom a certificate of the mesh is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PeerName {
    /// A service.
    Service(ServiceName),
    /// The edge through which clients of gRPC come.
    Client,
}

/// What a connection leaves in the extensions of its requests; None when it is not TLS.
pub(super) type Proven = Option<PeerName>;

impl PeerName {
    /// The name in the certificate of [`PeerName::Client`].
    pub const CLIENT: &str = "client";

    /// Who is at the other end of the connection on which a request came; None when the connection is not TLS.
    pub fn of_extensions(extensions: &Extensions) -> Option<Self> {
        extensions.get::<Proven>().copied().flatten()
    }

    /// The name as certificates spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Service(name) => name.as_str(),
            Self::Client => Self::CLIENT,
        }
    }

    /// The one name of the mesh that the certificate is valid for.
    pub(crate) fn of_certificate(certificate: &CertificateDer<'_>) -> Result<Self, Refusal> {
        let parsed = ParsedCertificate::try_from(certificate).map_err(|_| Refusal::NotUsable)?;
        let all = ServiceName::ALL.into_iter().map(Self::Service).chain([Self::Client]);
        let mut valid = all.filter(|name| {
            ServerName::try_from(name.as_str()).is_ok_and(|name| verify_server_name(&parsed, &name).is_ok())
        });
        match (valid.next(), valid.next()) {
            (Some(only), None) => Ok(only),
            (None, _) => Err(Refusal::NoName),
            (Some(_), Some(_)) => Err(Refusal::SeveralNames),
        }
    }
}

impl fmt::Display for PeerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
