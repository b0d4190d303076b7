//! One span and one measurement per request; the span is a child of the client's own if it sends a W3C `traceparent`.

use axum::{extract::Request, response::Response};
use kvitt_runtime::{
    ServiceName,
    telemetry::{http_metrics::Timing, http_trace},
};
use tracing::{Instrument, Span, field::Empty};

use super::path::Pattern;

/// Runs the request inside its span.
pub(crate) async fn span<F: Future<Output = Response>>(
    request: Request,
    next: impl FnOnce(Request) -> F,
) -> Response {
    let span = tracing::info_span!(
        parent: None,
        "http",
        service = ServiceName::Gateway.as_str(),
        // Known once the path is: see `layers/path.rs`.
        otel.name = request.method().as_str(),
        http.route = Empty,
        otel.kind = "server",
        otel.status_code = Empty,
        http.request.method = %request.method(),
        url.path = request.uri().path(),
        http.response.status_code = Empty,
        trace_id = Empty,
    );
    http_trace::extract(request.headers(), &span);
    let (timing, method) = (Timing::start(), request.method().clone());
    let answering = async {
        let response = next(request).await;
        let status = response.status();
        let route = response.extensions().get::<Pattern>().map(|pattern| pattern.0);
        timing.end(&method, route, status);
        let span = Span::current();
        span.record("http.response.status_code", status.as_u16());
        if status.is_server_error() {
            span.record("otel.status_code", "ERROR");
        }
        tracing::debug!(status = status.as_u16(), "answered");
        response
    };
    answering.instrument(span).await
}
