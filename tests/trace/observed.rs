//! The platform at work, once for all tests of the binary: what they look at is what the collector has got.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use kvitt_runtime::telemetry::{self, Format, TelemetryConfig};
use kvitt_testing::eventually;
use kvitt_tests::{Answer, Receiver, Shop, Stack, StackPlan};
use reqwest::Method;
use serde_json::json;

use crate::collector::{Collector, Exported, Span};

pub(crate) const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
pub(crate) const ERROR_TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
pub(crate) const CALLER: &str = "00f067aa0ba902b7";

/// What the collector has got.
#[derive(Debug)]
pub(crate) struct Observed {
    pub(crate) spans: Vec<Span>,
    /// By name.
    pub(crate) metrics: BTreeMap<String, Exported>,
    /// What the refusal under [`ERROR_TRACE`] told as its trace.
    pub(crate) trace_id_of_refusal: String,
}

/// The first who asks waits for it.
pub(crate) fn observed() -> &'static Observed {
    static OBSERVED: OnceLock<Observed> = OnceLock::new();
    OBSERVED
        .get_or_init(|| tokio::runtime::Runtime::new().expect("a runtime can be made").block_on(observe()))
}

async fn observe() -> Observed {
    let collector = Collector::start().await;
    let config = TelemetryConfig {
        service: "kvitt-tests",
        otlp_endpoint: Some(collector.endpoint()),
        format: Format::Json,
        filter: "error".to_owned(),
    };
    let guard = telemetry::init(config).expect("telemetry is set up once");
    let stack = Stack::own(StackPlan::default()).await;
    let shop = Shop::open(&stack, stack.keys("full")).await;

    let reference = shop.created(10_000).await;
    approve_in_a_trace(&shop, &reference).await;
    let trace_id_of_refusal = be_refused_in_a_trace(&shop, &reference).await;
    tell_a_merchant(&shop, &reference).await;
    eventually!(
        {
            guard.send_metrics().await;
            missing(&collector).is_empty()
        },
        "not exported: {:?}",
        missing(&collector)
    );

    stack.stop().await;
    guard.shutdown().await;
    Observed { spans: collector.spans(), metrics: collector.metrics(), trace_id_of_refusal }
}

/// Metrics that have not come yet.
fn missing(collector: &Collector) -> Vec<&'static str> {
    let come = collector.metrics();
    let names = telemetry::metrics::ALL.iter().map(|metric| metric.name);
    names.filter(|name| !come.contains_key(*name)).collect()
}

async fn approve_in_a_trace(shop: &Shop, reference: &str) {
    let path = format!("/epayment/v1/test/payments/{reference}/approve");
    let request = shop
        .request(Method::POST, &path)
        .header("traceparent", format!("00-{TRACE}-{CALLER}-01"))
        .json(&json!({"customer": {"phoneNumber": shop.phone}}));
    assert_eq!(Answer::of(request).await.status, 200);
}

/// The trace that the refusal tells.
async fn be_refused_in_a_trace(shop: &Shop, reference: &str) -> String {
    let request = shop
        .request(Method::POST, &format!("/epayment/v1/payments/{reference}/capture"))
        .header("traceparent", format!("00-{ERROR_TRACE}-{CALLER}-01"))
        .header("Idempotency-Key", "trace-1")
        .json(&kvitt_tests::requests::modification("NOK", 10_001));
    let refused = Answer::of(request).await;
    refused.refused(400, "6090");
    refused.body["traceId"].as_str().expect("a trace id is text").to_owned()
}

/// Captures, and waits until the merchant has heard of it.
async fn tell_a_merchant(shop: &Shop, reference: &str) {
    let receiver = Receiver::kind().await;
    let registration = json!({"url": receiver.url("/hook"), "events": ["epayments.payment.captured.v1"]});
    let register = shop.request(Method::POST, "/webhooks/v1/webhooks").json(&registration);
    Answer::of(register).await.is(201);
    shop.capture(reference, 10_000).await.is(200);
    eventually!(receiver.count() > 0);
}
