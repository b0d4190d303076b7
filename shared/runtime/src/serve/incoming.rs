//! The connections that a server takes: TCP, and with certificates a handshake on each, several at a time. What fails
//! here fails for its peer alone; the server goes on.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream as ServerStream;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;

use crate::tls::{PeerName, Refusal, Stream, Tls};

/// How many handshakes may be under way; further connections wait to be accepted.
const MOST_HANDSHAKES: usize = 128;

/// How long a peer may take to prove itself.
const HANDSHAKE_LIMIT: Duration = Duration::from_secs(5);

/// How many connections may wait to be served.
const MOST_READY: usize = 128;

/// How long to wait when the system gives no more connections, for example for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// The connections of `listener`, until `shutdown` or until nobody takes them any more: then the port is closed, so that
/// who comes later is sent elsewhere at once.
pub(super) fn accept(
    listener: TcpListener,
    tls: Option<Tls>,
    shutdown: CancellationToken,
) -> ReceiverStream<io::Result<Stream>> {
    let (ready, incoming) = mpsc::channel(MOST_READY);
    tokio::spawn(async move {
        tokio::select! {
            () = accept_all(listener, tls, &ready) => {}
            () = ready.closed() => {}
            () = shutdown.cancelled() => {}
        }
    });
    ReceiverStream::new(incoming)
}

async fn accept_all(listener: TcpListener, tls: Option<Tls>, ready: &mpsc::Sender<io::Result<Stream>>) {
    let places = Arc::new(Semaphore::new(MOST_HANDSHAKES));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let (stream, address) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        // What has ended already shows when it is read.
        let _nodelay = stream.set_nodelay(true);
        let Some(tls) = &tls else {
            if ready.send(Ok(Stream::plain(stream))).await.is_err() {
                return;
            }
            continue;
        };
        let (tls, ready) = (tls.clone(), ready.clone());
        tokio::spawn(async move {
            let _place = place;
            let who = address.ip().to_string();
            match shake_hands(&tls, stream).await {
                Ok((stream, peer)) => {
                    // Nobody takes it any more when the server stops.
                    let _stopped = ready.send(Ok(Stream::incoming(stream.into(), peer))).await;
                }
                Err((why, error)) => tls.refused(&who, why, &error),
            }
        });
    }
}

/// Proves the peer: a certificate of the mesh, and whose it is.
async fn shake_hands(
    tls: &Tls,
    stream: TcpStream,
) -> Result<(ServerStream<TcpStream>, PeerName), (Refusal, io::Error)> {
    let acceptor = TlsAcceptor::from(tls.server().await);
    let stream = match tokio::time::timeout(HANDSHAKE_LIMIT, acceptor.accept(stream)).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => return Err((Refusal::of(&error), error)),
        Err(elapsed) => return Err((Refusal::TooSlow, elapsed.into())),
    };
    let certificate = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
    match certificate.map_or(Err(Refusal::NoCertificate), PeerName::of_certificate) {
        Ok(peer) => Ok((stream, peer)),
        Err(why) => Err((why, io::Error::other(why))),
    }
}
