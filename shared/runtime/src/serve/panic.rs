//! A panic in one request must not be felt by another.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;

use kvitt_proto::error::v1::Reason;
use kvitt_proto::refusal;

use super::{Request, Response};

/// The future panicked; the panic hook has told the log where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Panicked;

/// Runs `future` and turns a panic of it into an error. What the future shared with others may be left half done:
/// only use it where a request or a batch is given up as a whole.
pub async fn catch_panic<F: Future>(future: F) -> Result<F::Output, Panicked> {
    let mut future = pin!(future);
    std::future::poll_fn(|cx| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
        Ok(Poll::Ready(output)) => Poll::Ready(Ok(output)),
        Ok(Poll::Pending) => Poll::Pending,
        Err(_payload) => Poll::Ready(Err(Panicked)),
    })
    .await
}

/// The layer: a panic in a handler is answered with INTERNAL.
pub(super) async fn contain<F: Future<Output = Response>>(
    request: Request,
    next: impl FnOnce(Request) -> F,
) -> Response {
    match catch_panic(async { next(request).await }).await {
        Ok(response) => response,
        Err(Panicked) => {
            tracing::error!("a handler panicked");
            refusal::status(Reason::Internal, "the service failed").into_http()
        }
    }
}
