//! Every rpc of every service, found by the descriptor set, so a new one cannot be forgotten.

use std::collections::{BTreeMap, BTreeSet};

use kvitt_proto::error::v1::Reason;
use kvitt_proto::{FILE_DESCRIPTOR_SET, refusal};
use kvitt_tests::{Shop, Stack};
use prost::Message as _;
use prost_types::FileDescriptorSet;
use tonic::client::Grpc;
use tonic::metadata::MetadataMap;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_prost::ProstCodec;
use tonic_reflection::pb::v1::ServerReflectionRequest;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;

/// Services that are asked for tokens and so need none.
const OPEN: [&str; 2] = ["kvitt.access.v1.TokenService", "kvitt.access.v1.SessionService"];

/// Rpcs that anybody with a token may call with an empty message.
const IN_ORDER_WHEN_EMPTY: [&str; 7] = [
    "ListVerificationKeys",
    "GetClock",
    "ListFaults",
    "DeleteFaults",
    "EndSession",
    "ListAccessibleSalesUnits",
    "ListLedgers",
];

/// One rpc of the contract.
pub(super) struct Rpc {
    service: String,
    name: String,
    server_streaming: bool,
}

impl Rpc {
    /// As it stands in a request.
    pub(super) fn path(&self) -> String {
        format!("/{}/{}", self.service, self.name)
    }
}

/// Every rpc that the descriptor set knows.
pub(super) fn rpcs() -> Vec<Rpc> {
    let set = FileDescriptorSet::decode(FILE_DESCRIPTOR_SET).expect("the descriptor set is in order");
    let mut rpcs = Vec::new();
    for file in set.file.iter().filter(|file| file.package().starts_with("kvitt.")) {
        for service in &file.service {
            for method in &service.method {
                rpcs.push(Rpc {
                    service: format!("{}.{}", file.package(), service.name()),
                    name: method.name().to_owned(),
                    server_streaming: method.server_streaming(),
                });
            }
        }
    }
    rpcs
}

/// Where a proto service is served: its package's process; the acquirer is simulated by the wallet.
pub(crate) fn channel(stack: &Stack, service: &str) -> Channel {
    let [access, merchant, payment, wallet, order_management, checkout, webhook, qr, settlement] =
        stack.services();
    let address = match service.split('.').nth(1) {
        Some("access") => access,
        Some("sandbox") if service.ends_with(".ClockService") => access,
        Some("merchant") => merchant,
        Some("payment") => payment,
        Some("wallet" | "acquirer" | "sandbox") => wallet,
        Some("ordermanagement") => order_management,
        Some("checkout") => checkout,
        Some("webhook") => webhook,
        Some("qr") => qr,
        Some("settlement") => settlement,
        other => panic!("no process is known to serve {other:?}; add it here"),
    };
    Endpoint::from_shared(format!("http://{address}")).expect("an address makes a URL").connect_lazy()
}

/// Calls the rpc with an empty message; the answer if it was one, is not looked at.
pub(super) async fn call(stack: &Stack, rpc: &Rpc, metadata: MetadataMap) -> Result<(), Status> {
    let mut grpc = Grpc::new(channel(stack, &rpc.service));
    grpc.ready().await.expect("the service can be reached");
    let path = rpc.path().parse().expect("a name makes a path");
    let mut request = Request::new(());
    *request.metadata_mut() = metadata;
    let codec = ProstCodec::<(), ()>::default();
    if rpc.server_streaming {
        let mut stream = grpc.server_streaming(request, path, codec).await?.into_inner();
        stream.message().await.map(drop)
    } else {
        grpc.unary(request, path, codec).await.map(drop)
    }
}

pub(super) fn bearer(token: &str) -> MetadataMap {
    let mut metadata = MetadataMap::new();
    metadata.insert("authorization", format!("Bearer {token}").parse().expect("a token is ASCII"));
    metadata
}

#[tokio::test]
async fn every_rpc_without_a_token_is_unauthenticated() {
    let stack = Stack::shared();
    for rpc in rpcs() {
        let what = format!("{}/{}", rpc.service, rpc.name);
        let answer = call(stack, &rpc, MetadataMap::new()).await;
        if OPEN.contains(&rpc.service.as_str()) {
            let reason = answer.err().as_ref().and_then(refusal::reason_of);
            assert_ne!(reason, Some(Reason::TokenMissing), "{what} needs no token");
            continue;
        }
        let status = answer.expect_err(&what);
        assert_eq!(status.code(), Code::Unauthenticated, "{what}: {status:?}");
        assert_eq!(refusal::reason_of(&status), Some(Reason::TokenMissing), "{what}: {status:?}");
    }
}

#[tokio::test]
async fn every_rpc_with_a_forged_token_is_unauthenticated() {
    let stack = Stack::shared();
    let shop = Shop::named("full").await;
    let (head, _) = shop.token.rsplit_once('.').unwrap();
    for rpc in rpcs().iter().filter(|rpc| !OPEN.contains(&rpc.service.as_str())) {
        for token in ["nonsense".to_owned(), format!("{head}.AAAA")] {
            let status = call(stack, rpc, bearer(&token)).await.expect_err(&rpc.name);
            assert_eq!(status.code(), Code::Unauthenticated, "{}: {status:?}", rpc.name);
            assert_eq!(refusal::reason_of(&status), Some(Reason::TokenInvalid), "{}: {status:?}", rpc.name);
        }
    }
}

#[tokio::test]
async fn every_rpc_with_an_empty_message_answers_cleanly_to_a_client() {
    let stack = Stack::shared();
    let shop = Shop::named("full").await;
    let clean = [Code::InvalidArgument, Code::Unauthenticated, Code::PermissionDenied, Code::NotFound];
    for rpc in rpcs().iter().filter(|rpc| !IN_ORDER_WHEN_EMPTY.contains(&rpc.name.as_str())) {
        let status = call(stack, rpc, bearer(&shop.token)).await.expect_err(&rpc.name);
        assert!(clean.contains(&status.code()), "{}: {status:?}", rpc.name);
        assert!(refusal::reason_of(&status).is_some(), "{} names no reason: {status:?}", rpc.name);
    }
}

#[tokio::test]
async fn the_contract_and_the_services_agree_on_what_there_is() {
    let stack = Stack::shared();
    let mut served = BTreeMap::<String, BTreeSet<String>>::new();
    for rpc in rpcs() {
        served
            .entry(rpc.service.split('.').nth(1).unwrap_or_default().to_owned())
            .or_default()
            .insert(rpc.service);
    }
    for (package, services) in served {
        let listed = reflected(channel(stack, services.first().unwrap())).await;
        for service in &services {
            assert!(listed.contains(service), "{package} does not reflect {service}: {listed:?}");
        }
        assert!(listed.contains("grpc.health.v1.Health"), "{package}: {listed:?}");
    }
}

/// The services that reflection lists.
async fn reflected(channel: Channel) -> BTreeSet<String> {
    let request = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let requests = tokio_stream::once(request);
    let answers = ServerReflectionClient::new(channel).server_reflection_info(requests).await;
    let answer = answers.expect("reflection needs no token").into_inner().message().await;
    let answer = answer.expect("reflection answers").expect("there is one answer");
    let Some(MessageResponse::ListServicesResponse(list)) = answer.message_response else {
        panic!("reflection answered something else: {answer:?}");
    };
    list.service.into_iter().map(|service| service.name).collect()
}

#[tokio::test]
async fn every_service_says_that_it_is_serving() {
    let stack = Stack::shared();
    for name in [
        "access",
        "merchant",
        "payment",
        "wallet",
        "ordermanagement",
        "checkout",
        "webhook",
        "qr",
        "settlement",
    ] {
        let mut health = HealthClient::new(channel(stack, &format!("kvitt.{name}.v1")));
        let request = HealthCheckRequest { service: String::new() };
        let answer = health.check(request).await.expect("health needs no token").into_inner();
        assert_eq!(answer.status, i32::from(ServingStatus::Serving), "{name}");
    }
}
