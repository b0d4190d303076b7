//! The order in which things are told, and what remains of tries, on a real database.

use chrono::{DateTime, TimeDelta, Utc};
use kvitt_primitives::{DeliveryId, EventId};
use kvitt_testing::TestDatabase;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::*;
use crate::{
    domain::{Attempt, EndpointId, Kind, New, Outcome, State},
    store::senders,
};

const SENDER: Uuid = Uuid::from_u128(0xA);
const OTHER: Uuid = Uuid::from_u128(0xB);

/// A database with two senders that are alive.
struct Stage {
    database: TestDatabase,
    now: DateTime<Utc>,
}

impl Stage {
    async fn set() -> Self {
        let database = TestDatabase::create("webhook", &crate::MIGRATIONS).await;
        let now = "2026-11-22T12:00:00Z".parse().unwrap();
        let stage = Self { database, now };
        for sender in [SENDER, OTHER] {
            senders::beat(&mut *stage.connection().await, sender, now + TimeDelta::seconds(5)).await.unwrap();
        }
        stage
    }

    fn pool(&self) -> &PgPool {
        self.database.pool()
    }

    async fn connection(&self) -> sqlx::pool::PoolConnection<sqlx::Postgres> {
        self.pool().acquire().await.expect("the database is there")
    }

    /// Makes deliveries to endpoints about payments.
    async fn tell(&self, what: &[(u128, &str)]) {
        let new: Vec<New> = what.iter().map(|(endpoint, reference)| new(*endpoint, reference)).collect();
        insert(&mut *self.connection().await, &new, self.now).await.expect("they are made");
    }

    async fn claim_by(&self, sender: Uuid, rooms: &[(u128, usize)]) -> Vec<Claimed> {
        let rooms: Vec<_> = rooms.iter().map(|(endpoint, room)| (id(*endpoint), *room)).collect();
        let mut claimed = claim(&mut *self.connection().await, &rooms, self.now, sender)
            .await
            .expect("they can be claimed");
        claimed.sort_by_key(|one| one.delivery_id);
        claimed
    }

    /// The payments and numbers of what is claimed.
    async fn claim(&self, rooms: &[(u128, usize)]) -> Vec<(String, i32)> {
        let claimed = self.claim_by(SENDER, rooms).await;
        claimed.into_iter().map(|one| (one.key.reference, one.key.number)).collect()
    }

    async fn finish(&self, done: &[Done]) {
        let mut tx = self.pool().begin().await.expect("a transaction");
        finish(&mut tx, done, SENDER).await.expect("it is written down");
        tx.commit().await.expect("it is durable");
    }

    async fn outcomes(&self) -> Vec<(i32, i16)> {
        let all = sqlx::query_as("SELECT number, outcome FROM attempts ORDER BY delivery_id, number");
        all.fetch_all(self.pool()).await.expect("they can be read")
    }
}

fn id(endpoint: u128) -> EndpointId {
    EndpointId::from_uuid(Uuid::from_u128(endpoint))
}

fn new(endpoint: u128, reference: &str) -> New {
    New {
        msn: "123456".parse().expect("an MSN"),
        endpoint_id: id(endpoint),
        reference: reference.to_owned(),
        delivery_id: DeliveryId::from_uuid(Uuid::now_v7()),
        partner_id: None,
        kind: Kind::Webhook,
        url: "https://shop.example/".to_owned(),
        event_type: "epayments.payment.created.v1".to_owned(),
        event_id: EventId::from_uuid(Uuid::new_v4()),
        body: "{}".to_owned(),
        incomplete: false,
        sealed_token: None,
        occurred_at: "2026-11-22T12:00:00Z".parse().expect("an instant"),
    }
}

fn attempt(at: DateTime<Utc>, outcome: Outcome) -> Attempt {
    Attempt {
        at,
        took: TimeDelta::milliseconds(3),
        outcome,
        address: Some("192.0.2.1:443".parse().expect("an address")),
        tls: true,
        status: Some(500),
        answer: b"no".to_vec(),
        error: "the answer's status is 500".to_owned(),
    }
}

fn failed(claimed: Claimed, at: DateTime<Utc>, next_at: DateTime<Utc>) -> Done {
    let failures = claimed.failures + 1;
    Done { claimed, attempt: Some(attempt(at, Outcome::Status)), state: State::Pending, failures, next_at }
}

fn delivered(claimed: Claimed, at: DateTime<Utc>) -> Done {
    let attempt = Some(attempt(at, Outcome::Succeeded));
    Done { claimed, attempt, state: State::Delivered, failures: 0, next_at: at }
}

#[tokio::test]
async fn of_one_payment_only_the_first_is_sent_and_other_payments_do_not_wait() {
    let stage = Stage::set().await;
    stage.tell(&[(1, "a"), (1, "a"), (1, "b"), (2, "a")]).await;
    let due = [(1, 9), (2, 9)];
    let claimed = stage.claim_by(SENDER, &due).await;
    let keys: Vec<_> = claimed.iter().map(|one| (one.key.endpoint_id, one.key.reference.as_str())).collect();
    assert_eq!(keys, [(id(1), "a"), (id(1), "b"), (id(2), "a")]);
    assert_eq!(stage.claim(&due).await, [], "what is claimed is nobody else's");
    stage.tell(&[(1, "a")]).await;
    assert_eq!(stage.claim(&due).await, []);
    stage.finish(&[delivered(claimed[0].clone(), stage.now)]).await;
    assert_eq!(stage.claim(&due).await, [("a".to_owned(), 2)]);
}

#[tokio::test]
async fn what_fails_holds_back_what_comes_behind_it_also_what_is_made_later() {
    let mut stage = Stage::set().await;
    stage.tell(&[(1, "a"), (1, "a")]).await;
    let first = stage.claim_by(SENDER, &[(1, 9)]).await.remove(0);
    let later = stage.now + TimeDelta::seconds(2);
    stage.finish(&[failed(first, stage.now, later)]).await;
    stage.tell(&[(1, "a")]).await;
    let agenda = agenda(&mut *stage.connection().await).await.unwrap();
    assert_eq!(agenda, [(id(1), later)], "nothing of it is due before");
    assert_eq!(stage.claim(&[(1, 9)]).await, []);
    stage.now = later;
    let again = stage.claim_by(SENDER, &[(1, 9)]).await;
    assert_eq!(again.iter().map(|one| (one.key.number, one.failures)).collect::<Vec<_>>(), [(1, 1)]);
    stage.finish(&[delivered(again[0].clone(), stage.now)]).await;
    assert_eq!(stage.claim(&[(1, 9)]).await, [("a".to_owned(), 2)]);
    assert_eq!(stage.outcomes().await, [(1, 2), (2, 1)]);
}

#[tokio::test]
async fn the_agenda_names_every_endpoint_once_with_its_earliest() {
    let stage = Stage::set().await;
    let connection: &mut PgConnection = &mut *stage.connection().await;
    assert_eq!(agenda(connection).await.unwrap(), []);
    stage.tell(&[(3, "a"), (1, "a"), (2, "a"), (2, "b"), (3, "c")]).await;
    let due: Vec<_> = [1, 2, 3].map(|endpoint| (id(endpoint), stage.now)).into();
    assert_eq!(agenda(connection).await.unwrap(), due);
    stage.claim(&[(2, 9)]).await;
    assert_eq!(agenda(connection).await.unwrap(), [due[0], due[2]]);
}

#[tokio::test]
async fn each_endpoint_gets_no_more_than_it_has_room_for_and_the_oldest_first() {
    let stage = Stage::set().await;
    stage.tell(&[(1, "a"), (1, "b"), (1, "c"), (2, "a")]).await;
    assert_eq!(stage.claim(&[(1, 2)]).await, [("a".to_owned(), 1), ("b".to_owned(), 1)]);
    assert_eq!(stage.claim(&[(1, 2), (2, 1)]).await, [("c".to_owned(), 1), ("a".to_owned(), 1)]);
}

#[tokio::test]
async fn what_a_dead_sender_had_claimed_is_free_and_its_try_stands_in_the_log() {
    let mut stage = Stage::set().await;
    stage.tell(&[(1, "a")]).await;
    let claimed = stage.claim_by(SENDER, &[(1, 1)]).await.remove(0);
    let bury = async |wall_now| {
        let mut tx = stage.pool().begin().await.unwrap();
        let dead = senders::bury(&mut tx, stage.now, wall_now).await.unwrap();
        tx.commit().await.unwrap();
        dead
    };
    assert_eq!(bury(stage.now).await, 0);
    senders::beat(&mut *stage.connection().await, OTHER, stage.now + TimeDelta::seconds(60)).await.unwrap();
    assert_eq!(bury(stage.now + TimeDelta::seconds(6)).await, 1);
    assert_eq!(stage.outcomes().await, [(1, 10)]);
    let again = stage.claim_by(OTHER, &[(1, 1)]).await.remove(0);
    assert_eq!(again.key, claimed.key);
    // The one that was thought dead comes late: what it says has no effect, and it claims nothing more.
    stage.finish(&[delivered(claimed, stage.now)]).await;
    assert_eq!(stage.outcomes().await, [(1, 10)]);
    stage.tell(&[(1, "b")]).await;
    stage.now += TimeDelta::seconds(1);
    let refused = claim(&mut *stage.connection().await, &[(id(1), 1)], stage.now, SENDER).await;
    assert!(refused.is_err(), "its row is gone");
}

#[tokio::test]
async fn many_senders_at_once_claim_everything_once() {
    let stage = Stage::set().await;
    let references: Vec<String> = (0..200).map(|number| format!("order-{number}")).collect();
    let what: Vec<(u128, &str)> = references.iter().map(|reference| (1, reference.as_str())).collect();
    stage.tell(&what).await;
    let stage = std::sync::Arc::new(stage);
    let claims = (0..8).map(|number| {
        let stage = std::sync::Arc::clone(&stage);
        let sender = if number % 2 == 0 { SENDER } else { OTHER };
        tokio::spawn(async move {
            let mut all = Vec::new();
            loop {
                let claimed = stage.claim_by(sender, &[(1, 7)]).await;
                if claimed.is_empty() {
                    return all;
                }
                all.extend(claimed.into_iter().map(|one| one.key.reference));
            }
        })
    });
    let mut claimed = Vec::new();
    for task in claims.collect::<Vec<_>>() {
        claimed.extend(task.await.unwrap());
    }
    claimed.sort_unstable();
    let mut expected = references;
    expected.sort_unstable();
    assert_eq!(claimed, expected);
}

#[tokio::test]
async fn what_a_claim_took_whose_answer_never_came_is_let_go() {
    let stage = Stage::set().await;
    stage.tell(&[(1, "a"), (1, "b")]).await;
    let known = stage.claim_by(SENDER, &[(1, 1)]).await.remove(0);
    // The second claim took "b", and nobody has heard of it.
    drop(stage.claim_by(SENDER, &[(1, 1)]).await);
    let mut connection = stage.connection().await;
    let freed = senders::free_strays(&mut connection, SENDER, &[known.delivery_id.as_uuid()]).await.unwrap();
    assert_eq!(freed, 1);
    assert_eq!(stage.claim(&[(1, 9)]).await, [("b".to_owned(), 1)]);
    assert_eq!(stage.outcomes().await, [], "nobody was called");
}

#[tokio::test]
async fn what_waited_behind_one_that_is_sent_again_waits_for_it_alone() {
    let mut stage = Stage::set().await;
    stage.tell(&[(1, "a"), (1, "a"), (1, "b")]).await;
    let mut claimed = stage.claim_by(SENDER, &[(1, 9)]).await;
    let day = stage.now + TimeDelta::days(1);
    let (other, first) = (claimed.remove(1), claimed.remove(0));
    let removal = sqlx::query("UPDATE deliveries SET kind = 3 WHERE number = 1 AND reference = 'a'");
    removal.execute(stage.pool()).await.unwrap();
    stage.finish(&[failed(first.clone(), stage.now, day), delivered(other, stage.now)]).await;
    assert_eq!(stage.claim(&[(1, 9)]).await, []);
    stage.now += TimeDelta::seconds(30);
    let named = (&first.key.msn, first.delivery_id);
    let told = resend(&mut *stage.connection().await, named, None, stage.now).await.unwrap();
    assert_eq!(told, Some(id(1)));
    let again = stage.claim_by(SENDER, &[(1, 9)]).await.remove(0);
    assert_eq!(again.key.number, 1);
    stage.finish(&[delivered(again, stage.now)]).await;
    assert_eq!(stage.claim(&[(1, 9)]).await, [("a".to_owned(), 2)]);
}
