//! The outermost layer: takes the trace up from the caller, and opens the span and the measurement that last until
//! the answer has ended.

use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use tracing::Instrument as _;

use super::answer::Answer;
use super::{Request, Response};
use crate::caller::ServiceName;
use crate::context::Context;
use crate::telemetry::{http_trace, rpc};

#[derive(Clone, Debug)]
pub(super) struct Tracing {
    pub(super) service: ServiceName,
    /// Ends streams.
    pub(super) shutdown: CancellationToken,
}

pub(super) async fn trace<F: Future<Output = Response>>(
    tracing: &Tracing,
    request: Request,
    next: impl FnOnce(Request) -> F,
) -> Response {
    let path = request.uri().path();
    let timing = rpc::Timing::start(tracing.service, path);
    let span = rpc::server_span(tracing.service, path);
    http_trace::extract(request.headers(), &span);
    let mut response = next(request).instrument(span.clone()).await;
    if let Some(code) = rpc::code(response.headers()) {
        rpc::record(&span, code);
        timing.end(code);
        return response;
    }
    let context = response.extensions_mut().remove::<Context>().unwrap_or_default();
    response
        .map(|body| Body::new(Answer::new(body, tracing.shutdown.clone(), context, Ending { span, timing })))
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
