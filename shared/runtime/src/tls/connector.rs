//! Makes a connection to a service: TCP, and TLS on it where the mesh has certificates.

use std::io;
use std::net::SocketAddr;

use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;

use super::{Refusal, Stream, Tls};

/// Makes connections to the addresses of one host.
#[derive(Clone, Debug)]
pub struct Connector {
    tls: Option<Tls>,
    host: String,
}

impl Connector {
    /// To `host`, as a URL names it: the certificate at the other end has to be valid for it, whatever address it has.
    pub fn new(tls: Option<Tls>, host: String) -> Self {
        Self { tls, host }
    }

    /// Connects to one address of the host; why it was refused is logged once. Whoever calls it bounds its time.
    pub async fn connect(&self, address: SocketAddr) -> io::Result<Stream> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let Some(tls) = &self.tls else { return Ok(Stream::plain(stream)) };
        let host = self.host.trim_start_matches('[').trim_end_matches(']');
        let name = ServerName::try_from(host.to_owned())
            .map_err(|invalid| io::Error::new(io::ErrorKind::InvalidInput, invalid))?;
        let proven = TlsConnector::from(tls.client().await).connect(name, stream).await;
        match proven {
            Ok(stream) => Ok(Stream::outgoing(stream.into(), tls.clone(), self.host.clone())),
            Err(error) => {
                tls.refused(&self.host, Refusal::of(&error), &error);
                Err(error)
            }
        }
    }
}
