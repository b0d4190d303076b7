//! An OTLP collector that keeps what it is sent.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use opentelemetry_proto::tonic::collector::metrics::v1::metrics_service_server::{
    MetricsService, MetricsServiceServer,
};
use opentelemetry_proto::tonic::collector::metrics::v1::{
    ExportMetricsServiceRequest, ExportMetricsServiceResponse,
};
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::Server;
use tonic::{Request, Response, Status};

/// A span as the collector got it; ids in hexadecimal.
#[derive(Clone, Debug)]
pub(crate) struct Span {
    pub(crate) trace: String,
    pub(crate) id: String,
    /// Empty for a root.
    pub(crate) parent: String,
    pub(crate) name: String,
    /// The attribute `service`; empty when the span has none.
    pub(crate) service: String,
    kind: SpanKind,
    attributes: Vec<String>,
    /// Trace and span of what it follows from: a batch follows from each command in it.
    links: Vec<(String, String)>,
}

impl Span {
    /// Whether this is the receiving side of the rpc; an empty name is any.
    pub(crate) fn is_server_of(&self, (service, rpc): (&str, &str)) -> bool {
        self.kind == SpanKind::Server && self.service == service && (rpc.is_empty() || self.name == rpc)
    }

    /// Whether this span is work in the database.
    pub(crate) fn is_database(&self) -> bool {
        self.attributes.iter().any(|name| name.starts_with("db."))
    }

    /// Whether this span follows from that one.
    pub(crate) fn follows(&self, other: &Self) -> bool {
        self.links.iter().any(|(trace, id)| (trace, id) == (&other.trace, &other.id))
    }

    /// The spans above this one, the nearest first.
    pub(crate) fn ancestors<'a>(&self, spans: &'a [Self]) -> Vec<&'a Self> {
        let mut above = Vec::new();
        let mut parent = &self.parent;
        while let Some(span) = spans.iter().find(|span| &span.id == parent) {
            above.push(span);
            parent = &span.parent;
        }
        above
    }
}

/// The collector.
#[derive(Clone, Debug)]
pub(crate) struct Collector {
    address: SocketAddr,
    spans: Arc<Mutex<Vec<Span>>>,
}

impl Collector {
    /// Listens on a free port until the test ends.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port is free");
        let address = listener.local_addr().expect("a listener has an address");
        let collector = Self { address, spans: Arc::default() };
        let server = Server::builder()
            .add_service(TraceServiceServer::new(collector.clone()))
            .add_service(MetricsServiceServer::new(collector.clone()));
        tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
        collector
    }

    /// Where it listens.
    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Every span.
    pub(crate) fn spans(&self) -> Vec<Span> {
        self.spans.lock().expect("nobody panics with the lock").clone()
    }
}

#[tonic::async_trait]
impl TraceService for Collector {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let scopes =
            request.into_inner().resource_spans.into_iter().flat_map(|resource| resource.scope_spans);
        let mut spans = self.spans.lock().expect("nobody panics with the lock");
        spans.extend(scopes.flat_map(|scope| scope.spans).map(span));
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

#[tonic::async_trait]
impl MetricsService for Collector {
    async fn export(
        &self,
        _request: Request<ExportMetricsServiceRequest>,
    ) -> Result<Response<ExportMetricsServiceResponse>, Status> {
        Ok(Response::new(ExportMetricsServiceResponse::default()))
    }
}

fn span(span: opentelemetry_proto::tonic::trace::v1::Span) -> Span {
    let service = span.attributes.iter().find(|attribute| attribute.key == "service");
    let service = service.and_then(|attribute| attribute.value.clone()).and_then(|value| value.value);
    Span {
        trace: hex(&span.trace_id),
        id: hex(&span.span_id),
        parent: hex(&span.parent_span_id),
        kind: span.kind(),
        links: span.links.iter().map(|link| (hex(&link.trace_id), hex(&link.span_id))).collect(),
        attributes: span.attributes.iter().map(|attribute| attribute.key.clone()).collect(),
        service: match service {
            Some(Value::StringValue(text)) => text,
            _ => String::new(),
        },
        name: span.name,
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
