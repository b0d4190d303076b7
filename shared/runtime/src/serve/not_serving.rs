//! An instance that has not begun to serve, or is about to end, says so where it could not do what was asked: then the caller
//! knows that another instance may, which is not so when a service is UNAVAILABLE for want of another one.

use http::{HeaderName, HeaderValue};
use tonic::Code;

use super::{Request, Response};
use crate::telemetry::rpc;

/// Stands in the head of an answer with UNAVAILABLE from an instance that does not serve yet or any more. It is meant for the
/// one who called that instance: a channel takes it away.
pub(crate) const NOT_SERVING: HeaderName = HeaderName::from_static("x-kvitt-not-serving");

/// Marks what fails when the instance did not serve at its beginning, or does not any more at its end.
pub(super) async fn mark<F: Future<Output = Response>>(
    serves: impl Fn() -> bool,
    request: Request,
    next: impl FnOnce(Request) -> F,
) -> Response {
    let served = serves();
    let mut response = next(request).await;
    if rpc::code(response.headers()) == Some(Code::Unavailable) && !(served && serves()) {
        response.headers_mut().insert(NOT_SERVING, HeaderValue::from_static("1"));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_what_fails_for_want_of_the_instance_is_marked() {
        // Whether it serves at the beginning, and at the end.
        let table = [
            ((true, true), Code::Unavailable, false),
            ((false, false), Code::Unavailable, true),
            ((false, true), Code::Unavailable, true),
            ((true, false), Code::Unavailable, true),
            ((false, false), Code::FailedPrecondition, false),
            ((false, false), Code::Ok, false),
        ];
        for ((before, after), code, marked) in table {
            let ended = std::cell::Cell::new(false);
            let answer = async |_request| {
                ended.set(true);
                tonic::Status::new(code, "as told").into_http()
            };
            let serves = || if ended.get() { after } else { before };
            let answer = mark(serves, Request::new(tonic::body::Body::empty()), answer).await;
            assert_eq!(answer.headers().contains_key(NOT_SERVING), marked, "{before} {after} {code:?}");
        }
    }
}
