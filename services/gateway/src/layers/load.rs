//! A full house answers fast instead of letting requests queue.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use kvitt_proto::error::v1::Reason;
use tokio::sync::Semaphore;

use crate::problem::Refused;

/// Requests in the house at once; as many as a lane of the payment engine queues.
const MAX_REQUESTS: usize = 4096;

/// The places in the house.
pub(crate) fn places() -> Arc<Semaphore> {
    Arc::new(Semaphore::new(MAX_REQUESTS))
}

/// Takes a place for the time of the request, or answers 503.
pub(crate) async fn limit(State(places): State<Arc<Semaphore>>, request: Request, next: Next) -> Response {
    match places.try_acquire() {
        Ok(_place) => next.run(request).await,
        Err(_) => Refused::because(Reason::Overloaded, "too many requests at once").into_response(),
    }
}

#[cfg(test)]
mod tests {
    use axum::{
        Router,
        body::Body,
        middleware::{from_fn, from_fn_with_state},
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
                .layer(from_fn_with_state(places, limit))
                .layer(from_fn(refusal::word));
            let response = app.oneshot(Request::new(Body::empty())).await.unwrap();
            assert_eq!(response.status(), status);
            assert_eq!(response.headers().contains_key(header::RETRY_AFTER), room == 0);
        }
    }
}
