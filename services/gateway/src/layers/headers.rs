//! Headers are small: what clients send is a token, keys and names.

use axum::{
    extract::Request,
    response::{IntoResponse, Response},
};
use http::HeaderMap;
use kvitt_proto::error::v1::Reason;

use crate::problem::Refused;

/// Names and values together.
const MAX_HEADER_BYTES: usize = 16 * 1024;

/// Refuses a request whose headers are larger than anybody needs, before anything reads them.
pub(crate) async fn limit<F: Future<Output = Response>>(
    request: Request,
    next: impl FnOnce(Request) -> F,
) -> Response {
    if bytes(request.headers()) > MAX_HEADER_BYTES {
        let detail = format!("The headers may be at most {MAX_HEADER_BYTES} bytes.");
        return Refused::because(Reason::HeadersTooLarge, &detail).into_response();
    }
    next(request).await
}

fn bytes(headers: &HeaderMap) -> usize {
    headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum()
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

    #[tokio::test]
    async fn headers_up_to_the_limit_are_taken_and_one_byte_more_is_refused() {
        let room = MAX_HEADER_BYTES - "x-name".len();
        for (length, status) in
            [(room, StatusCode::OK), (room + 1, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE)]
        {
            let app = Router::new()
                .route("/", get(async || StatusCode::OK))
                .layer(from_fn(async |request, next: Next| limit(request, |request| next.run(request)).await))
                .layer(from_fn(refusal::worded));
            let request =
                Request::builder().header("x-name", "x".repeat(length)).body(Body::empty()).unwrap();
            assert_eq!(app.oneshot(request).await.unwrap().status(), status);
        }
    }
}
