//! One HTTP/2 connection to one address.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::client::conn::TrySendError;
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
    let connecting = async { handshake(connector.connect(address).await?, address).await };
    timeout(CONNECT_LIMIT, connecting).await.unwrap_or(Err(NotConnected::TooSlow))
}

async fn handshake<S>(
    stream: S,
    address: SocketAddr,
) -> Result<(Sender, impl Future<Output = ()> + Send + use<S>), NotConnected>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (stream, heard) = Wire::new(stream);
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
}

/// Sends a request, and waits for the head of its answer.
///
/// Nobody keeps the sender while they wait: what is sent in the very moment in which a connection ends may stay unread in
/// the channel between, and is given back only when the last sender of that connection has gone.
pub(super) async fn send(
    mut sender: Sender,
    request: Request<Gathered<Body>>,
) -> Result<Response<Incoming>, TrySendError<Request<Gathered<Body>>>> {
    let answer = sender.try_send_request(request);
    drop(sender);
    answer.await
}

/// What a connection is made of. It tells when the first byte has been read, and lets nothing that was written fail.
///
/// An instance that drains says which requests it has not processed, and closes. Whoever writes at that moment is told that
/// nobody reads any more, and HTTP/2 would end the connection for it, with the instance's last words unread: nobody could tell
/// then what was processed. So what cannot be written is dropped, and the end is heard of by reading, which comes to it at once.
struct Wire<S> {
    stream: S,
    tell: Option<oneshot::Sender<()>>,
    nobody_reads: bool,
}

impl<S> Wire<S> {
    fn new(stream: S) -> (Self, oneshot::Receiver<()>) {
        let (tell, heard) = oneshot::channel();
        (Self { stream, tell: Some(tell), nobody_reads: false }, heard)
    }

    /// What is told of having written so much.
    fn wrote<T>(&mut self, wrote: Poll<io::Result<T>>, all: T) -> Poll<io::Result<T>> {
        let Poll::Ready(Err(error)) = wrote else { return wrote };
        tracing::debug!(%error, "another service does not read any more");
        self.nobody_reads = true;
        Poll::Ready(Ok(all))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Wire<S> {
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

impl<S: AsyncWrite + Unpin> AsyncWrite for Wire<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.nobody_reads {
            return Poll::Ready(Ok(bytes.len()));
        }
        let wrote = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.wrote(wrote, bytes.len())
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let all = slices.iter().map(|slice| slice.len()).sum();
        if self.nobody_reads {
            return Poll::Ready(Ok(all));
        }
        let wrote = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.wrote(wrote, all)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.nobody_reads {
            return Poll::Ready(Ok(()));
        }
        let flushed = Pin::new(&mut self.stream).poll_flush(cx);
        self.wrote(flushed, ())
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::sync::{Arc, Mutex};
    use std::task::Waker;

    use tokio::task::JoinSet;

    use super::super::tries::was_not_processed;
    use super::*;

    /// The other end, as it is seen from here.
    #[derive(Default)]
    struct Peer {
        /// What it has said and nobody has read.
        says: VecDeque<&'static [u8]>,
        /// It reads no more.
        is_gone: bool,
        /// It says no more.
        is_silent: bool,
        reader: Option<Waker>,
    }

    impl Peer {
        fn say(&mut self, frame: &'static [u8]) {
            self.says.push_back(frame);
            if let Some(reader) = self.reader.take() {
                reader.wake();
            }
        }

        /// It ends in order, unless it has.
        fn end(&mut self) {
            if !self.is_silent {
                self.say(NOTHING_WAS_PROCESSED);
                self.is_silent = true;
            }
        }
    }

    #[derive(Clone, Default)]
    struct ToPeer(Arc<Mutex<Peer>>);

    impl AsyncRead for ToPeer {
        fn poll_read(
            self: Pin<&mut Self>,
            cx: &mut Context<'_>,
            buffer: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            let mut peer = self.0.lock().unwrap();
            if let Some(frame) = peer.says.pop_front() {
                buffer.put_slice(frame);
                return Poll::Ready(Ok(()));
            }
            if peer.is_silent {
                return Poll::Ready(Ok(()));
            }
            peer.reader = Some(cx.waker().clone());
            Poll::Pending
        }
    }

    impl AsyncWrite for ToPeer {
        /// Of one that has gone, the writer hears before the reader does.
        fn poll_write(self: Pin<&mut Self>, _cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
            let mut peer = self.0.lock().unwrap();
            if !peer.is_gone {
                return Poll::Ready(Ok(bytes.len()));
            }
            peer.end();
            Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()))
        }

        fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    /// How often a connection ends at the moment in which it is asked. With a sender kept, one of a few thousand is lost.
    const ROUNDS: usize = 4000;

    /// How many ask.
    const ASKING: usize = 8;

    /// HTTP/2 (RFC 9113): empty SETTINGS, and a GOAWAY after stream 0 with NO_ERROR.
    const SETTINGS: &[u8] = b"\0\0\0\x04\0\0\0\0\0";
    const NOTHING_WAS_PROCESSED: &[u8] = b"\0\0\x08\x07\0\0\0\0\0\0\0\0\0\0\0\0\0";

    fn request() -> Request<Gathered<Body>> {
        Request::post("http://there/").body(Gathered::nothing_of(Body::empty())).unwrap()
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn whoever_asks_while_a_connection_ends_hears_of_it() {
        for _ in 0..ROUNDS {
            let peer = ToPeer::default();
            peer.0.lock().unwrap().say(SETTINGS);
            let (sender, until_it_ends) = handshake(peer.clone(), ([127, 0, 0, 1], 1).into()).await.unwrap();
            tokio::spawn(until_it_ends);
            let mut asking = JoinSet::new();
            for _ in 0..ASKING {
                asking.spawn(send(sender.clone(), request()));
            }
            drop(sender);
            peer.0.lock().unwrap().end();
            let answers = timeout(CONNECT_LIMIT * 5, asking.join_all()).await.expect("everybody hears of it");
            assert!(answers.iter().all(|answer| was_not_processed(answer.as_ref().unwrap_err())));
        }
    }

    #[tokio::test]
    async fn who_writes_to_one_that_has_gone_still_hears_its_last_words() {
        let peer = ToPeer::default();
        peer.0.lock().unwrap().say(SETTINGS);
        let (sender, until_it_ends) = handshake(peer.clone(), ([127, 0, 0, 1], 1).into()).await.unwrap();
        tokio::spawn(until_it_ends);
        peer.0.lock().unwrap().is_gone = true;
        let failed = send(sender, request()).await.unwrap_err();
        assert!(was_not_processed(&failed), "{:?}", failed.error());
    }
}
