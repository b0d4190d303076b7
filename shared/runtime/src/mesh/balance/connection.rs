//! One HTTP/2 connection to one address.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hyper::client::conn::http2::{Builder, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::oneshot;
use tokio::time::timeout;
use tonic::body::Body;

use super::gathered::Gathered;
use crate::tls::Connector;

/// How long connecting may take, up to the first word of the other end.
const CONNECT_LIMIT: Duration = Duration::from_secs(2);

/// How often an idle or silent connection is asked whether it still lives. Without it, a connection broken by the
/// network stays in use long after the network is whole again.
const KEEP_ALIVE_EVERY: Duration = Duration::from_secs(5);

/// How long the other end may take to say so.
const KEEP_ALIVE_LIMIT: Duration = Duration::from_secs(3);

/// Sends requests over a connection; clones share it.
pub(super) type Sender = SendRequest<Gathered<Body>>;

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotConnected {
    #[error("no connection could be made")]
    Io(#[from] io::Error),
    #[error("the other end does not speak HTTP/2")]
    Http2(#[from] hyper::Error),
    #[error("the other end closed the connection at once")]
    Closed,
    #[error("connecting took too long")]
    TooSlow,
}

/// Connects. There is a connection when the other end has said its first word: an operating system accepts connections for
/// processes that hang, or are about to end, and a request sent to one of those would wait for nothing. What is answered
/// beside the sender ends when nothing more can be sent over the connection.
pub(super) async fn connect(
    connector: &Connector,
    address: SocketAddr,
) -> Result<(Sender, impl Future<Output = ()> + Send + use<>), NotConnected> {
    let connecting = async {
        let (stream, heard) = Heard::new(connector.connect(address).await?);
        let (sender, mut connection) = Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .keep_alive_interval(KEEP_ALIVE_EVERY)
            .keep_alive_timeout(KEEP_ALIVE_LIMIT)
            .keep_alive_while_idle(true)
            .handshake(TokioIo::new(stream))
            .await?;
        tokio::select! {
            heard = heard => heard.map_err(|_dropped| NotConnected::Closed)?,
            ended = &mut connection => ended.map_err(NotConnected::from).and(Err(NotConnected::Closed))?,
        }
        let until_it_ends = async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, %address, "a connection to another service broke");
            }
        };
        Ok((sender, until_it_ends))
    };
    timeout(CONNECT_LIMIT, connecting).await.unwrap_or(Err(NotConnected::TooSlow))
}

/// Tells when the first byte has been read.
struct Heard<S> {
    stream: S,
    tell: Option<oneshot::Sender<()>>,
}

impl<S> Heard<S> {
    fn new(stream: S) -> (Self, oneshot::Receiver<()>) {
        let (tell, heard) = oneshot::channel();
        (Self { stream, tell: Some(tell) }, heard)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Heard<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buffer))?;
        if buffer.filled().len() > before
            && let Some(tell) = self.tell.take()
        {
            // Who has stopped waiting needs no answer.
            tell.send(()).ok();
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Heard<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
