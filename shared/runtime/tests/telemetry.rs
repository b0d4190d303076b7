//! Telemetry is one per process, so this binary holds one test: spans and metrics reach a collector, and a trace
//! goes from the caller over the wire into the service.

#![cfg(test)]

mod support;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use kvitt_primitives::ClientId;
use kvitt_proto::merchant::v1::merchant_service_client::MerchantServiceClient;
use kvitt_runtime::context::{self, Context};
use kvitt_runtime::telemetry::{self, Format, TelemetryConfig};
use kvitt_runtime::{ServiceName, trace_parent};
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
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use tokio::net::TcpListener;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status};
use tracing::Instrument as _;
use uuid::Uuid;

use support::access::{State, mesh};
use support::echo::{Echo, ask};

/// Keeps what it is sent.
#[derive(Clone, Default)]
struct Collector {
    spans: Arc<Mutex<Vec<Span>>>,
    metrics: Arc<Mutex<Vec<String>>>,
}

impl Collector {
    async fn serve(&self) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let serving = tonic::transport::Server::builder()
            .add_service(TraceServiceServer::new(self.clone()))
            .add_service(MetricsServiceServer::new(self.clone()))
            .serve_with_incoming(TcpIncoming::from(listener));
        tokio::spawn(serving);
        address
    }

    /// The span of this kind of the rpc that the test makes.
    fn span(&self, kind: SpanKind, service: Option<&str>) -> Span {
        let spans = self.spans.lock().unwrap();
        let found = spans.iter().find(|span| {
            span.kind() == kind
                && span.name == "kvitt.merchant.v1.MerchantService/ResolveSalesUnit"
                && attribute(span, "service").as_deref() == service
        });
        found.unwrap_or_else(|| panic!("{spans:#?}")).clone()
    }
}

fn attribute(span: &Span, key: &str) -> Option<String> {
    let found = span.attributes.iter().find(|attribute| attribute.key == key)?;
    match found.value.as_ref()?.value.as_ref()? {
        Value::StringValue(text) => Some(text.clone()),
        other => Some(format!("{other:?}")),
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
        self.spans.lock().unwrap().extend(scopes.flat_map(|scope| scope.spans));
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
        let metrics = scopes.flat_map(|scope| scope.metrics).map(|metric| metric.name);
        self.metrics.lock().unwrap().extend(metrics);
        Ok(Response::new(ExportMetricsServiceResponse::default()))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_clients_span_is_the_parent_of_the_servers_and_both_reach_the_collector() {
    let collector = Collector::default();
    let address = collector.serve().await;
    let guard = telemetry::init(TelemetryConfig {
        service: "kvitt-test",
        otlp_endpoint: Some(format!("http://{address}")),
        format: Format::Json,
        filter: "warn".to_owned(),
    })
    .unwrap();

    let state = State::new();
    let access = state.serve().await;
    let gateway = mesh(&access, ServiceName::Gateway);
    let mut payment = Echo::default().serve(ServiceName::Payment, gateway.verifier()).await;
    let client = MerchantServiceClient::new(gateway.peer(&payment.url()).unwrap());
    let token = Some(Arc::from(state.signer.client_token(ClientId::from_uuid(Uuid::nil()))));
    let asking = context::scope(Context { token, deadline: None }, async {
        ask(client, "hello").await.unwrap();
        trace_parent()
    });
    let parent = asking.instrument(tracing::info_span!("journey")).await;
    payment.health.set_serving(true);
    payment.shutdown.cancel();
    (&mut payment.ended).await.unwrap().unwrap();
    assert!(!payment.health.is_serving());
    guard.shutdown().await;

    let client = collector.span(SpanKind::Client, None);
    let server = collector.span(SpanKind::Server, Some("payment"));
    assert_eq!(server.parent_span_id, client.span_id);
    assert_eq!(server.trace_id, client.trace_id);
    assert_eq!(attribute(&server, "rpc.grpc.status_code").as_deref(), Some("IntValue(0)"));
    let trace_id = hex::encode(&server.trace_id);
    assert_eq!(parent.split('-').nth(1), Some(trace_id.as_str()), "errors show the same trace");
    assert_eq!(attribute(&server, "trace_id"), Some(trace_id));
    assert!(collector.metrics.lock().unwrap().contains(&"rpc.server.duration".to_owned()));
}
