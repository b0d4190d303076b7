//! A merchant's server that takes everything, and notes how old it is when its first byte comes.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use chrono::{DateTime, Utc};
use hdrhistogram::Histogram;
use kvitt_runtime::wall_now;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};
use tokio_util::task::AbortOnDropHandle;

use super::super::figures::per;

const TAKEN: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
/// The longest delay that is told apart, in microseconds.
const LONGEST_US: u64 = 600_000_000;

/// The server.
pub(super) struct Receiver {
    address: SocketAddr,
    taken: Arc<Taken>,
    _serving: AbortOnDropHandle<()>,
}

struct Taken {
    count: AtomicU64,
    delays_us: Mutex<Histogram<u64>>,
}

impl Receiver {
    pub(super) async fn listen() -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let delays_us = Mutex::new(Histogram::new_with_bounds(1, LONGEST_US, 3)?);
        let taken = Arc::new(Taken { count: AtomicU64::new(0), delays_us });
        let serving = tokio::spawn({
            let taken = Arc::clone(&taken);
            async move {
                while let Ok((stream, _)) = listener.accept().await {
                    let taken = Arc::clone(&taken);
                    tokio::spawn(async move { drop(serve(stream, &taken).await) });
                }
            }
        });
        Ok(Self { address, taken, _serving: AbortOnDropHandle::new(serving) })
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// What was taken since the start, or since it was forgotten.
    pub(super) fn count(&self) -> u64 {
        self.taken.count.load(Ordering::Relaxed)
    }

    /// Counts from nothing.
    pub(super) fn forget(&self) {
        self.taken.count.store(0, Ordering::Relaxed);
        self.taken.delays_us.lock().unwrap_or_else(PoisonError::into_inner).reset();
    }

    /// The median of the delays, 99 of a hundred, and the longest.
    pub(super) fn delays_ms(&self) -> [f64; 3] {
        let delays = self.taken.delays_us.lock().unwrap_or_else(PoisonError::into_inner);
        [delays.value_at_quantile(0.5), delays.value_at_quantile(0.99), delays.max()].map(|us| per(us, 1000))
    }
}

async fn serve(mut stream: TcpStream, taken: &Taken) -> io::Result<()> {
    let mut bytes = Vec::with_capacity(2048);
    stream.read_buf(&mut bytes).await?;
    let came = wall_now();
    loop {
        if let Some(body) = body(&bytes) {
            if let Some(at) = instant(body) {
                let us = (came - at).num_microseconds().and_then(|us| u64::try_from(us).ok()).unwrap_or(0);
                let mut delays = taken.delays_us.lock().unwrap_or_else(PoisonError::into_inner);
                delays.saturating_record(us.max(1));
            }
            taken.count.fetch_add(1, Ordering::Relaxed);
            return stream.write_all(TAKEN).await;
        }
        if stream.read_buf(&mut bytes).await? == 0 {
            return Ok(());
        }
    }
}

/// The body, when all of it is there.
fn body(bytes: &[u8]) -> Option<&[u8]> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let head = std::str::from_utf8(&bytes[..end]).ok()?;
    let length = head
        .lines()
        .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse().ok())?;
    bytes.get(end..end.checked_add(length)?)
}

/// When the event happened.
fn instant(body: &[u8]) -> Option<DateTime<Utc>> {
    let body: serde_json::Value = serde_json::from_slice(body).ok()?;
    body["timestamp"].as_str()?.parse().ok()
}

/// A server that takes connections and never answers, for as long as this process lives.
pub(super) async fn silence() -> anyhow::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(
                async move { while stream.read(&mut [0; 1024]).await.is_ok_and(|read| read > 0) {} },
            );
        }
    });
    Ok(address)
}
