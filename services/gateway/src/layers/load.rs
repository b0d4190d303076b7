//! A full house answers fast instead of letting requests queue.

use axum::{
    extract::Request,
    response::{IntoResponse, Response},
};
use kvitt_proto::error::v1::Reason;
use tokio::sync::Semaphore;

use crate::problem::Refused;

/// Requests in the house at once; as many as a lane of the payment engine queues.
const MAX_REQUESTS: usize = 4096;

/// The places in the house.
pub(crate) fn places() -> Semaphore {
    Semaphore::new(MAX_REQUESTS)
}

/// Takes a place for the time of the request, or answers 503.
pub(crate) async fn limit<F: Future<Output = Response>>(
    places: &Semaphore,
    request: Request,
    next: impl FnOnce(Request) -> F,
) -> Response {
    match places.try_acquire() {
        Ok(_place) => next(request).await,
        Err(_) => Refused::because(Reason::Overloaded, "too many requests at once").into_response(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use axum::{
        Router,
        body::Body,
        middleware::{Next, from_fn},
        routing::get,
    };
    use http::{StatusCode, header};
    use tower::ServiceExt;

    use super::*;
    use crate::layers::refusal;

    #[tokio::test]
    async fn a_full_house_says_so_at_once_and_when_to_come_back() {
        for (room, status) in [(1, StatusCode::OK), (0, StatusCode::SERVICE_UNAVAILABLE)] {
            let places = Arc::new(Semaphore::new(room));
            let app = Router::new()
                .route("/", get(async || StatusCode::OK))
                .layer(from_fn(move |request, next: Next| {
                    let places = Arc::clone(&places);
                    async move { limit(&places, request, |request| next.run(request)).await }
                }))
                .layer(from_fn(refusal::worded));
            let response = app.oneshot(Request::new(Body::empty())).await.unwrap();
            assert_eq!(response.status(), status);
            assert_eq!(response.headers().contains_key(header::RETRY_AFTER), room == 0);
        }
    }
}
