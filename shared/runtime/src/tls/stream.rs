//! A connection of the mesh, with TLS or without.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsStream;
use tonic::transport::server::Connected;

use super::peer_name::Proven;
use super::{PeerName, Refusal, Tls};

/// A connection, incoming or outgoing.
#[derive(Debug)]
pub struct Stream {
    wire: Wire,
    /// Who is at the other end of an incoming connection.
    peer: Option<PeerName>,
    /// Whom an outgoing connection leads to. A server may refuse this process's certificate after the handshake, and that
    /// shows when something is read.
    watched: Option<Watched>,
}

#[derive(Debug)]
enum Wire {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

#[derive(Debug)]
struct Watched {
    tls: Tls,
    host: String,
}

impl Stream {
    /// Without TLS.
    pub(crate) fn plain(stream: TcpStream) -> Self {
        Self { wire: Wire::Plain(stream), peer: None, watched: None }
    }

    /// One that `peer` made.
    pub(crate) fn incoming(stream: TlsStream<TcpStream>, peer: PeerName) -> Self {
        Self { wire: Wire::Tls(Box::new(stream)), peer: Some(peer), watched: None }
    }

    /// One that leads to `host`.
    pub(super) fn outgoing(stream: TlsStream<TcpStream>, tls: Tls, host: String) -> Self {
        let watched = Watched { tls, host };
        Self { wire: Wire::Tls(Box::new(stream)), peer: None, watched: Some(watched) }
    }
}

impl Watched {
    fn note(&self, error: &io::Error) {
        if Refusal::of(error) == Refusal::OwnRefused {
            self.tls.refused(&self.host, Refusal::OwnRefused, error);
        }
    }
}

impl Connected for Stream {
    type ConnectInfo = Proven;

    fn connect_info(&self) -> Proven {
        self.peer
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = ready!(match &mut self.wire {
            Wire::Plain(stream) => Pin::new(stream).poll_read(cx, buffer),
            Wire::Tls(stream) => Pin::new(stream).poll_read(cx, buffer),
        });
        if let (Err(error), Some(watched)) = (&read, &self.watched) {
            watched.note(error);
        }
        Poll::Ready(read)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match &mut self.wire {
            Wire::Plain(stream) => Pin::new(stream).poll_write(cx, bytes),
            Wire::Tls(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match &mut self.wire {
            Wire::Plain(stream) => Pin::new(stream).poll_write_vectored(cx, slices),
            Wire::Tls(stream) => Pin::new(stream).poll_write_vectored(cx, slices),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match &self.wire {
            Wire::Plain(stream) => stream.is_write_vectored(),
            Wire::Tls(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.wire {
            Wire::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Wire::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.wire {
            Wire::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Wire::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
