//! Request bodies: bounded bytes, a parsed tree, and one tolerant way of reading it.
//!
//! Everything that upstream's real clients may get away with is decided here and nowhere else: unknown fields and
//! `null` are nothing, `"100"` and `100.0` are 100, an absent body is an empty object. What a field must hold
//! beyond its JSON type is judged by the service that owns it, so that gRPC clients meet the same rules.

mod field;
mod tree;

use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use http_body_util::BodyExt;
use kvitt_proto::{error::v1::Reason, refusal};
use tokio::time::timeout;
use tonic::Status;

pub(crate) use field::{Faults, Field};
pub(crate) use tree::Tree;

/// The largest body any route takes.
pub(crate) const MAX_BODY_BYTES: usize = 64 * 1024;

/// How much of a body that is too large is still swallowed, so that its sender gets to read the answer.
const MAX_SWALLOWED_BYTES: usize = 4 * 1024 * 1024;

/// How long a body may take to arrive; well within the time of the whole request, so that a slow sender hears that
/// it was slow and not that the platform was.
const ARRIVAL_LIMIT: Duration = Duration::from_secs(10);

/// All bytes of a body; BODY_TOO_LARGE, or BODY_MALFORMED when it does not arrive.
pub(crate) async fn collect(body: Body) -> Result<Bytes, Status> {
    collect_within(ARRIVAL_LIMIT, body).await
}

async fn collect_within(limit: Duration, body: Body) -> Result<Bytes, Status> {
    timeout(limit, collect_bounded(body)).await.unwrap_or_else(|_elapsed| {
        Err(refusal::status(Reason::BodyMalformed, "The body did not arrive in time."))
    })
}

async fn collect_bounded(mut body: Body) -> Result<Bytes, Status> {
    if let Some(announced) = body.size_hint().exact()
        && announced > (MAX_BODY_BYTES + MAX_SWALLOWED_BYTES) as u64
    {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    let mut received = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame
            .map_err(|_| refusal::status(Reason::BodyMalformed, "The body ended before it was complete."))?;
        let Ok(data) = frame.into_data() else { continue };
        received += data.len();
        if received > MAX_BODY_BYTES + MAX_SWALLOWED_BYTES {
            break;
        }
        if received <= MAX_BODY_BYTES {
            bytes.extend_from_slice(&data);
        }
    }
    if received > MAX_BODY_BYTES { Err(too_large()) } else { Ok(bytes.into()) }
}

fn too_large() -> Status {
    refusal::status(Reason::BodyTooLarge, format!("The body may be at most {MAX_BODY_BYTES} bytes."))
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use http_body_util::Full;

    use super::*;

    #[tokio::test]
    async fn a_body_up_to_the_limit_is_taken_and_one_byte_more_is_refused() {
        let fits = collect(Body::from(vec![b' '; MAX_BODY_BYTES])).await.unwrap();
        assert_eq!(fits.len(), MAX_BODY_BYTES);
        for size in [MAX_BODY_BYTES + 1, 1_000_000, 10_000_000] {
            let refused = collect(Body::from(vec![b' '; size])).await.unwrap_err();
            assert_eq!(refusal::reason_of(&refused), Some(Reason::BodyTooLarge));
        }
    }

    #[tokio::test]
    async fn a_body_that_does_not_arrive_is_its_senders_fault() {
        let trailers = std::future::pending::<Option<Result<http::HeaderMap, Infallible>>>();
        let endless = Full::new(Bytes::from_static(b"{")).with_trailers(trailers);
        let refused = collect_within(Duration::from_millis(1), Body::new(endless)).await.unwrap_err();
        assert_eq!(refusal::reason_of(&refused), Some(Reason::BodyMalformed));
    }
}
