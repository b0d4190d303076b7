//! An instance that is about to end says so where it could not do what was asked: then the caller knows that another
//! instance may, which is not so when a service is UNAVAILABLE for want of another one.

use http::{HeaderName, HeaderValue};
use tokio_util::sync::CancellationToken;
use tonic::Code;

use super::{Request, Response};
use crate::telemetry::rpc;

/// Stands in the head of an answer with UNAVAILABLE from an instance that is about to end. It is meant for the one who
/// called that instance: a channel takes it away.
pub(crate) const DRAINING: HeaderName = HeaderName::from_static("x-kvitt-draining");

/// Marks what fails after `shutdown`.
pub(super) async fn mark<F: Future<Output = Response>>(
    shutdown: &CancellationToken,
    request: Request,
    next: impl FnOnce(Request) -> F,
) -> Response {
    let mut response = next(request).await;
    if rpc::code(response.headers()) == Some(Code::Unavailable) && shutdown.is_cancelled() {
        response.headers_mut().insert(DRAINING, HeaderValue::from_static("1"));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_what_fails_for_want_of_the_instance_is_marked() {
        let (lives, ends) = (CancellationToken::new(), CancellationToken::new());
        ends.cancel();
        let table = [
            (&lives, Code::Unavailable, false),
            (&ends, Code::Unavailable, true),
            (&ends, Code::FailedPrecondition, false),
            (&ends, Code::Ok, false),
        ];
        for (shutdown, code, marked) in table {
            let answer = async |_request| tonic::Status::new(code, "as told").into_http();
            let answer = mark(shutdown, Request::new(tonic::body::Body::empty()), answer).await;
            assert_eq!(answer.headers().contains_key(DRAINING), marked, "{code:?}");
        }
    }
}
