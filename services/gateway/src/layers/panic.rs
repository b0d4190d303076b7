//! A panic is this request's 500 and nobody else's trouble.

use axum::{
    extract::Request,
    response::{IntoResponse, Response},
};
use kvitt_proto::error::v1::Reason;
use kvitt_runtime::serve::{Panicked, catch_panic};

use crate::problem::Refused;

/// Turns a panic further in into 500. The panic hook has written where it happened.
pub(crate) async fn catch<F: Future<Output = Response>>(
    request: Request,
    next: impl FnOnce(Request) -> F,
) -> Response {
    match catch_panic(async { next(request).await }).await {
        Ok(response) => response,
        Err(Panicked) => Refused::because(Reason::Internal, "the request panicked").into_response(),
    }
}

#[cfg(test)]
mod tests {
    use axum::{
        Router,
        body::Body,
        middleware::{Next, from_fn},
        routing::get,
    };
    use http::StatusCode;
    use tower::ServiceExt;

    use super::*;
    use crate::layers::refusal;

    async fn panicking() -> StatusCode {
        panic!("provoked by a test")
    }

    #[tokio::test]
    async fn a_panic_is_answered_as_a_fault_and_shows_nothing() {
        let app = Router::new()
            .route("/", get(panicking))
            .layer(from_fn(async |request, next: Next| catch(request, |request| next.run(request)).await))
            .layer(from_fn(refusal::worded));
        let response = app.oneshot(Request::new(Body::empty())).await.unwrap();
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        assert!(!String::from_utf8_lossy(&body).contains("panic"));
    }
}
