//! One trace from the REST request through every hop, seen by an OTLP collector in this process. A binary of its own,
//! because telemetry belongs to the whole process.

mod collector;

use kvitt_runtime::telemetry::{self, Format, TelemetryConfig};
use kvitt_tests::{Answer, Shop, Stack, StackPlan};
use reqwest::Method;
use serde_json::json;

use collector::{Collector, Span};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const ERROR_TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const CALLER: &str = "00f067aa0ba902b7";

#[tokio::test(flavor = "multi_thread")]
async fn one_trace_goes_from_the_rest_request_through_gateway_wallet_payment_and_acquirer() {
    let collector = Collector::start().await;
    let config = TelemetryConfig {
        service: "kvitt-tests",
        otlp_endpoint: Some(collector.endpoint()),
        format: Format::Json,
        filter: "error".to_owned(),
    };
    let guard = telemetry::init(config).unwrap();
    let stack = Stack::own(StackPlan::default()).await;
    let shop = Shop::open(&stack, stack.keys("full")).await;
    let reference = shop.created(10_000).await;

    let path = format!("/epayment/v1/test/payments/{reference}/approve");
    let request = shop
        .request(Method::POST, &path)
        .header("traceparent", format!("00-{TRACE}-{CALLER}-01"))
        .json(&json!({"customer": {"phoneNumber": shop.phone}}));
    assert_eq!(Answer::of(request).await.status, 200);

    let request = shop
        .request(Method::POST, &format!("/epayment/v1/payments/{reference}/capture"))
        .header("traceparent", format!("00-{ERROR_TRACE}-{CALLER}-01"))
        .header("Idempotency-Key", "trace-1")
        .json(&kvitt_tests::requests::modification("NOK", 10_001));
    let refused = Answer::of(request).await;
    refused.refused(400, "6090");

    stack.stop().await;
    guard.shutdown().await;
    let spans = collector.spans();
    let of =
        |trace: &str| -> Vec<Span> { spans.iter().filter(|span| span.trace == trace).cloned().collect() };
    let approval = of(TRACE);
    approval_is_one_tree(&approval);
    sql_hangs_below(&approval, &spans);
    error_names_its_trace(&of(ERROR_TRACE), refused.body["traceId"].as_str().unwrap());
}

/// The receiving ends of an approval, from the outside in.
const ROAD: [(&str, &str); 4] = [
    ("gateway", ""),
    ("wallet", "kvitt.wallet.v1.WalletService/ForceApprove"),
    ("payment", "kvitt.payment.v1.PaymentService/ApprovePayment"),
    ("wallet", "kvitt.acquirer.v1.AcquirerService/ExecuteOperations"),
];

fn server<'a>(spans: &'a [Span], end: (&str, &str)) -> &'a Span {
    spans.iter().find(|span| span.is_server_of(end)).unwrap_or_else(|| panic!("no {end:?} in {spans:#?}"))
}

/// Every span's parent is in the trace, the root's is the caller, and each service is below the one that called it.
fn approval_is_one_tree(spans: &[Span]) {
    let roots: Vec<&Span> = spans.iter().filter(|span| span.parent == CALLER).collect();
    assert_eq!(roots.len(), 1, "{spans:#?}");
    assert_eq!(roots[0].service, "gateway");
    for span in spans.iter().filter(|span| span.parent != CALLER) {
        assert!(spans.iter().any(|other| other.id == span.parent), "an orphan: {span:?}");
    }
    for pair in ROAD.windows(2) {
        let above = server(spans, pair[1]).ancestors(spans);
        assert!(above.iter().any(|span| span.is_server_of(pair[0])), "{pair:?}: {above:#?}");
        assert_eq!(above[0].name, pair[1].1, "the nearest is the caller's own end of the call");
    }
}

/// SQL is below the rpc it is for; where a batch serves many callers, below the batch, which is below one of them and
/// follows from the others.
fn sql_hangs_below(approval: &[Span], all: &[Span]) {
    for end in &ROAD[1..] {
        let asked = server(approval, *end);
        let below =
            |span: &Span| span.id == asked.id || span.ancestors(approval).iter().any(|up| up.id == asked.id);
        let causes: Vec<&Span> = approval.iter().filter(|span| below(span)).collect();
        let in_batch =
            |span: &Span| span.ancestors(all).iter().any(|up| causes.iter().any(|cause| up.follows(cause)));
        let found = all.iter().filter(|span| span.is_database()).any(|span| below(span) || in_batch(span));
        assert!(found, "no SQL hangs below {end:?}: {approval:#?}");
    }
}

fn error_names_its_trace(spans: &[Span], trace_id: &str) {
    let parts: Vec<&str> = trace_id.split('-').collect();
    assert_eq!((parts[0], parts[1]), ("00", ERROR_TRACE));
    let shown = spans.iter().find(|span| span.id == parts[2]).expect("the error's span is in the trace");
    assert_eq!(shown.service, "gateway");
    assert!(spans.iter().any(|span| span.service == "payment"), "{spans:#?}");
}
