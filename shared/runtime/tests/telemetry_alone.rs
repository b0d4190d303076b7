//! Telemetry is one per process, so this binary holds one test: a trace goes over the wire where nobody collects it, too,
//! and every level of the log is on.

#![cfg(test)]

mod support;

use std::sync::Arc;

use kvitt_primitives::ClientId;
use kvitt_proto::merchant::v1::merchant_service_client::MerchantServiceClient;
use kvitt_runtime::context::{self, Context};
use kvitt_runtime::telemetry::{self, Format, TelemetryConfig};
use kvitt_runtime::{Lane, ServiceName, trace_parent};
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;
use uuid::Uuid;

use support::access::{State, mesh};
use support::echo::{Echo, ask};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trace_goes_on_into_another_service_and_out_of_a_batch_without_a_collector() {
    let guard = telemetry::init(TelemetryConfig {
        service: "kvitt-test",
        otlp_endpoint: None,
        format: Format::Json,
        filter: "info".to_owned(),
    })
    .unwrap();
    let state = State::new();
    let access = state.serve().await;
    let gateway = mesh(&access, ServiceName::Gateway);
    let mut payment = Echo::default().serve(ServiceName::Payment, gateway.verifier()).await;
    let client = MerchantServiceClient::new(gateway.peer(&payment.url()).unwrap());

    let asked = client.clone();
    let handler = move |commands: Vec<&'static str>| {
        let client = asked.clone();
        async move { vec![ask(client, commands[0]).await.unwrap()] }
    };
    let lane = Lane::spawn("test", handler, CancellationToken::new());
    let token = Some(Arc::from(state.signer.client_token(ClientId::from_uuid(Uuid::nil()))));
    let journey = context::scope(Context { token, deadline: None }, async {
        (trace_parent(), ask(client, "trace").await.unwrap(), lane.submit("trace").await.unwrap())
    });
    let (here, there, out_of_a_batch) = journey.instrument(tracing::info_span!("http")).await;

    let trace_id = |parent: &str| parent.split('-').nth(1).map(str::to_owned);
    assert_eq!(trace_id(&there), trace_id(&here));
    assert_eq!(trace_id(&out_of_a_batch), trace_id(&here));
    payment.health.set_serving(true);
    payment.shutdown.cancel();
    (&mut payment.ended).await.unwrap().unwrap();
    guard.shutdown().await;
}
