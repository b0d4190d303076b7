//! What stands round a service's routes.

use std::sync::Arc;
use std::time::Duration;

use kvitt_primitives::ClientId;
use kvitt_proto::error::v1::Reason;
use kvitt_proto::merchant::v1::merchant_service_client::MerchantServiceClient;
use kvitt_proto::merchant::v1::{ListSalesUnitChangesRequest, ResolveSalesUnitRequest};
use kvitt_proto::payment::v1::TailRequest;
use kvitt_proto::payment::v1::feed_service_client::FeedServiceClient;
use kvitt_proto::refusal::reason_of;
use kvitt_runtime::context::{self, Context};
use kvitt_runtime::{Mesh, ServiceName, channel};
use tonic::{Code, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;
use tonic_reflection::pb::v1::{ServerReflectionRequest, ServerReflectionResponse};
use uuid::Uuid;

use crate::LONG;
use crate::support::Running;
use crate::support::access::{State, mesh};
use crate::support::echo::{Echo, ask};

struct Alone {
    state: State,
    _access: Running,
    mesh: Mesh,
    echo: Echo,
    service: Running,
}

impl Alone {
    async fn start() -> Self {
        let state = State::new();
        let access = state.serve().await;
        // May both ask for what the echo answers and follow what it tells.
        let mesh = mesh(&access, ServiceName::Webhook);
        let echo = Echo::default();
        let service = echo.serve(ServiceName::Payment, mesh.verifier()).await;
        Self { state, _access: access, mesh, echo, service }
    }

    async fn ask(&self, command: &str) -> Result<String, Status> {
        ask(MerchantServiceClient::new(self.mesh.peer(&self.service.url()).unwrap()), command).await
    }

    async fn health(&self, service: &str) -> Result<ServingStatus, Status> {
        let request = HealthCheckRequest { service: service.to_owned() };
        let mut client = HealthClient::new(channel(&self.service.url()).unwrap());
        Ok(client.check(request).await?.into_inner().status())
    }
}

#[tokio::test]
async fn a_panic_is_answered_and_felt_by_nobody_else() {
    let alone = Alone::start().await;
    let refused = alone.ask("panic").await.unwrap_err();
    assert_eq!((refused.code(), reason_of(&refused)), (Code::Internal, Some(Reason::Internal)));
    assert_eq!(alone.ask("hello").await.unwrap(), "hello");
}

#[tokio::test]
async fn a_panic_in_a_stream_ends_the_stream_with_a_reason() {
    let alone = Alone::start().await;
    let mut feed = FeedServiceClient::new(alone.mesh.peer(&alone.service.url()).unwrap());
    let request = TailRequest { cursor: "panic".to_owned(), ..Default::default() };
    let mut stream = feed.tail(request).await.unwrap().into_inner();
    assert_eq!(reason_of(&stream.message().await.unwrap_err()), Some(Reason::Internal));
}

#[tokio::test]
async fn nothing_but_health_and_reflection_answers_without_a_token() {
    let alone = Alone::start().await;
    let mut bare = MerchantServiceClient::new(channel(&alone.service.url()).unwrap());
    let refused = bare.resolve_sales_unit(ResolveSalesUnitRequest::default()).await.unwrap_err();
    assert_eq!((refused.code(), reason_of(&refused)), (Code::Unauthenticated, Some(Reason::TokenMissing)));

    let mut reflection = ServerReflectionClient::new(channel(&alone.service.url()).unwrap());
    let question = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let mut answers =
        reflection.server_reflection_info(tokio_stream::iter([question])).await.unwrap().into_inner();
    let answer: ServerReflectionResponse = answers.message().await.unwrap().unwrap();
    let Some(MessageResponse::ListServicesResponse(services)) = answer.message_response else {
        panic!("{answer:?}");
    };
    let names: Vec<String> = services.service.into_iter().map(|service| service.name).collect();
    for name in ["kvitt.payment.v1.PaymentService", "grpc.health.v1.Health"] {
        assert!(names.contains(&name.to_owned()), "{names:?}");
    }
}

#[tokio::test]
async fn health_is_bad_until_told_and_follows_what_it_is_told() {
    let alone = Alone::start().await;
    for service in ["", "payment"] {
        assert_eq!(alone.health(service).await.unwrap(), ServingStatus::NotServing);
    }
    alone.service.health.set_serving(true);
    assert_eq!(alone.health("").await.unwrap(), ServingStatus::Serving);
    assert_eq!(alone.health("nobody").await.unwrap_err().code(), Code::NotFound);

    let mut client = HealthClient::new(channel(&alone.service.url()).unwrap());
    let mut watch = client.watch(HealthCheckRequest::default()).await.unwrap().into_inner();
    assert_eq!(watch.message().await.unwrap().unwrap().status(), ServingStatus::Serving);
    alone.service.health.set_serving(false);
    assert_eq!(watch.message().await.unwrap().unwrap().status(), ServingStatus::NotServing);
}

#[tokio::test]
async fn health_follows_a_check_until_the_shutdown() {
    let (health, shutdown) = (kvitt_runtime::Health::new(), tokio_util::sync::CancellationToken::new());
    let following = health.follow(async || true, shutdown.clone());
    let looking = async {
        while !health.is_serving() {
            tokio::task::yield_now().await;
        }
        shutdown.cancel();
    };
    tokio::join!(following, looking);
    assert!(!health.is_serving());
}

#[tokio::test]
async fn a_request_that_is_too_large_is_refused() {
    let alone = Alone::start().await;
    let refused = alone.ask(&"x".repeat(5 * 1024 * 1024)).await.unwrap_err();
    assert_eq!(reason_of(&refused), Some(Reason::BodyTooLarge), "{refused}");
}

#[tokio::test]
async fn a_message_that_cannot_be_read_is_refused() {
    let alone = Alone::start().await;
    // The same field number carries a string there and a number here.
    let mut raw = tonic::client::Grpc::new(alone.mesh.peer(&alone.service.url()).unwrap());
    raw.ready().await.unwrap();
    let path = http::uri::PathAndQuery::from_static("/kvitt.merchant.v1.MerchantService/ResolveSalesUnit");
    let message = ListSalesUnitChangesRequest { after_revision: 1 };
    let codec =
        tonic_prost::ProstCodec::<ListSalesUnitChangesRequest, ListSalesUnitChangesRequest>::default();
    let refused = raw.unary(tonic::Request::new(message), path, codec).await.unwrap_err();
    assert_eq!(reason_of(&refused), Some(Reason::BodyMalformed), "{refused}");
}

#[tokio::test]
async fn a_stream_keeps_the_clients_token_and_outlives_the_deadline() {
    let alone = Alone::start().await;
    let token = alone.state.signer.client_token(ClientId::from_uuid(Uuid::nil()));
    let deadline = tokio::time::Instant::now() + Duration::from_millis(500);
    let context = Context { token: Some(Arc::from(token)), deadline: Some(deadline) };
    let mut feed = FeedServiceClient::new(alone.mesh.peer(&alone.service.url()).unwrap());
    let answer = context::scope(context, feed.tail(TailRequest::default())).await.unwrap();
    let mut stream = answer.into_inner();
    let first = stream.message().await.unwrap().unwrap();
    assert_eq!(first.parts, 1, "the token is at hand while the stream is written");
    let silence = tokio::time::timeout_at(deadline + Duration::from_millis(100), stream.message()).await;
    assert!(silence.is_err(), "the stream neither ends nor fails at the deadline: {silence:?}");
}

#[tokio::test]
async fn a_shutdown_lets_requests_finish_and_ends_streams() {
    let mut alone = Alone::start().await;
    alone.service.health.set_serving(true);
    let mut feed = FeedServiceClient::new(alone.mesh.peer(&alone.service.url()).unwrap());
    let mut stream = feed.tail(TailRequest::default()).await.unwrap().into_inner();
    assert_eq!(stream.message().await.unwrap().unwrap().parts, 0);
    let client = MerchantServiceClient::new(alone.mesh.peer(&alone.service.url()).unwrap());
    let waiting = tokio::spawn(ask(client, "wait"));
    alone.echo.begun.notified().await;

    alone.service.shutdown.cancel();
    let ended = stream.message().await.unwrap_err();
    assert_eq!(reason_of(&ended), Some(Reason::Unavailable), "{ended}");
    assert!(!alone.service.ended.is_finished());
    alone.echo.go_on.notify_one();
    assert_eq!(waiting.await.unwrap().unwrap(), "done");
    tokio::time::timeout(LONG, &mut alone.service.ended).await.unwrap().unwrap().unwrap();
    assert!(!alone.service.health.is_serving());
}

#[tokio::test]
async fn a_request_that_does_not_finish_is_given_up_after_the_drain_limit() {
    let mut alone = Alone::start().await;
    let mut client = MerchantServiceClient::new(alone.mesh.peer(&alone.service.url()).unwrap());
    let mut request = tonic::Request::new(ResolveSalesUnitRequest { msn: "wait".to_owned() });
    request.set_timeout(Duration::from_secs(60));
    let waiting = tokio::spawn(async move { client.resolve_sales_unit(request).await });
    alone.echo.begun.notified().await;
    alone.service.shutdown.cancel();
    let limit = kvitt_runtime::serve::DRAIN_LIMIT + Duration::from_secs(5);
    tokio::time::timeout(limit, &mut alone.service.ended).await.unwrap().unwrap().unwrap();
    let refused = waiting.await.unwrap().unwrap_err();
    assert_eq!(reason_of(&refused), Some(Reason::Unavailable), "{refused}");
}
