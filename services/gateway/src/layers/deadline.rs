//! No request takes longer than a limit; the calls made for it are told how much of it is left.

use std::time::Duration;

use axum::{
    extract::Request,
    response::{IntoResponse, Response},
};
use kvitt_proto::error::v1::Reason;
use kvitt_runtime::context::{self, Context};
use tokio::time::{Instant, timeout_at};

use crate::problem::Refused;

/// From the head of a request to its answer, the body's arrival included.
const REQUEST_LIMIT: Duration = Duration::from_secs(20);

/// A payer's yes may lead to a PSP's server, which has 20 seconds of its own.
const PAYER_LIMIT: Duration = Duration::from_secs(40);

/// Moving the clock does all that becomes due on the way; `access` gives up a little earlier by itself.
const CLOCK_LIMIT: Duration = Duration::from_secs(600);

fn limit(path: &str) -> Duration {
    if path == "/kvitt/v1/clock" {
        CLOCK_LIMIT
    } else if path.starts_with("/kvitt/v1/payments/") {
        PAYER_LIMIT
    } else {
        REQUEST_LIMIT
    }
}

/// Gives the request its deadline, and answers 504 at it.
pub(crate) async fn bound<F: Future<Output = Response>>(
    request: Request,
    next: impl FnOnce(Request) -> F,
) -> Response {
    let limit = limit(request.uri().path());
    let deadline = Instant::now() + limit;
    let bounded = Context { token: None, deadline: Some(deadline) };
    match timeout_at(deadline, context::scope(bounded, next(request))).await {
        Ok(response) => response,
        Err(_) => Refused::because(Reason::DeadlineExceeded, "the request's time ran out").into_response(),
    }
}
