//! What goes out, and what comes back. Neither shows more of itself in `Debug` than a log may hold.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use http::{HeaderMap, Method, StatusCode};

/// No call may take longer, whatever its [`limit`](Call::limit).
pub const LONGEST_LIMIT: Duration = Duration::from_secs(120);

/// One call to a merchant's server.
#[derive(Clone)]
pub struct Call {
    /// What to do there.
    pub method: Method,
    /// Where, as the merchant gave it.
    pub url: String,
    /// As they are, but for those that frame the message: `Host`, `Content-Length` and their like come from here.
    pub headers: HeaderMap,
    /// Empty for none.
    pub body: Vec<u8>,
    /// For everything together: looking the name up, connecting, and reading the answer to its end.
    pub limit: Duration,
    /// The most bytes of the answer's body that are wanted.
    pub largest_answer: usize,
    /// What becomes of more than that.
    pub beyond: Beyond,
}

/// What becomes of an answer whose body is longer than is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beyond {
    /// It is no answer: [`Error::AnswerTooLarge`](crate::Error::AnswerTooLarge), and likewise when its end does not come in
    /// time.
    Refuse,
    /// The status is what matters: of the body is kept what came within the size, and within a second of the head.
    Cut,
}

/// What is known of a call, however it ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    /// The judged address that was connected to, or the first of those that were tried.
    pub address: Option<SocketAddr>,
    /// Whether the connection was secured.
    pub tls: bool,
}

/// What the server said. A redirect is an answer like any other.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    /// Any status of a final answer.
    pub status: StatusCode,
    /// Bounded in number and size, and as hostile as the body.
    pub headers: HeaderMap,
    /// Complete, unless it was cut; not decompressed.
    pub body: Vec<u8>,
    /// The judged address that answered.
    pub address: SocketAddr,
    /// From the call to the last byte.
    pub took: Duration,
}

impl fmt::Debug for Call {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Call")
            .field("method", &self.method)
            .field("body_bytes", &self.body.len())
            .field("limit", &self.limit)
            .field("largest_answer", &self.largest_answer)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Answer")
            .field("status", &self.status)
            .field("body_bytes", &self.body.len())
            .field("address", &self.address)
            .field("took", &self.took)
            .finish_non_exhaustive()
    }
}
