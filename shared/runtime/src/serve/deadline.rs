//! How long the caller waits: read from `grpc-timeout`, handed on to the calls made for the request, and kept. The
//! deadline ends with the head of the answer, so a stream that has begun goes on.

use std::time::Duration;

use kvitt_proto::error::v1::Reason;
use kvitt_proto::refusal;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{Request, Response};
use crate::context::{self, Context};
use crate::grpc_timeout;

/// The service answers this much before the caller's time is up, so that the caller hears the answer and not its
/// own clock.
const ANSWER_MARGIN: Duration = Duration::from_millis(5);

/// Of a short time, no more than this fraction is given to [`ANSWER_MARGIN`].
const ANSWER_MARGIN_FRACTION: u32 = 4;

/// Ends the request with DEADLINE_EXCEEDED when its time is up, and with UNAVAILABLE when `abort` is cancelled,
/// which is the end of draining.
pub(super) async fn enforce<F: Future<Output = Response>>(
    abort: &CancellationToken,
    request: Request,
    next: impl FnOnce(Request) -> F,
) -> Response {
    // A time too long to be added to now is no limit.
    let deadline = grpc_timeout::read(request.headers())
        .map(|timeout| timeout - ANSWER_MARGIN.min(timeout / ANSWER_MARGIN_FRACTION))
        .and_then(|left| Instant::now().checked_add(left));
    let handled = context::scope(Context { token: None, deadline }, next(request));
    let status = tokio::select! {
        response = handled => return response,
        () = time_is_up(deadline) => {
            refusal::status(Reason::DeadlineExceeded, "the service did not finish within the caller's time")
        }
        () = abort.cancelled() => refusal::status(Reason::Unavailable, "the service is shutting down"),
    };
    status.into_http()
}

async fn time_is_up(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}
