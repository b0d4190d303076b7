use axum::response::IntoResponse;
use clap::Parser;
use kvitt_proto::{error::v1::Reason, webhook::v1::RecordCallsRequest};
use kvitt_runtime::Clock;

use super::*;
use crate::{
    Config,
    gateway::Gateway,
    layers::{panic, path, refusal},
    problem::Refused,
};

const PATTERNS: [&str; 2] = ["/epayment/v1/payments/{reference}/capture", "/ecomm/v2/payments"];

/// Nobody listens here.
const NOWHERE: &str = "http://127.0.0.1:1";

/// Takes a call to this path through the layers that matter, to an operation.
async fn pass<F: Future<Output = Response>>(
    counts: &Counts,
    path: &str,
    operation: impl FnOnce(Request) -> F,
) -> Response {
    let request = Request::post(path).body(Body::empty()).unwrap();
    let contained = |request| panic::catch(request, operation);
    let worded = |request| refusal::word(request, contained);
    let canonical = |request| path::canonicalize(&PATTERNS, request, worded);
    count(counts, request, canonical).await
}

/// What an operation does behind the layer that proves its caller.
async fn of_unit(mut request: Request, answer: Response) -> Response {
    proven(request.extensions_mut(), "123456".parse().unwrap());
    assert_eq!(request.extensions().get::<Msn>().map(Msn::as_str), Some("123456"));
    answer
}

fn refused(reason: Reason) -> Response {
    Refused::because(reason, "Because.").into_response()
}

/// API, status, code and number of what has been counted.
fn figures(report: &RecordCallsRequest) -> Vec<(&str, i32, &str, i64)> {
    let figures = report.counts.iter();
    let mut figures: Vec<_> =
        figures.map(|count| (count.api.as_str(), count.status, count.code.as_str(), count.calls)).collect();
    figures.sort_unstable();
    figures
}

async fn text(response: Response) -> String {
    let body = response.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(body.to_vec()).unwrap()
}

#[tokio::test]
async fn a_call_is_counted_with_the_code_of_its_refusal_and_its_answer_is_copied() {
    let counts = Counts::new(Clock::system());
    let path = "/EPayment/v1/payments/order-12345678/capture";
    for reason in [Reason::CaptureAmountTooHigh, Reason::CaptureAmountTooHigh, Reason::FieldInvalid] {
        pass(&counts, path, |request| of_unit(request, refused(reason))).await;
    }
    let answer = pass(&counts, path, |request| of_unit(request, refused(Reason::NotFound))).await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    pass(&counts, path, |request| of_unit(request, StatusCode::OK.into_response())).await;
    let ecom = |request| of_unit(request, refused(Reason::CaptureAmountTooHigh));
    pass(&counts, "/ecomm/v2/payments", ecom).await;

    let report = counts.take().unwrap();
    let expected = [
        ("ecomm", 400, "61", 1),
        ("epayment", 200, "", 1),
        ("epayment", 400, "6090", 2),
        ("epayment", 400, "FIELD_INVALID", 1),
        ("epayment", 404, "NOT_FOUND", 1),
    ];
    assert_eq!(figures(&report), expected);
    assert_eq!(report.samples.len(), 5);
    let sample = &report.samples[3];
    assert_eq!(sample.operation, "POST /epayment/v1/payments/{reference}/capture");
    let body = text(answer).await;
    assert_eq!(sample.body, body, "what was copied is answered all the same");
    assert!(body.contains(&sample.trace_id) && !sample.trace_id.is_empty(), "{sample:?}");
}

#[tokio::test]
async fn who_is_not_proven_and_what_is_nowhere_is_not_counted() {
    let counts = Counts::new(Clock::system());
    let capture = "/epayment/v1/payments/order-12345678/capture";
    pass(&counts, capture, async |_| refused(Reason::SubscriptionKeyInvalid)).await;
    pass(&counts, "/nowhere", async |_| refused(Reason::RouteNotFound)).await;
    assert_eq!(counts.take(), None);
}

#[tokio::test]
async fn a_panic_behind_the_proof_is_counted_too() {
    let counts = Counts::new(Clock::system());
    let panicking = async |request| {
        of_unit(request, StatusCode::OK.into_response()).await;
        panic!("provoked by a test")
    };
    let answer = pass(&counts, "/ecomm/v2/payments", panicking).await;
    assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(figures(&counts.take().unwrap()), [("ecomm", 500, "99", 1)]);
}

#[tokio::test]
async fn a_call_that_is_given_up_behind_the_proof_is_counted_too() {
    let counts = Counts::new(Clock::system());
    let given_up = async |request| {
        let endless = async {
            of_unit(request, StatusCode::OK.into_response()).await;
            std::future::pending::<Response>().await
        };
        let answer = tokio::time::timeout(std::time::Duration::ZERO, endless).await;
        answer.unwrap_or_else(|_elapsed| refused(Reason::DeadlineExceeded))
    };
    pass(&counts, "/ecomm/v2/payments", given_up).await;
    assert_eq!(figures(&counts.take().unwrap()), [("ecomm", 504, "99", 1)]);
}

#[tokio::test]
async fn a_large_answer_is_counted_and_not_copied() {
    let counts = Counts::new(Clock::system());
    let long = "x".repeat(100_000);
    let answer = (StatusCode::BAD_REQUEST, long.clone()).into_response();
    let answer = pass(&counts, "/ecomm/v2/payments", |request| of_unit(request, answer)).await;
    assert_eq!(text(answer).await, long);
    let report = counts.take().unwrap();
    assert_eq!(figures(&report), [("ecomm", 400, "", 1)]);
    assert!(report.samples.is_empty(), "{report:?}");
}

fn reporter(counts: &Counts) -> Reporter {
    let peers = [
        "--access-url",
        "--merchant-url",
        "--payment-url",
        "--wallet-url",
        "--ordermanagement-url",
        "--checkout-url",
        "--webhook-url",
        "--qr-url",
        "--settlement-url",
    ];
    let urls = peers.into_iter().flat_map(|name| [name, NOWHERE]);
    let arguments =
        ["kvitt-gateway"].into_iter().chain(urls).chain(["--service-secret", "a secret of the tests"]);
    let gateway = Gateway::try_new(&Config::try_parse_from(arguments).unwrap()).unwrap();
    Reporter::new(counts.clone(), gateway.dashboard())
}

#[tokio::test]
async fn where_nobody_listens_one_report_waits_under_its_id_and_calls_go_on() {
    let counts = Counts::new(Clock::system());
    let mut reporter = reporter(&counts);
    assert!(!reporter.tell().await, "there is nothing to tell");
    let call = async || {
        let answer = StatusCode::OK.into_response();
        let answer = pass(&counts, "/ecomm/v2/payments", |request| of_unit(request, answer)).await;
        assert_eq!(answer.status(), StatusCode::OK);
    };
    call().await;
    assert!(!reporter.tell().await);
    let waiting = reporter.waiting().cloned().expect("it may not have arrived");
    for _ in 0..3 {
        call().await;
        assert!(!reporter.tell().await);
    }
    assert_eq!(reporter.waiting(), Some(&waiting));
    assert_eq!(figures(&counts.take().unwrap()), [("ecomm", 200, "", 3)]);
}

#[tokio::test]
async fn the_end_waits_for_nobody() {
    let counts = Counts::new(Clock::system());
    pass(&counts, "/ecomm/v2/payments", |request| of_unit(request, StatusCode::OK.into_response())).await;
    let stop = tokio_util::sync::CancellationToken::new();
    stop.cancel();
    let ending = reporter(&counts).run(stop);
    tokio::time::timeout(std::time::Duration::from_secs(10), ending).await.expect("it ends");
    assert_eq!(counts.take(), None, "it has been tried");
}
