//! The spans and the metric of an rpc, in the words of OpenTelemetry's conventions. Servers and clients use the
//! same fields, so that one query finds both ends of a call.

use std::sync::OnceLock;
use std::time::Instant;

use http::HeaderMap;
use opentelemetry::KeyValue;
use opentelemetry::metrics::Histogram;
use tonic::Code;
use tracing::Span;
use tracing::field::Empty;

use crate::caller::ServiceName;

/// The span of one incoming rpc. It has no parent in this process; [`super::http_trace::extract`] gives it the one
/// on the other side of the wire. All services of the all-in-one process share one resource, so the span itself
/// says whose it is.
pub(crate) fn server_span(service: ServiceName, path: &str) -> Span {
    let (rpc_service, method) = split(path);
    tracing::info_span!(
        parent: None,
        "rpc",
        service = service.as_str(),
        trace_id = Empty,
        otel.name = path.trim_start_matches('/'),
        otel.kind = "server",
        otel.status_code = Empty,
        rpc.system = "grpc",
        rpc.service = rpc_service,
        rpc.method = method,
        rpc.grpc.status_code = Empty,
    )
}

/// The span of one outgoing rpc.
pub(crate) fn client_span(path: &str) -> Span {
    let (rpc_service, method) = split(path);
    tracing::info_span!(
        "call",
        otel.name = path.trim_start_matches('/'),
        otel.kind = "client",
        otel.status_code = Empty,
        rpc.system = "grpc",
        rpc.service = rpc_service,
        rpc.method = method,
        rpc.grpc.status_code = Empty,
    )
}

/// Records how the rpc of `span` ended. A refusal of the request is no error of the span, a fault of the platform
/// is.
pub(crate) fn record(span: &Span, code: Code) {
    span.record("rpc.grpc.status_code", code as i32);
    match code {
        Code::Unknown
        | Code::DeadlineExceeded
        | Code::Unimplemented
        | Code::Internal
        | Code::Unavailable
        | Code::DataLoss => {
            span.record("otel.status_code", "ERROR");
        }
        Code::Ok
        | Code::Cancelled
        | Code::InvalidArgument
        | Code::NotFound
        | Code::AlreadyExists
        | Code::PermissionDenied
        | Code::ResourceExhausted
        | Code::FailedPrecondition
        | Code::Aborted
        | Code::OutOfRange
        | Code::Unauthenticated => {}
    }
}

/// The code in headers or trailers, if the rpc ends with them.
pub(crate) fn code(headers: &HeaderMap) -> Option<Code> {
    headers.get("grpc-status").map(|value| Code::from_bytes(value.as_bytes()))
}

/// Measures one incoming rpc from its head to its end.
#[derive(Debug)]
pub(crate) struct Timing {
    service: ServiceName,
    path: String,
    started_at: Instant,
}

impl Timing {
    pub(crate) fn start(service: ServiceName, path: &str) -> Self {
        Self { service, path: path.to_owned(), started_at: Instant::now() }
    }

    /// Counts the rpc as ended with `code`.
    pub(crate) fn end(&self, code: Code) {
        let (rpc_service, method) = split(&self.path);
        let attributes = [
            KeyValue::new("service", self.service.as_str()),
            KeyValue::new("rpc.system", "grpc"),
            KeyValue::new("rpc.service", rpc_service.to_owned()),
            KeyValue::new("rpc.method", method.to_owned()),
            KeyValue::new("rpc.grpc.status_code", i64::from(code as i32)),
        ];
        durations().record(self.started_at.elapsed().as_secs_f64(), &attributes);
    }
}

/// The instrument is made when the first rpc ends, which is after telemetry was set up.
fn durations() -> &'static Histogram<f64> {
    static DURATIONS: OnceLock<Histogram<f64>> = OnceLock::new();
    DURATIONS.get_or_init(|| {
        opentelemetry::global::meter("kvitt")
            .f64_histogram("rpc.server.duration")
            .with_unit("s")
            .with_description("From the head of the request to the end of the answer")
            .build()
    })
}

/// `/package.Service/Method` in two.
fn split(path: &str) -> (&str, &str) {
    let path = path.trim_start_matches('/');
    path.split_once('/').unwrap_or((path, ""))
}
