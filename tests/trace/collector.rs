//! An OTLP collector that keeps what it is sent.

use std::collections::{BTreeMap, BTreeSet};
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
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::metrics::v1::Metric;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
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

/// What kind of values a metric has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Values {
    Counter,
    Gauge,
    Histogram,
}

/// A metric as the collector got it.
#[derive(Clone, Debug)]
pub(crate) struct Exported {
    pub(crate) unit: String,
    pub(crate) values: Values,
    /// The names of all attributes that any of its values has.
    pub(crate) attributes: BTreeSet<String>,
}

/// The collector.
#[derive(Clone, Debug)]
pub(crate) struct Collector {
    address: SocketAddr,
    spans: Arc<Mutex<Vec<Span>>>,
    metrics: Arc<Mutex<BTreeMap<String, Exported>>>,
}

impl Collector {
    /// Listens on a free port until the test ends.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port is free");
        let address = listener.local_addr().expect("a listener has an address");
        let collector = Self { address, spans: Arc::default(), metrics: Arc::default() };
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

    /// Every metric, by its name.
    pub(crate) fn metrics(&self) -> BTreeMap<String, Exported> {
        self.metrics.lock().expect("nobody panics with the lock").clone()
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
        request: Request<ExportMetricsServiceRequest>,
    ) -> Result<Response<ExportMetricsServiceResponse>, Status> {
        let scopes =
            request.into_inner().resource_metrics.into_iter().flat_map(|resource| resource.scope_metrics);
        let mut metrics = self.metrics.lock().expect("nobody panics with the lock");
        for metric in scopes.flat_map(|scope| scope.metrics) {
            let (name, mut exported) = exported(metric);
            if let Some(known) = metrics.remove(&name) {
                exported.attributes.extend(known.attributes);
            }
            metrics.insert(name, exported);
        }
        Ok(Response::new(ExportMetricsServiceResponse::default()))
    }
}

fn exported(metric: Metric) -> (String, Exported) {
    let (values, attributes): (_, Vec<Vec<KeyValue>>) = match metric.data.expect("a metric has values") {
        Data::Gauge(gauge) => {
            (Values::Gauge, gauge.data_points.into_iter().map(|point| point.attributes).collect())
        }
        Data::Sum(sum) => {
            assert!(sum.is_monotonic, "{} goes down, too", metric.name);
            (Values::Counter, sum.data_points.into_iter().map(|point| point.attributes).collect())
        }
        Data::Histogram(histogram) => {
            (Values::Histogram, histogram.data_points.into_iter().map(|point| point.attributes).collect())
        }
        other => panic!("{} is of a kind that no instrument of ours makes: {other:?}", metric.name),
    };
    let attributes = attributes.into_iter().flatten().map(|attribute| attribute.key).collect();
    (metric.name, Exported { unit: metric.unit, values, attributes })
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
