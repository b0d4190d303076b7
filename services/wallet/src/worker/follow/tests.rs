use kvitt_proto::{
    money::v1::{Currency, Money},
    payment::v1::{CreatedDetails, FeedEvent, PaymentEvent, PaymentEventName, TailResponse},
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
    let follower = Follower::new(mesh.peer(&url).unwrap(), pool.clone());
    let shutdown = CancellationToken::new();
    let following = tokio::spawn(follower.clone().follow(shutdown.clone()));

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
    let follower = Follower::new(mesh.peer(&url).unwrap(), pool.clone());
    let shutdown = CancellationToken::new();
    let following = tokio::spawn(follower.clone().follow(shutdown.clone()));

    const WAITING: &str = "SELECT count(*) FROM payment_requests";
    peers.script().log.push(batch(PaymentEventName::Created));
    eventually!(count(pool, WAITING).await == 1);
    peers.script().log.push(batch(PaymentEventName::Captured));
    peers.script().log.push(batch(PaymentEventName::Authorized));
    eventually!(count(pool, WAITING).await == 0);
    eventually!(count(pool, "SELECT count(*) FROM feed_cursors WHERE part = 1").await == 1);
    assert_eq!(count(pool, "SELECT cursor::bigint FROM feed_cursors WHERE part = 0").await, 3);
    follower.catch_up().await.unwrap();

    shutdown.cancel();
    following.await.unwrap();
}

#[tokio::test]
async fn catching_up_waits_for_what_is_in_the_log() {
    let database = fixture::database().await;
    let peers = Peers::default();
    let (mesh, url) = peers.start().await;
    peers.script().log.push(batch(PaymentEventName::Captured));
    let follower = Follower::new(mesh.peer(&url).unwrap(), database.pool().clone());
    let waiting = tokio::spawn({
        let follower = follower.clone();
        async move { follower.catch_up().await }
    });
    let parts = follower.list().await.unwrap();
    assert!(!waiting.is_finished(), "nothing of {parts:?} has been followed");
    let shutdown = CancellationToken::new();
    let following = tokio::spawn(follower.follow(shutdown.clone()));
    waiting.await.unwrap().unwrap();
    shutdown.cancel();
    following.await.unwrap();
}

#[tokio::test]
async fn new_parts_are_opened_when_every_old_one_has_ended() {
    let database = fixture::database().await;
    let pool = database.pool();
    fixture::create_payer(pool, 1, 1_000).await;
    let peers = Peers::default();
    let (mesh, url) = peers.start().await;
    let follower = Follower::new(mesh.peer(&url).unwrap(), pool.clone());
    let shutdown = CancellationToken::new();
    let following = tokio::spawn(follower.follow(shutdown.clone()));
    peers.script().log.push(batch(PaymentEventName::Created));
    eventually!(count(pool, "SELECT count(*) FROM payment_requests").await == 1);
    assert!(!peers.script().opened.contains(&2));
    peers.script().grown = true;
    eventually!(peers.script().opened.contains(&2));
    // An ended part is not opened again; the others' streams break off all the time.
    let old = |peers: &Peers| peers.script().opened.iter().filter(|part| **part < 2).count();
    let (before, opened) = (old(&peers), peers.script().opened.len());
    eventually!(peers.script().opened.len() > opened + 2);
    assert_eq!(old(&peers), before);
    shutdown.cancel();
    following.await.unwrap();
}

#[test]
fn a_generation_is_opened_only_behind_the_end_of_every_earlier_one() {
    let part = |part, generation| LogPart { part, generation, closed: false, last_position: 0 };
    let parts = [part(0, 0), part(1, 0), part(2, 1), part(3, 1), part(4, 2)];
    let after = |ended: &[i32]| {
        let reached = |part: &i32| (*part, Reached { position: 9, ended: true });
        openable(&parts, &ended.iter().map(reached).collect())
    };
    assert_eq!(after(&[]), [0, 1]);
    assert_eq!(after(&[0]), [0, 1]);
    assert_eq!(after(&[0, 1]), [0, 1, 2, 3]);
    assert_eq!(after(&[0, 1, 3]), [0, 1, 2, 3]);
    assert_eq!(after(&[0, 1, 2, 3]), [0, 1, 2, 3, 4]);
    assert_eq!(after(&[0, 1, 2, 3, 4]), [0, 1, 2, 3, 4]);
}
