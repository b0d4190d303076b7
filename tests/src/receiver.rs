//! A merchant's server for webhooks: keeps every byte of what it is told, and answers as well or as badly as a test says.

use std::collections::HashMap;
use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::task::AbortOnDropHandle;

/// What a request is answered with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// This status, and a short body.
    Status(u16),
    /// A redirect to there.
    Redirect(String),
    /// Nothing, while the connection stays open.
    Silence,
    /// The connection is reset.
    Reset,
    /// A success whose body comes one byte a second.
    Drip,
    /// A success with so many bytes.
    Large(usize),
}

/// What it was told, byte by byte.
#[derive(Clone, Debug)]
pub struct Received {
    /// `POST /path?query` as in the first line.
    pub line: String,
    /// Names in lower case.
    pub headers: HashMap<String, String>,
    /// The body.
    pub bytes: Vec<u8>,
    /// When it had come.
    pub at: Instant,
    /// What it was answered with.
    pub reply: Reply,
}

impl Received {
    /// The body as JSON; null when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or(Value::Null)
    }

    /// A text of the body; empty when it has none.
    pub fn text(&self, field: &str) -> String {
        self.json()[field].as_str().unwrap_or_default().to_owned()
    }

    /// The value of a header; empty without it.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// Whether the answer meant that it was taken.
    pub fn is_taken(&self) -> bool {
        matches!(self.reply, Reply::Status(200..=299) | Reply::Drip | Reply::Large(_))
    }
}

type Answers = dyn Fn(&Received) -> Reply + Send + Sync;

/// The server.
pub struct Receiver {
    address: SocketAddr,
    received: Arc<Mutex<Vec<Received>>>,
    _serving: AbortOnDropHandle<()>,
}

impl Receiver {
    /// Answers as `answers` says; what it is given has the reply 200 so far.
    pub async fn start(answers: impl Fn(&Received) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback can be listened on");
        let address = listener.local_addr().expect("a bound socket has an address");
        let received = Arc::new(Mutex::new(Vec::new()));
        let answers: Arc<Answers> = Arc::new(answers);
        let serving = tokio::spawn({
            let received = Arc::clone(&received);
            async move {
                while let Ok((stream, _)) = listener.accept().await {
                    tokio::spawn(serve(stream, Arc::clone(&answers), Arc::clone(&received)));
                }
            }
        });
        Self { address, received, _serving: AbortOnDropHandle::new(serving) }
    }

    /// Takes everything.
    pub async fn kind() -> Self {
        Self::start(|_| Reply::Status(200)).await
    }

    /// The address of a path on it.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Everything that came, in order.
    pub fn received(&self) -> Vec<Received> {
        self.lock().clone()
    }

    /// How much came.
    pub fn count(&self) -> usize {
        self.lock().len()
    }

    /// What came about a payment.
    pub fn about(&self, reference: &str) -> Vec<Received> {
        self.lock().iter().filter(|one| one.text("reference") == reference).cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Received>> {
        self.received.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").field("address", &self.address).finish_non_exhaustive()
    }
}

async fn serve(mut stream: TcpStream, answers: Arc<Answers>, received: Arc<Mutex<Vec<Received>>>) {
    let Some(mut one) = read(&mut stream).await else { return };
    one.reply = answers(&one);
    let reply = one.reply.clone();
    received.lock().unwrap_or_else(PoisonError::into_inner).push(one);
    // The caller may be gone at any moment; that is its business.
    drop(answer(stream, reply).await);
}

async fn answer(mut stream: TcpStream, reply: Reply) -> std::io::Result<()> {
    match reply {
        Reply::Status(status) => {
            let text =
                format!("HTTP/1.1 {status} Told\r\nContent-Length: 4\r\nConnection: close\r\n\r\ntold");
            stream.write_all(text.as_bytes()).await?;
        }
        Reply::Redirect(to) => {
            let text = format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n");
            stream.write_all(text.as_bytes()).await?;
        }
        Reply::Silence => {
            // Until the caller gives up.
            drop(stream.read(&mut [0; 1]).await);
        }
        Reply::Reset => {
            stream.set_zero_linger()?;
        }
        Reply::Drip => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n").await?;
            for _ in 0..1000 {
                stream.write_all(b"x").await?;
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
        Reply::Large(bytes) => {
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {bytes}\r\n\r\n");
            stream.write_all(head.as_bytes()).await?;
            let chunk = [b'x'; 16 * 1024];
            let mut left = bytes;
            while left > 0 {
                let now = left.min(chunk.len());
                stream.write_all(&chunk[..now]).await?;
                left -= now;
            }
        }
    }
    Ok(())
}

async fn read(stream: &mut TcpStream) -> Option<Received> {
    let mut bytes = Vec::new();
    let end = loop {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    bytes.drain(..end + 4);
    let mut lines = head.lines();
    let line = lines.next()?.rsplit_once(' ')?.0.to_owned();
    let headers: HashMap<String, String> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
        .collect();
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    while bytes.len() < length {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    Some(Received { line, headers, bytes, at: Instant::now(), reply: Reply::Status(200) })
}
