//! HTTP/1.1 over TCP: accepts connections and serves each, bounded in number and in patience.

use std::{net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use axum::{Router, extract::ConnectInfo, serve::Listener};
use hyper::{
    Request,
    body::Incoming,
    server::conn::http1,
    service::{Service, service_fn},
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    time::timeout,
};
use tokio_util::sync::CancellationToken;

/// Connections at once; further ones wait to be accepted.
const MAX_CONNECTIONS: u32 = 8192;

/// How long a connection may take to send the head of its next request. It bounds slow senders and idle connections
/// alike, and is longer than most clients keep an idle one.
const HEAD_LIMIT: Duration = Duration::from_secs(60);

/// How long requests may go on after the service was told to stop.
const DRAIN_LIMIT: Duration = Duration::from_secs(10);

/// Serves `app` until `shutdown`, then lets the requests at hand end.
pub(crate) async fn serve(listener: TcpListener, app: Router, shutdown: CancellationToken) {
    serve_patiently(listener, app, HEAD_LIMIT, shutdown).await;
}

async fn serve_patiently(
    mut listener: TcpListener,
    app: Router,
    head_limit: Duration,
    shutdown: CancellationToken,
) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(head_limit);
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS as usize));
    let abort = CancellationToken::new();
    let accepting = async {
        loop {
            let place = Arc::clone(&places).acquire_owned().await.expect("the semaphore is never closed");
            let connection = Listener::accept(&mut listener).await;
            let serving = converse(http.clone(), connection, app.clone(), shutdown.clone());
            let serving = abort.clone().run_until_cancelled_owned(serving);
            tokio::spawn(async move {
                serving.await;
                drop(place);
            });
        }
    };
    let _stopped: Option<()> = shutdown.run_until_cancelled(accepting).await;
    drop(listener);
    if timeout(DRAIN_LIMIT, places.acquire_many(MAX_CONNECTIONS)).await.is_err() {
        tracing::warn!("requests were cut off at the end of the drain");
    }
    abort.cancel();
}

/// Serves one connection; after `shutdown` it ends with the request at hand.
async fn converse(
    http: http1::Builder,
    (stream, peer): (TcpStream, SocketAddr),
    app: Router,
    shutdown: CancellationToken,
) {
    // Answers are small and final; waiting for more to send only delays them.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection keeps Nagle's algorithm");
    }
    let app = TowerToHyperService::new(app);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        app.call(request)
    });
    let connection = http.serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    let served = tokio::select! {
        served = connection.as_mut() => served,
        () = shutdown.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = served {
        tracing::debug!(%error, "a connection broke");
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[tokio::test]
    async fn a_connection_that_does_not_send_its_next_head_is_closed() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let app = Router::new().route("/", get(async || "hello"));
        let shutdown = CancellationToken::new();
        let serving = serve_patiently(listener, app, Duration::from_millis(20), shutdown.clone());
        let running = tokio::spawn(serving);
        for head in ["", "GET / HTTP/1.1\r\nHost: kvitt\r\n", "GET / HTTP/1.1\r\nHost: kvitt\r\n\r\n"] {
            let mut connection = TcpStream::connect(address).await.unwrap();
            connection.write_all(head.as_bytes()).await.unwrap();
            let mut answer = Vec::new();
            let read = timeout(Duration::from_secs(10), connection.read_to_end(&mut answer)).await;
            read.expect("the connection is closed").unwrap();
            assert_eq!(answer.ends_with(b"hello"), head.ends_with("\r\n\r\n"), "{head}");
        }
        shutdown.cancel();
        running.await.unwrap();
    }
}
