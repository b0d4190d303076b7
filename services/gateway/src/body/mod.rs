//! Request bodies: bounded bytes, a parsed tree, and one tolerant way of reading it.
//!
//! Everything that upstream's real clients may get away with is decided here and nowhere else: unknown fields and
//! `null` are nothing, `"100"` and `100.0` are 100, an absent body is an empty object. What a field must hold
//! beyond its JSON type is judged by the service that owns it, so that gRPC clients meet the same rules.

mod decode;
mod field;
mod tree;

use std::{sync::Arc, time::Duration};

use axum::body::{Body, Bytes, HttpBody};
use http_body_util::BodyExt;
use kvitt_proto::{error::v1::Reason, refusal};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};
use tonic::Status;

pub(crate) use decode::{decode, decode_bytes, renamed};
pub(crate) use field::{Faults, Field};
pub(crate) use tree::Tree;

/// The largest body of a route that takes no images.
pub(crate) const MAX_BODY_BYTES: usize = 64 * 1024;

/// The largest body with an image in it.
const MAX_IMAGE_BODY_BYTES: usize = 3 * 1024 * 1024;

/// How many bodies with images a route works on at once, since together they need memory.
const MAX_IMAGE_BODIES: usize = 32;

/// How much of a body that is too large is still swallowed, so that its sender gets to read the answer.
const MAX_SWALLOWED_BYTES: usize = 4 * 1024 * 1024;

/// How long a body may take to arrive; well within the time of the whole request, so that a slow sender hears that
/// it was slow and not that the platform was.
const ARRIVAL_LIMIT: Duration = Duration::from_secs(10);

/// Room for bodies with images. It stands in the extensions of a request to a route that takes them, see `router.rs`.
#[derive(Clone, Debug)]
pub(crate) struct ImageRoom(Arc<Semaphore>);

/// A body with an image; its place in the room is taken for as long as this is kept.
#[derive(Debug)]
pub(crate) struct ImageBody {
    pub(crate) bytes: Bytes,
    _place: OwnedSemaphorePermit,
}

impl ImageRoom {
    /// An empty room.
    pub(crate) fn new() -> Self {
        Self(Arc::new(Semaphore::new(MAX_IMAGE_BODIES)))
    }

    /// All bytes of a body, or OVERLOADED when the room is full; otherwise as [`collect`].
    pub(crate) async fn collect(&self, body: Body) -> Result<ImageBody, Status> {
        let place = Arc::clone(&self.0).try_acquire_owned();
        let place = place.map_err(|_| refusal::status(Reason::Overloaded, "too many images at once"))?;
        let bytes = collect_up_to(MAX_IMAGE_BODY_BYTES, body).await?;
        Ok(ImageBody { bytes, _place: place })
    }
}

/// All bytes of a body; BODY_TOO_LARGE, or BODY_MALFORMED when it does not arrive.
pub(crate) async fn collect(body: Body) -> Result<Bytes, Status> {
    collect_up_to(MAX_BODY_BYTES, body).await
}

/// The same where another size is the largest.
pub(crate) async fn collect_up_to(most_bytes: usize, body: Body) -> Result<Bytes, Status> {
    collect_within(ARRIVAL_LIMIT, most_bytes, body).await
}

async fn collect_within(limit: Duration, most_bytes: usize, body: Body) -> Result<Bytes, Status> {
    timeout(limit, collect_bounded(most_bytes, body)).await.unwrap_or_else(|_elapsed| {
        Err(refusal::status(Reason::BodyMalformed, "The body did not arrive in time."))
    })
}

async fn collect_bounded(most_bytes: usize, mut body: Body) -> Result<Bytes, Status> {
    if let Some(announced) = body.size_hint().exact()
        && announced > (most_bytes + MAX_SWALLOWED_BYTES) as u64
    {
        return Err(too_large(most_bytes));
    }
    let mut bytes = Vec::new();
    let mut received = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame
            .map_err(|_| refusal::status(Reason::BodyMalformed, "The body ended before it was complete."))?;
        let Ok(data) = frame.into_data() else { continue };
        received += data.len();
        if received > most_bytes + MAX_SWALLOWED_BYTES {
            break;
        }
        if received <= most_bytes {
            bytes.extend_from_slice(&data);
        }
    }
    if received > most_bytes { Err(too_large(most_bytes)) } else { Ok(bytes.into()) }
}

fn too_large(most_bytes: usize) -> Status {
    refusal::status(Reason::BodyTooLarge, format!("The body may be at most {most_bytes} bytes."))
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
        let within = Duration::from_millis(1);
        let refused = collect_within(within, MAX_BODY_BYTES, Body::new(endless)).await.unwrap_err();
        assert_eq!(refusal::reason_of(&refused), Some(Reason::BodyMalformed));
    }

    #[tokio::test]
    async fn a_body_with_an_image_may_be_larger_and_there_is_room_for_so_many() {
        let room = ImageRoom::new();
        let body = |size| Body::from(vec![b' '; size]);
        let refused = room.collect(body(MAX_IMAGE_BODY_BYTES + 1)).await.unwrap_err();
        assert_eq!(refusal::reason_of(&refused), Some(Reason::BodyTooLarge));
        let first = room.collect(body(MAX_IMAGE_BODY_BYTES)).await.unwrap();
        assert_eq!(first.bytes.len(), MAX_IMAGE_BODY_BYTES);
        let mut kept = vec![first];
        while kept.len() < MAX_IMAGE_BODIES {
            kept.push(room.collect(body(1)).await.unwrap());
        }
        let refused = room.collect(body(1)).await.unwrap_err();
        assert_eq!(refusal::reason_of(&refused), Some(Reason::Overloaded));
        kept.pop();
        assert!(room.collect(body(1)).await.is_ok());
    }
}
