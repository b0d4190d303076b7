//! Calls between services: who they are for, how long they may take, and how they fail.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use kvitt_primitives::ClientId;
use kvitt_proto::error::v1::Reason;
use kvitt_proto::merchant::v1::ResolveSalesUnitRequest;
use kvitt_proto::merchant::v1::merchant_service_client::MerchantServiceClient;
use kvitt_proto::refusal::reason_of;
use kvitt_runtime::context::{self, Context};
use kvitt_runtime::{PeerChannel, ServiceName};
use tokio::net::TcpListener;
use tokio::time::Instant;
use tonic::{Code, Request};
use uuid::Uuid;

use crate::LONG;
use crate::support::Running;
use crate::support::access::{State, mesh};
use crate::support::echo::{Echo, ask};

/// A gateway's client of `payment`, which forwards to `wallet`.
struct Chain {
    state: State,
    _access: Running,
    _wallet: Running,
    payment: Running,
    client: MerchantServiceClient<PeerChannel>,
}

impl Chain {
    async fn start() -> Self {
        Self::with(State::new()).await
    }

    async fn with(state: State) -> Self {
        let access = state.serve().await;
        let payment_mesh = mesh(&access, ServiceName::Payment);
        let wallet = Echo::default().serve(ServiceName::Wallet, payment_mesh.verifier()).await;
        let next = Some(MerchantServiceClient::new(payment_mesh.peer(&wallet.url()).unwrap()));
        let payment =
            Echo { next, ..Echo::default() }.serve(ServiceName::Payment, payment_mesh.verifier()).await;
        let gateway = mesh(&access, ServiceName::Gateway);
        let client = MerchantServiceClient::new(gateway.peer(&payment.url()).unwrap());
        Self { state, _access: access, _wallet: wallet, payment, client }
    }

    async fn ask_within(&self, left: Duration, command: &str) -> Result<String, tonic::Status> {
        let context = Context { token: None, deadline: Some(Instant::now() + left) };
        context::scope(context, ask(self.client.clone(), command)).await
    }
}

#[tokio::test]
async fn work_of_its_own_carries_only_the_services_token() {
    let chain = Chain::start().await;
    let direct = ask(chain.client.clone(), "caller").await.unwrap();
    assert_eq!(direct, "Caller { principal: Service(Gateway), via: None }");
    let second_hop = ask(chain.client.clone(), "forward caller").await.unwrap();
    assert_eq!(second_hop, "Caller { principal: Service(Payment), via: None }");
}

#[tokio::test]
async fn a_clients_token_goes_along_over_every_hop() {
    let chain = Chain::start().await;
    let client = ClientId::from_uuid(Uuid::from_u128(7));
    let token = Some(Arc::from(chain.state.signer.client_token(client)));
    let context = Context { token, deadline: None };
    let caller = context::scope(context, ask(chain.client.clone(), "forward caller")).await.unwrap();
    assert_eq!(caller, format!("Caller {{ principal: Client(ClientId({client})), via: Some(Payment) }}"));
}

#[tokio::test]
async fn a_services_token_is_fetched_once_however_many_ask() {
    let chain = Chain::start().await;
    let asking = (0..20).map(|_| tokio::spawn(ask(chain.client.clone(), "hello")));
    for asked in asking.collect::<Vec<_>>() {
        assert_eq!(asked.await.unwrap().unwrap(), "hello");
    }
    assert_eq!(chain.state.service_tokens_issued.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_services_token_is_renewed_before_it_expires() {
    let chain = Chain::with(State { service_token_life: Duration::from_secs(2), ..State::new() }).await;
    let renewed = async {
        while chain.state.service_tokens_issued.load(Ordering::SeqCst) < 2 {
            assert_eq!(ask(chain.client.clone(), "hello").await.unwrap(), "hello");
        }
    };
    tokio::time::timeout(LONG, renewed).await.unwrap();
}

#[tokio::test]
async fn the_deadline_shrinks_over_every_hop() {
    let chain = Chain::start().await;
    let first: u64 = chain.ask_within(Duration::from_secs(5), "deadline").await.unwrap().parse().unwrap();
    let second: u64 =
        chain.ask_within(Duration::from_secs(5), "forward deadline").await.unwrap().parse().unwrap();
    assert!((1..5000).contains(&first) && second < 4990, "{first} {second}");
    let default: u64 = ask(chain.client.clone(), "deadline").await.unwrap().parse().unwrap();
    assert!((1..10_000).contains(&default), "{default}");
}

#[tokio::test]
async fn a_passed_deadline_is_told_as_such_wherever_it_passes() {
    let chain = Chain::start().await;
    for command in ["hang", "forward hang"] {
        let began_at = Instant::now();
        let refused = chain.ask_within(Duration::from_millis(200), command).await.unwrap_err();
        assert_eq!(refused.code(), Code::DeadlineExceeded, "{refused}");
        assert_eq!(reason_of(&refused), Some(Reason::DeadlineExceeded), "{refused}");
        assert!(began_at.elapsed() < LONG);
    }
    let refused = chain.ask_within(Duration::ZERO, "hello").await.unwrap_err();
    assert_eq!(reason_of(&refused), Some(Reason::DeadlineExceeded));
}

#[tokio::test]
async fn a_deadline_set_on_the_request_itself_counts_too() {
    let chain = Chain::start().await;
    let message = ResolveSalesUnitRequest { msn: "hang".to_owned() };
    let mut request = Request::new(message);
    request.set_timeout(Duration::from_millis(100));
    let refused = chain.client.clone().resolve_sales_unit(request).await.unwrap_err();
    assert_eq!(reason_of(&refused), Some(Reason::DeadlineExceeded));
}

#[tokio::test]
async fn a_peer_that_never_answers_is_told_from_one_that_is_not_there() {
    let chain = Chain::start().await;
    let mesh = mesh(&chain._access, ServiceName::Gateway);
    let nobody = MerchantServiceClient::new(mesh.peer("http://127.0.0.1:1").unwrap());
    let refused = ask(nobody, "hello").await.unwrap_err();
    assert_eq!(reason_of(&refused), Some(Reason::Unavailable), "{refused}");

    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let silent = MerchantServiceClient::new(mesh.peer(&url).unwrap());
    let context = Context { token: None, deadline: Some(Instant::now() + Duration::from_millis(200)) };
    let refused = context::scope(context, ask(silent, "hello")).await.unwrap_err();
    assert_eq!(reason_of(&refused), Some(Reason::DeadlineExceeded), "{refused}");
}

#[tokio::test]
async fn a_service_without_access_is_unavailable_not_refused() {
    let chain = Chain::start().await;
    let config = kvitt_runtime::MeshConfig {
        access_url: "http://127.0.0.1:1".to_owned(),
        service_secret: "irrelevant".into(),
        process: kvitt_runtime::Process::default(),
    };
    let lost = kvitt_runtime::Mesh::new(ServiceName::Gateway, &config).unwrap();
    let client = MerchantServiceClient::new(lost.peer(&chain.payment.url()).unwrap());
    assert_eq!(reason_of(&ask(client, "hello").await.unwrap_err()), Some(Reason::Unavailable));
}
