use chrono::{DateTime, TimeDelta, Utc};
use kvitt_primitives::{Currency, Money};
use kvitt_testing::TestDatabase;

use super::*;
use crate::{
    app::list_payment_requests::{Page, list_payment_requests},
    domain::inbox::{Event, Key, Request, fold},
    fixture,
    store::inbox::After,
};

fn now() -> DateTime<Utc> {
    fixture::NOW.parse().unwrap()
}

fn key(number: u32) -> Key {
    Key { msn: fixture::MSN.to_owned(), reference: format!("order-{number:05}") }
}

fn asked(number: u32, payer: u128) -> Event {
    Event::Asked {
        phone_number: fixture::phone_number(payer).parse().unwrap(),
        request: Request {
            key: key(number),
            amount: Money::new(Currency::Nok, number.into()),
            description: "coffee".to_owned(),
            created_at: now() + TimeDelta::seconds(number.into()),
            expires_at: now() + TimeDelta::minutes(10),
        },
    }
}

/// A payer, a part whose cursor is open, and nothing else.
async fn followed() -> TestDatabase {
    let database = fixture::database().await;
    fixture::create_payer(database.pool(), 1, 1_000).await;
    let mut connection = database.pool().acquire().await.unwrap();
    assert_eq!(inbox::open_cursor(&mut connection, 0).await.unwrap(), "");
    drop(connection);
    database
}

async fn apply(pool: &PgPool, old: &str, new: &str, events: Vec<Event>) -> bool {
    apply_events(pool, &Step { part: 0, old, new }, &fold(events)).await.unwrap()
}

async fn waiting(pool: &PgPool, at: DateTime<Utc>) -> Vec<String> {
    let page = Page { payer_id: fixture::payer(1), after: After::nothing(), size: 100 };
    let (requests, next) = list_payment_requests(pool, &page, at).await.unwrap();
    assert_eq!(next, None);
    requests.into_iter().map(|request| request.key.reference).collect()
}

#[tokio::test]
async fn a_batch_that_comes_twice_has_its_effect_once() {
    let database = followed().await;
    let pool = database.pool();
    assert!(apply(pool, "", "c1", vec![asked(1, 1), asked(2, 1)]).await);
    assert!(apply(pool, "c1", "c2", vec![Event::Answered(key(1))]).await);
    assert_eq!(waiting(pool, now()).await, ["order-00002"]);

    assert!(!apply(pool, "", "c1", vec![asked(1, 1), asked(2, 1)]).await);
    assert_eq!(waiting(pool, now()).await, ["order-00002"]);
    let mut connection = pool.acquire().await.unwrap();
    assert_eq!(inbox::open_cursor(&mut connection, 0).await.unwrap(), "c2");
}

#[tokio::test]
async fn of_many_who_apply_a_batch_at_once_one_does() {
    let database = followed().await;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let pool = database.pool().clone();
        tasks.spawn(async move { apply(&pool, "", "c1", vec![asked(1, 1)]).await });
    }
    let applied = tasks.join_all().await.into_iter().filter(|applied| *applied).count();
    assert_eq!(applied, 1);
    assert_eq!(waiting(database.pool(), now()).await, ["order-00001"]);
}

#[tokio::test]
async fn a_request_to_nobody_waits_nowhere_and_an_expired_one_is_not_shown() {
    let database = followed().await;
    let pool = database.pool();
    assert!(apply(pool, "", "c1", vec![asked(1, 1), asked(2, 99)]).await);
    assert_eq!(waiting(pool, now()).await, ["order-00001"]);
    assert!(waiting(pool, now() + TimeDelta::minutes(10)).await.is_empty());
}

#[tokio::test]
async fn pages_of_the_inbox_follow_on_each_other() {
    let database = followed().await;
    let pool = database.pool();
    assert!(apply(pool, "", "c1", (1..=5).rev().map(|number| asked(number, 1)).collect()).await);
    let mut after = Some(After::nothing());
    let mut pages = Vec::new();
    while let Some(start) = after {
        let page = Page { payer_id: fixture::payer(1), after: start, size: 2 };
        let (requests, next) = list_payment_requests(pool, &page, now()).await.unwrap();
        pages.push(requests.iter().map(|request| request.amount.minor).collect::<Vec<_>>());
        after = next;
    }
    assert_eq!(pages, [vec![1, 2], vec![3, 4], vec![5]]);
}
