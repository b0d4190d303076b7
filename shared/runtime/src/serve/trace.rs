//! The outermost layer: takes the trace up from the caller, and opens the span and the measurement that last until
//! the answer has ended.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use super::answer::Answer;
use crate::caller::ServiceName;
use crate::context::Context;
use crate::telemetry::{http_trace, rpc};

#[derive(Clone, Debug)]
pub(super) struct Tracing {
    pub(super) service: ServiceName,
    /// Ends streams.
    pub(super) shutdown: CancellationToken,
}

pub(super) async fn trace(State(tracing): State<Tracing>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let timing = rpc::Timing::start(tracing.service, path);
    let span = rpc::server_span(tracing.service, path);
    http_trace::extract(request.headers(), &span);
    let mut response = next.run(request).instrument(span.clone()).await;
    if let Some(code) = rpc::code(response.headers()) {
        rpc::record(&span, code);
        timing.end(code);
        return response;
    }
    let context = response.extensions_mut().remove::<Context>().unwrap_or_default();
    response.map(|body| {
        axum::body::Body::new(Answer::new(body, tracing.shutdown, context, Ending { span, timing }))
    })
}

/// What is told when an answer ends.
#[derive(Debug)]
pub(super) struct Ending {
    pub(super) span: tracing::Span,
    pub(super) timing: rpc::Timing,
}

impl Ending {
    pub(super) fn tell(self, code: tonic::Code) {
        rpc::record(&self.span, code);
        self.timing.end(code);
    }
}
