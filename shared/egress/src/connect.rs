//! From judged addresses to a connection.

use std::io;
use std::net::{IpAddr, SocketAddr};

use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};

use crate::error::{Error, Phase};

/// How many addresses of a name are tried; the others are judged, but a call is not worth more attempts.
const MOST_ATTEMPTS: u32 = 4;

/// How a judged address is dialled.
#[derive(Clone)]
pub(crate) enum Road {
    Direct,
    /// The address is written down, and a listener of the test answers in its place.
    #[cfg(test)]
    Bent(std::sync::Arc<crate::tests::Detour>),
}

impl Road {
    /// Connects to the first address that answers. Each has its share of what is left of the time, so that one that
    /// swallows packets (often the IPv6 one) does not use up what the others need.
    pub(crate) async fn connect(
        &self,
        addresses: &[IpAddr],
        port: u16,
        deadline: Instant,
    ) -> Result<(TcpStream, SocketAddr), Error> {
        let attempts = u32::try_from(addresses.len()).map_or(MOST_ATTEMPTS, |known| known.min(MOST_ATTEMPTS));
        let mut outcome = Error::NoAddress;
        for (left, ip) in (1..=attempts).rev().zip(addresses) {
            let address = SocketAddr::new(*ip, port);
            let now = Instant::now();
            let until = now + deadline.saturating_duration_since(now) / left;
            outcome = match timeout_at(until, self.dial(address)).await {
                Ok(Ok(stream)) => return Ok((stream, address)),
                Ok(Err(error)) => Error::Connect(error),
                Err(_) => Error::Timeout { during: Phase::Connecting },
            };
        }
        Err(outcome)
    }

    async fn dial(&self, address: SocketAddr) -> io::Result<TcpStream> {
        let stream = match self {
            Self::Direct => TcpStream::connect(address).await?,
            #[cfg(test)]
            Self::Bent(detour) => TcpStream::connect(detour.instead_of(address)).await?,
        };
        stream.set_nodelay(true)?;
        Ok(stream)
    }
}
