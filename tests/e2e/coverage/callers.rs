//! Who may call what: every rpc of the contract is tried by every service of the mesh, and by a client and a user with
//! tokens of their own. Each tries with an empty message, which nothing but the layer and the form of the message is asked
//! about.

use std::collections::BTreeSet;

use kvitt_proto::error::v1::Reason;
use kvitt_proto::mesh::v1::Peer;
use kvitt_proto::payment::v1::CapturePaymentRequest;
use kvitt_proto::payment::v1::payment_service_client::PaymentServiceClient;
use kvitt_proto::{refusal, rpcs};
use kvitt_runtime::ServiceName;
use kvitt_tests::requests::fresh_key;
use kvitt_tests::{Mesh, Shop, Stack, StackPlan};
use tonic::metadata::MetadataMap;
use tonic::{Code, Request, Status};

use super::rpcs::{bearer, call, channel, rpcs as contract};

/// Somebody who calls.
struct Caller {
    /// What the contract calls them.
    peer: Peer,
    /// What refusals call them.
    name: &'static str,
    token: String,
}

/// Everybody: clients and users are one to the contract.
async fn everybody(stack: &Stack) -> Vec<Caller> {
    let client = Shop::open(stack, stack.keys("full")).await.token;
    let user = stack.user("administrator").await.token;
    let mut callers: Vec<_> =
        [client, user].map(|token| Caller { peer: Peer::Client, name: "client", token }).into();
    // Access issues its own tokens to itself, and nobody else can get one.
    for service in ServiceName::ALL.into_iter().filter(|service| *service != ServiceName::Access) {
        let peer = Peer::from_str_name(&format!("PEER_{}", service.as_str().to_uppercase()));
        let peer = peer.expect("the contract has a word for every service");
        let token = Mesh::service_token(stack, service).await;
        callers.push(Caller { peer, name: service.as_str(), token });
    }
    callers
}

/// Whether the answer is the layer's refusal of this caller. Its words are no rpc's own.
fn is_refused(answer: &Result<(), Status>, path: &str, caller: &str) -> bool {
    let words = format!("{} may not be called by {caller}", path.trim_start_matches('/'));
    answer.as_ref().is_err_and(|status| {
        status.code() == Code::PermissionDenied
            && refusal::reason_of(status) == Some(Reason::PermissionDenied)
            && status.message() == words
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn every_rpc_answers_those_whom_the_contract_lists_and_refuses_everybody_else() {
    // Some empty messages have their effect: faults go, nothing is decided by itself any more, a follower of the clock is
    // taken for another.
    let stack = Stack::own(StackPlan::default()).await;
    let callers = everybody(&stack).await;
    let mut wrong = Vec::new();
    for rpc in contract() {
        let path = rpc.path();
        let listed = rpcs::find(&path).unwrap_or_else(|| panic!("{path} is not in the table")).callers;
        for caller in &callers {
            let answer = call(&stack, &rpc, bearer(&caller.token)).await;
            if is_refused(&answer, &path, caller.name) == listed.contains(&caller.peer) {
                wrong.push(format!("{path} by {}: {answer:?}", caller.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    stack.stop().await;
}

#[test]
fn the_table_has_the_rpcs_of_the_contract_and_no_others() {
    let table: BTreeSet<_> = rpcs::all().iter().map(|rpc| rpc.path.to_owned()).collect();
    let described: BTreeSet<_> = contract().iter().map(|rpc| rpc.path()).collect();
    assert_eq!(table, described);
    assert_eq!(rpcs::all().len(), table.len());
}

/// Money is moved for those who have a right to it, over the edge or directly.
#[test]
fn only_clients_and_the_edge_capture_refund_and_cancel_and_only_the_wallet_approves() {
    let payments = "/kvitt.payment.v1.PaymentService";
    let table: [(&str, &[Peer]); 5] = [
        ("CapturePayment", &[Peer::Client, Peer::Gateway]),
        ("RefundPayment", &[Peer::Client, Peer::Gateway]),
        ("CancelPayment", &[Peer::Client, Peer::Gateway]),
        ("ApprovePayment", &[Peer::Wallet]),
        ("RejectPayment", &[Peer::Wallet]),
    ];
    for (rpc, callers) in table {
        assert_eq!(rpcs::find(&format!("{payments}/{rpc}")).expect("it is there").callers, callers, "{rpc}");
    }
    for rpc in ["ExecuteOperations", "GetOperations"] {
        let path = format!("/kvitt.acquirer.v1.AcquirerService/{rpc}");
        assert_eq!(rpcs::find(&path).expect("it is there").callers, [Peer::Payment], "{rpc}");
    }
}

async fn capture(
    stack: &Stack,
    request: CapturePaymentRequest,
    metadata: &MetadataMap,
) -> Result<(), Status> {
    let mut asked = Request::new(request);
    *asked.metadata_mut() = metadata.clone();
    let mut payments = PaymentServiceClient::new(channel(stack, "kvitt.payment.v1.PaymentService"));
    payments.capture_payment(asked).await.map(drop)
}

#[tokio::test]
async fn qr_cannot_capture_a_payment() {
    let (stack, shop) = (Stack::shared(), Shop::named("full").await);
    let reference = shop.authorized(10_000).await;
    let request = || CapturePaymentRequest {
        msn: shop.keys.msn.clone(),
        reference: reference.clone(),
        idempotency_key: fresh_key(),
        ..CapturePaymentRequest::default()
    };
    let qr = Mesh::service_token(stack, ServiceName::Qr).await;
    let alone = bearer(&qr);
    // What a scan of the client's own code puts into the hands of `qr`.
    let mut for_the_client = bearer(&shop.token);
    for_the_client.insert("x-kvitt-service", format!("Bearer {qr}").parse().expect("a token is ASCII"));
    for metadata in [alone, for_the_client] {
        let refused = capture(stack, request(), &metadata).await.expect_err("a refusal");
        assert_eq!(refusal::reason_of(&refused), Some(Reason::PermissionDenied), "{refused:?}");
        assert_eq!(
            refused.message(),
            "kvitt.payment.v1.PaymentService/CapturePayment may not be called by qr"
        );
    }
    assert_eq!(shop.sums(&reference).await, [10_000, 0, 0, 0]);
    capture(stack, request(), &bearer(&shop.token)).await.expect("the client itself may");
    assert_eq!(shop.sums(&reference).await, [10_000, 10_000, 0, 0]);
}
