//! The spans and the metric of an rpc, in the words of OpenTelemetry's conventions. Servers and clients use the
//! same fields, so that one query finds both ends of a call.

use std::sync::OnceLock;
use std::time::Instant;

use http::HeaderMap;
use kvitt_proto::rpcs;
use opentelemetry::KeyValue;
use opentelemetry::metrics::Histogram;
use tonic::Code;
use tracing::Span;
use tracing::field::Empty;

use super::metrics::RPC_DURATION;
use crate::caller::ServiceName;

/// Rpcs that every service has beside those of the contract.
const EVERYWHERE: [&str; 4] = [
    "/grpc.health.v1.Health/Check",
    "/grpc.health.v1.Health/Watch",
    "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
];

/// What a path is called that is none of an rpc, so that strangers cannot make up new series.
const OTHER: &str = "/_OTHER/_OTHER";

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
    path: &'static str,
    started_at: Instant,
}

impl Timing {
    pub(crate) fn start(service: ServiceName, path: &str) -> Self {
        Self { service, path: known(path), started_at: Instant::now() }
    }

    /// Counts the rpc as ended with `code`.
    pub(crate) fn end(&self, code: Code) {
        let (rpc_service, method) = split(self.path);
        let attributes = [
            KeyValue::new("service", self.service.as_str()),
            KeyValue::new("rpc.system", "grpc"),
            KeyValue::new("rpc.service", rpc_service),
            KeyValue::new("rpc.method", method),
            KeyValue::new("rpc.grpc.status_code", i64::from(code as i32)),
        ];
        durations().record(self.started_at.elapsed().as_secs_f64(), &attributes);
    }
}

/// The instrument is made when the first rpc ends, which is after telemetry was set up.
fn durations() -> &'static Histogram<f64> {
    static DURATIONS: OnceLock<Histogram<f64>> = OnceLock::new();
    DURATIONS.get_or_init(|| RPC_DURATION.seconds())
}

/// `/package.Service/Method` in two.
fn split(path: &str) -> (&str, &str) {
    let path = path.trim_start_matches('/');
    path.split_once('/').unwrap_or((path, ""))
}

/// The path as it stands in the contract.
fn known(path: &str) -> &'static str {
    let everywhere = || EVERYWHERE.into_iter().find(|known| *known == path);
    rpcs::find(path).map(|rpc| rpc.path).or_else(everywhere).unwrap_or(OTHER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_is_none_of_an_rpc_makes_no_series_of_its_own() {
        let capture = "/kvitt.payment.v1.PaymentService/CapturePayment";
        assert_eq!(known(capture), capture);
        assert_eq!(known(EVERYWHERE[0]), EVERYWHERE[0]);
        assert_eq!(split(known("/kvitt.payment.v1.PaymentService/MakeUp")), ("_OTHER", "_OTHER"));
    }
}
