//! One request and its answer over a connection that is there.

use std::time::Duration;

use http::header::{CONNECTION, CONTENT_LENGTH, EXPECT, HOST, TE, TRAILER, TRANSFER_ENCODING, UPGRADE};
use http::{HeaderMap, HeaderName, HeaderValue, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Bytes, Incoming};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, timeout_at};

use crate::call::{Beyond, Call};
use crate::error::Error;
use crate::target::{Target, UrlRefused};

/// The most bytes of an answer's head, and the most headers in it.
const LARGEST_HEAD: usize = 32 * 1024;
const MOST_HEADERS: usize = 100;

/// Headers that say where a message goes and where it ends. Two opinions about that are how requests are smuggled.
const FRAMING: [HeaderName; 8] =
    [HOST, CONTENT_LENGTH, TRANSFER_ENCODING, CONNECTION, UPGRADE, TE, TRAILER, EXPECT];

/// How long the rest of an answer is waited for whose status is all that matters.
const GRACE: Duration = Duration::from_secs(1);

/// The status is handed on so long before the call is over.
const MARGIN: Duration = Duration::from_millis(20);

/// How much of the answer is wanted.
#[derive(Clone, Copy)]
pub(crate) struct Wanted {
    pub(crate) largest: usize,
    pub(crate) beyond: Beyond,
    /// When the call as a whole is over.
    pub(crate) until: Instant,
}

/// What came back.
pub(crate) struct Received {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// The request as it goes out.
pub(crate) fn request(target: &Target, call: Call) -> Result<Request<Full<Bytes>>, UrlRefused> {
    let mut request = Request::new(Full::new(Bytes::from(call.body)));
    *request.method_mut() = call.method;
    *request.uri_mut() = target.path.clone().into();
    *request.headers_mut() = call.headers;
    for name in FRAMING {
        request.headers_mut().remove(name);
    }
    let authority = HeaderValue::from_str(&target.authority).map_err(|_| UrlRefused::Host)?;
    request.headers_mut().insert(HOST, authority);
    request.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    Ok(request)
}

/// Sends the request and reads the answer to its end. The connection lives in this future and dies with it: nothing of it
/// is left behind, whoever stops waiting.
pub(crate) async fn exchange<S>(
    stream: S,
    request: Request<Full<Bytes>>,
    wanted: Wanted,
) -> Result<Received, Error>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(LARGEST_HEAD)
        .max_headers(MOST_HEADERS)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(Error::Http)?;
    let mut answer = std::pin::pin!(async {
        let response = sender.send_request(request).await.map_err(Error::Http)?;
        let (head, body) = response.into_parts();
        let body = match wanted.beyond {
            Beyond::Refuse => read(body, wanted.largest).await?,
            Beyond::Cut => read_some(body, wanted.largest, wanted.until).await,
        };
        Ok(Received { status: head.status, headers: head.headers, body })
    });
    tokio::select! {
        done = &mut answer => done,
        // What the connection had to say when it ended, good or bad, it has told the one who waits for the answer.
        _ended = connection => answer.await,
    }
}

/// What comes of the body; that it does not end, or breaks off, is no failure.
async fn read_some(mut body: Incoming, largest: usize, until: Instant) -> Vec<u8> {
    let mut bytes = Vec::new();
    let reading = async {
        while bytes.len() < largest
            && let Some(Ok(frame)) = body.frame().await
        {
            let Ok(data) = frame.into_data() else { continue };
            bytes.extend_from_slice(&data[..data.len().min(largest - bytes.len())]);
        }
    };
    // Whether it came to its end does not matter.
    drop(timeout_at((Instant::now() + GRACE).min(until - MARGIN), reading).await);
    bytes
}

async fn read(mut body: Incoming, largest: usize) -> Result<Vec<u8>, Error> {
    // A server that announces too much is not read at all.
    if body.size_hint().lower() > u64::try_from(largest).unwrap_or(u64::MAX) {
        return Err(Error::AnswerTooLarge);
    }
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(Error::Http)?.into_data() else { continue };
        if data.len() > largest - bytes.len() {
            return Err(Error::AnswerTooLarge);
        }
        bytes.extend_from_slice(&data);
    }
    Ok(bytes)
}
