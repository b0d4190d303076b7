use kvitt_proto::{
    money::v1::{Currency, Money},
    payment::v1::{CreatedDetails, FeedEvent, PaymentEvent, PaymentEventName},
    time,
};
use kvitt_testing::eventually;

use super::*;
use crate::fixture::{self, Peers};

fn batch(name: PaymentEventName) -> TailResponse {
    let at = |text: &str| Some(time::to_proto(text.parse().unwrap()));
    let event = PaymentEvent {
        msn: fixture::MSN.to_owned(),
        reference: "order-00001".to_owned(),
        name: name.into(),
        success: true,
        occurred_at: at(fixture::NOW),
        ..PaymentEvent::default()
    };
    let created = CreatedDetails {
        phone_number: fixture::phone_number(1),
        expires_at: at("2099-01-01T00:00:00Z"),
        amount: Some(Money { currency: Currency::Nok.into(), amount_minor: 100 }),
        ..CreatedDetails::default()
    };
    let created = (name == PaymentEventName::Created).then_some(created);
    TailResponse { events: vec![FeedEvent { event: Some(event), created }], ..TailResponse::default() }
}

#[tokio::test]
async fn a_description_that_cannot_be_stored_does_not_stop_the_inbox() {
    let database = fixture::database().await;
    let pool = database.pool();
    fixture::create_payer(pool, 1, 1_000).await;
    let peers = Peers::default();
    let (mesh, url) = peers.start().await;
    let shutdown = CancellationToken::new();
    let following = tokio::spawn(follow(mesh.peer(&url).unwrap(), pool.clone(), shutdown.clone()));

    let mut hostile = batch(PaymentEventName::Created);
    hostile.events[0].created.as_mut().unwrap().description = "so\0cks".to_owned();
    peers.script().log.push(hostile);
    eventually!(count(pool, "SELECT count(*) FROM payment_requests WHERE description = 'socks'").await == 1);

    shutdown.cancel();
    following.await.unwrap();
}

async fn count(pool: &PgPool, statement: &'static str) -> i64 {
    sqlx::query_scalar(statement).fetch_one(pool).await.unwrap()
}

#[tokio::test]
async fn the_inbox_follows_the_log_over_broken_streams_and_in_every_part() {
    let database = fixture::database().await;
    let pool = database.pool();
    fixture::create_payer(pool, 1, 1_000).await;
    let peers = Peers::default();
    let (mesh, url) = peers.start().await;
    let shutdown = CancellationToken::new();
    let following = tokio::spawn(follow(mesh.peer(&url).unwrap(), pool.clone(), shutdown.clone()));

    const WAITING: &str = "SELECT count(*) FROM payment_requests";
    peers.script().log.push(batch(PaymentEventName::Created));
    eventually!(count(pool, WAITING).await == 1);
    peers.script().log.push(batch(PaymentEventName::Captured));
    peers.script().log.push(batch(PaymentEventName::Authorized));
    eventually!(count(pool, WAITING).await == 0);
    eventually!(count(pool, "SELECT count(*) FROM feed_cursors WHERE part = 1").await == 1);
    assert_eq!(count(pool, "SELECT cursor::bigint FROM feed_cursors WHERE part = 0").await, 3);

    shutdown.cancel();
    following.await.unwrap();
}
