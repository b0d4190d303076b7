//! How a call can fail.

use std::io;
use std::net::IpAddr;

use thiserror::Error;

use crate::target::UrlRefused;

/// Why there is no answer. None shows the URL, a header or a body.
#[derive(Debug, Error)]
pub enum Error {
    /// The URL is refused as it stands; an address that is refused and stands in the URL itself is found here.
    #[error("the URL is refused")]
    Url(#[from] UrlRefused),
    /// The name leads to an address outside the public internet.
    #[error("the name leads to the refused address {address}")]
    Address {
        /// The first of its addresses that is refused.
        address: IpAddr,
    },
    /// The name could not be looked up.
    #[error("the name cannot be looked up")]
    Resolve(#[source] io::Error),
    /// The name has no address.
    #[error("the name has no address")]
    NoAddress,
    /// Nobody took the connection.
    #[error("the connection cannot be made")]
    Connect(#[source] io::Error),
    /// No secure channel to a server with that name.
    #[error("the connection cannot be secured")]
    Tls(#[source] io::Error),
    /// The limit of the call has passed.
    #[error("the limit passed while {during}")]
    Timeout {
        /// What was going on then.
        during: Phase,
    },
    /// More bytes came than the call wanted.
    #[error("the answer is too large")]
    AnswerTooLarge,
    /// The connection broke, or what came is not HTTP.
    #[error("the exchange failed")]
    Http(#[source] hyper::Error),
}

/// The parts of a call, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Looking the name up.
    Resolving,
    /// Connecting to a judged address.
    Connecting,
    /// The TLS handshake.
    Securing,
    /// Sending the request and reading the answer.
    Answering,
}

impl std::fmt::Display for Phase {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match self {
            Self::Resolving => "resolving",
            Self::Connecting => "connecting",
            Self::Securing => "securing",
            Self::Answering => "answering",
        })
    }
}

impl Error {
    /// Whether a connection to anybody was made. Where none was, nothing of the request can have arrived.
    pub fn connected(&self) -> bool {
        match self {
            Self::Url(_)
            | Self::Address { .. }
            | Self::Resolve(_)
            | Self::NoAddress
            | Self::Connect(_)
            | Self::Timeout { during: Phase::Resolving | Phase::Connecting } => false,
            Self::Tls(_)
            | Self::AnswerTooLarge
            | Self::Http(_)
            | Self::Timeout { during: Phase::Securing | Phase::Answering } => true,
        }
    }
}
