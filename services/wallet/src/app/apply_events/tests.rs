use chrono::{DateTime, TimeDelta, Utc};
use kvitt_primitives::{Currency, Money};
use kvitt_testing::TestDatabase;

use super::*;
use crate::{
    app::{
        create_payer::create_payer,
        list_payment_requests::{Page, list_payment_requests},
        set_payer_status::set_payer_status,
        set_push_delivery::set_push_delivery,
    },
    domain::{
        inbox::{Event, Key, Request, fold},
        payer::Status,
        person::Push,
    },
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
    requests.into_iter().map(|waiting| waiting.request.key.reference).collect()
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
        pages.push(requests.iter().map(|waiting| waiting.request.amount.minor).collect::<Vec<_>>());
        after = next;
    }
    assert_eq!(pages, [vec![1, 2], vec![3, 4], vec![5]]);
}

#[tokio::test]
async fn a_phone_is_told_unless_its_payer_had_switched_that_off_before() {
    let database = followed().await;
    let pool = database.pool();
    let payer = fixture::payer(1);
    let table = [(Push::On, true), (Push::Off, false), (Push::On, true)];
    let cursors = ["", "c1", "c2", "c3"];
    for ((number, step), (push, _)) in (1..).zip(cursors.windows(2)).zip(table) {
        set_push_delivery(pool, payer, push).await.unwrap();
        assert!(apply(pool, step[0], step[1], vec![asked(number, 1)]).await);
    }
    let page = Page { payer_id: payer, after: After::nothing(), size: 100 };
    let (requests, _) = list_payment_requests(pool, &page, now()).await.unwrap();
    let pushed: Vec<_> = requests.iter().map(|waiting| waiting.pushed).collect();
    assert_eq!(pushed, table.map(|(_, pushed)| pushed));
    let nobody = set_push_delivery(pool, fixture::payer(99), Push::Off).await;
    assert!(matches!(nobody, Err(Error::PayerNotFound)), "{nobody:?}");
}

#[tokio::test]
async fn a_request_goes_to_the_one_who_has_the_number_now() {
    let database = followed().await;
    let pool = database.pool();
    set_payer_status(pool, fixture::payer(1), Status::Deleted, now()).await.unwrap();
    assert!(apply(pool, "", "c1", vec![asked(1, 1)]).await);
    assert!(waiting(pool, now()).await.is_empty());

    let mut heir = fixture::registration(2, 0);
    heir.person.payer.phone_number = fixture::phone_number(1).parse().unwrap();
    create_payer(pool, &heir, now()).await.unwrap();
    assert!(apply(pool, "c1", "c2", vec![asked(2, 1)]).await);
    let page = Page { payer_id: fixture::payer(2), after: After::nothing(), size: 100 };
    let (requests, _) = list_payment_requests(pool, &page, now()).await.unwrap();
    assert_eq!(requests.len(), 1);
    assert!(waiting(pool, now()).await.is_empty());
}
