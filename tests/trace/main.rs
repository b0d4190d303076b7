//! What leaves the process by OTLP, seen by a collector in it: one trace from the REST request through every hop, and the
//! metrics that operators look at. A binary of its own, because telemetry belongs to the whole process.

mod collector;
mod metrics;
mod observed;
mod promql;

use collector::Span;
use observed::{CALLER, ERROR_TRACE, TRACE, observed};

#[test]
fn one_trace_goes_from_the_rest_request_through_gateway_wallet_payment_and_acquirer() {
    let observed = observed();
    let of = |trace: &str| -> Vec<Span> {
        observed.spans.iter().filter(|span| span.trace == trace).cloned().collect()
    };
    let approval = of(TRACE);
    approval_is_one_tree(&approval);
    sql_hangs_below(&approval, &observed.spans);
    error_names_its_trace(&of(ERROR_TRACE), &observed.trace_id_of_refusal);
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
