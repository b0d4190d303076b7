use kvitt_primitives::ClientId;
use kvitt_proto::refusal::reason_of;
use kvitt_runtime::ServiceName;
use kvitt_testing::{TestDatabase, eventually};
use tokio_stream::StreamExt as _;
use uuid::Uuid;

use super::*;
use crate::{
    engine::Answer,
    fixture::{self, Access},
};

struct Bench {
    database: TestDatabase,
    access: Access,
    feed: FeedGrpc,
}

async fn bench() -> Bench {
    let database = TestDatabase::create("payment", &crate::MIGRATIONS).await;
    let access = Access::default();
    access.covered.lock().unwrap().push(fixture::MSN.to_owned());
    let app = fixture::app(&database, &access).await;
    Bench { database, access, feed: FeedGrpc { app, shutdown: CancellationToken::new() } }
}

fn by(principal: Principal, message: TailRequest) -> Request<TailRequest> {
    let mut request = Request::new(message);
    request.extensions_mut().insert(Caller { principal, via: None });
    request
}

fn by_client() -> Request<TailRequest> {
    let message = TailRequest { msn: fixture::MSN.to_owned(), ..TailRequest::default() };
    by(Principal::Client(ClientId::from_uuid(Uuid::nil())), message)
}

impl Bench {
    async fn create(&self, reference: &str) {
        let created = self.feed.app.engine.submit(fixture::create(reference, reference)).await;
        assert!(matches!(created, Answer::Done(_)), "{created:?}");
    }
}

fn references(response: TailResponse) -> Vec<String> {
    response.events.into_iter().filter_map(|event| Some(event.event?.reference)).collect()
}

#[tokio::test]
async fn only_some_services_follow_everything() {
    let Bench { feed, .. } = bench().await;
    for (service, may) in [(ServiceName::Wallet, true), (ServiceName::Merchant, false)] {
        let answer = feed.tail(by(Principal::Service(service), TailRequest::default())).await;
        let refusal = answer.err().map(|status| reason_of(&status));
        assert_eq!(refusal, (!may).then_some(Some(Reason::PermissionDenied)), "{service}");
    }
}

#[tokio::test]
async fn a_sales_units_events_are_found_however_far_apart_they_lie() {
    let bench = bench().await;
    bench.create("reference-1").await;
    let far = "UPDATE log_head SET next_pos = 35000";
    sqlx::query(far).execute(bench.database.pool()).await.unwrap();
    bench.create("reference-2").await;
    let mut stream = bench.feed.tail(by_client()).await.unwrap().into_inner();
    let mut found = Vec::new();
    while found.len() < 2 {
        found.extend(references(stream.next().await.unwrap().unwrap()));
    }
    assert_eq!(found, ["reference-1", "reference-2"]);
}

#[tokio::test]
async fn a_stream_tells_nothing_more_once_the_keys_are_taken_away() {
    let bench = bench().await;
    let mut stream = bench.feed.tail(by_client()).await.unwrap().into_inner();
    stream.next().await.unwrap().unwrap();
    bench.create("reference-0").await;
    assert_eq!(references(stream.next().await.unwrap().unwrap()), ["reference-0"]);

    bench.access.covered.lock().unwrap().clear();
    let mut number = 0;
    let mut next = async || {
        number += 1;
        bench.create(&format!("reference-{number}")).await;
        stream.next().await.unwrap()
    };
    eventually!(next().await.is_err_and(|end| reason_of(&end) == Some(Reason::MsnNotCovered)));
}
