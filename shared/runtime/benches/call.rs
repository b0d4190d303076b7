//! What a call to another service costs over a channel, without anything round it: one at a time, and many at once. tonic's
//! own channel, which knows one connection, stands beside it.

#![allow(missing_docs, reason = "the macros make the only public items")]

#[allow(dead_code, clippy::unwrap_used, reason = "it is made for tests, which use more of it")]
#[path = "../tests/support/mod.rs"]
mod support;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use kvitt_proto::merchant::v1::merchant_service_client::MerchantServiceClient;
use kvitt_runtime::{ServiceName, channel};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;
use tonic::body::Body;
use tonic::client::GrpcService;
use tonic::transport::Endpoint;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

use support::access::{State, mesh};
use support::echo::{Echo, ask};

/// Calls at the same time.
const AT_ONCE: u64 = 64;
/// Of each of them.
const CALLS: u64 = 20;

async fn check<C>(channel: &C)
where
    C: GrpcService<Body> + Clone,
    C::ResponseBody: http_body::Body<Data = tokio_util::bytes::Bytes> + Send + 'static,
    <C::ResponseBody as http_body::Body>::Error: Into<Box<dyn std::error::Error + Send + Sync>> + Send,
{
    let mut client = HealthClient::new(channel.clone());
    client.check(HealthCheckRequest::default()).await.expect("it answers");
}

/// Many callers, each with many calls.
async fn all<F: Future<Output = ()> + Send + 'static>(call: impl Fn() -> F + Clone + Send + 'static) {
    let mut callers = JoinSet::new();
    for _ in 0..AT_ONCE {
        let call = call.clone();
        callers.spawn(async move {
            for _ in 0..CALLS {
                call().await;
            }
        });
    }
    callers.join_all().await;
}

fn calls(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime can be made");
    let (_running, bare, tonic, client) = runtime.block_on(async {
        let access = State::new().serve().await;
        let mesh = mesh(&access, ServiceName::Gateway);
        let service = Echo::default().serve(ServiceName::Merchant, mesh.verifier()).await;
        let bare = channel(&service.url()).expect("a URL");
        let tonic = Endpoint::from_shared(service.url()).expect("a URL").tcp_nodelay(true).connect_lazy();
        let client = MerchantServiceClient::new(mesh.peer(&service.url()).expect("a URL"));
        ((access, service), bare, tonic, client)
    });
    let mut group = criterion.benchmark_group("call");
    group.bench_function("one/channel", |bencher| bencher.to_async(&runtime).iter(|| check(&bare)));
    group.bench_function("one/tonic", |bencher| bencher.to_async(&runtime).iter(|| check(&tonic)));
    group.throughput(Throughput::Elements(AT_ONCE * CALLS)).sample_size(20);
    group.bench_function("many/channel", |bencher| {
        bencher.to_async(&runtime).iter(|| {
            let channel = bare.clone();
            all(move || {
                let channel = channel.clone();
                async move { check(&channel).await }
            })
        });
    });
    group.bench_function("many/tonic", |bencher| {
        bencher.to_async(&runtime).iter(|| {
            let channel = tonic.clone();
            all(move || {
                let channel = channel.clone();
                async move { check(&channel).await }
            })
        });
    });
    // With tokens, deadline and trace, and a service that proves them.
    group.bench_function("many/peer", |bencher| {
        bencher.to_async(&runtime).iter(|| {
            let client = client.clone();
            all(move || {
                let client = client.clone();
                async move { drop(ask(client, "hello").await.expect("it answers")) }
            })
        });
    });
    group.finish();
}

criterion_group!(benches, calls);
criterion_main!(benches);
