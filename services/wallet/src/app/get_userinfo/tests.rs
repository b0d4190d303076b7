use chrono::TimeDelta;
use kvitt_primitives::PayerId;
use uuid::Uuid;

use super::*;
use crate::{
    app::{
        get_shared_details::get_shared_details, list_consents::list_consents, revoke_consent::revoke_consent,
        set_addresses::set_addresses, set_payer_status::set_payer_status,
    },
    domain::{
        consent::{Scope, Shared},
        inbox::Key,
        payer::Status,
    },
    fixture::{self, NOW},
};

fn now() -> DateTime<Utc> {
    NOW.parse().unwrap()
}

fn msn() -> Msn {
    fixture::MSN.parse().unwrap()
}

/// What payer 1 shares with the merchant of `order-1` now, at the first attempt.
fn shared(scopes: &str) -> Shared {
    Shared {
        key: Key { msn: fixture::MSN.to_owned(), reference: "order-1".to_owned() },
        payer_id: fixture::payer(1),
        attempt: "attempt-1".to_owned(),
        scopes: Scopes::among(scopes),
        shipping_address: None,
        fresh_sub: Sub::from_uuid(Uuid::new_v4()),
        fresh_id: ConsentId::from_uuid(Uuid::new_v4()),
        given_at: now(),
    }
}

fn order(reference: &str, shared: Shared) -> Shared {
    Shared { key: Key { reference: reference.to_owned(), ..shared.key }, ..shared }
}

async fn give(pool: &PgPool, shared: &Shared) -> Sub {
    let mut connection = pool.acquire().await.unwrap();
    consents::give(&mut connection, shared).await.unwrap()
}

async fn read(pool: &PgPool, sub: Sub, at: DateTime<Utc>) -> Option<Userinfo> {
    match get_userinfo(pool, &msn(), sub, at).await {
        Ok(userinfo) => Some(userinfo),
        Err(Error::NothingShared) => None,
        Err(other) => panic!("{other}"),
    }
}

async fn bench() -> kvitt_testing::TestDatabase {
    let database = fixture::database().await;
    for number in [1, 2] {
        fixture::create_payer(database.pool(), number, 0).await;
    }
    database
}

fn words(scopes: &Scopes) -> Vec<&'static str> {
    scopes.words().collect()
}

#[tokio::test]
async fn a_unit_knows_a_payer_by_one_name_and_no_other_unit_by_the_same() {
    let database = bench().await;
    let pool = database.pool();
    let here = give(pool, &shared("name")).await;
    assert_eq!(give(pool, &order("order-2", shared("name"))).await, here);
    let mut elsewhere = shared("name");
    elsewhere.key.msn = "654321".to_owned();
    let there = give(pool, &elsewhere).await;
    assert_ne!(there, here);
    assert_ne!(give(pool, &Shared { payer_id: fixture::payer(2), ..shared("name") }).await, here);
    assert!(read(pool, here, now()).await.is_some());
    assert_eq!(read(pool, there, now()).await, None, "another unit's name of the same payer");
}

#[tokio::test]
async fn first_consents_given_at_once_make_one_name() {
    let database = bench().await;
    let giving = |number: usize| {
        let pool = database.pool().clone();
        tokio::spawn(async move { give(&pool, &order(&format!("order-{number}"), shared("name"))).await })
    };
    let running: Vec<_> = (0..8).map(giving).collect();
    let mut subs = Vec::new();
    for given in running {
        subs.push(given.await.unwrap());
    }
    assert!(subs.iter().all(|sub| *sub == subs[0]), "{subs:?}");
}

#[tokio::test]
async fn every_scope_of_the_last_168_hours_is_shared_as_it_is_now() {
    let database = bench().await;
    let pool = database.pool();
    let old = Shared { given_at: now() - TimeDelta::hours(100), ..shared("email phoneNumber") };
    let sub = give(pool, &old).await;
    let new = order("order-2", shared("name address"));
    give(pool, &new).await;
    let both = read(pool, sub, now()).await.unwrap();
    assert_eq!(both.consent_id, new.fresh_id);
    assert_eq!(words(&both.scopes), ["name", "address", "email", "phoneNumber"]);
    let details = both.details.unwrap();
    assert_eq!((details.first_name.as_str(), details.last_name.as_str()), ("Kari", "Nordmann"));
    assert_eq!((details.email.as_str(), details.mobile_number.as_str()), ("kari@example.com", "4740000001"));
    assert_eq!((details.addresses.len(), details.birth_date.as_str()), (2, ""));

    let moved = &fixture::person(1).addresses[1..];
    set_addresses(pool, fixture::payer(1), moved).await.unwrap();
    let later = read(pool, sub, now() + TimeDelta::hours(100)).await.unwrap().details.unwrap();
    assert_eq!((later.email.as_str(), later.mobile_number.as_str()), ("", ""), "given 200 hours ago");
    assert_eq!(later.addresses, moved);
}

#[tokio::test]
async fn a_consent_is_readable_for_168_hours_to_the_microsecond() {
    let database = bench().await;
    let pool = database.pool();
    let sub = give(pool, &shared("name")).await;
    let end = now() + TimeDelta::hours(168);
    let last = read(pool, sub, end - TimeDelta::microseconds(1)).await.unwrap();
    assert!(last.details.is_some());
    let expired = read(pool, sub, end).await.unwrap();
    assert_eq!((expired.details, words(&expired.scopes)), (None, vec!["name"]));

    let key = shared("name").key;
    assert!(get_shared_details(pool, &key, sub, end - TimeDelta::microseconds(1)).await.is_ok());
    let over = get_shared_details(pool, &key, sub, end).await;
    assert!(matches!(over, Err(Error::NothingShared)), "{over:?}");
}

#[tokio::test]
async fn what_was_taken_back_is_unknown_until_it_is_given_again_under_the_same_name() {
    let database = bench().await;
    let pool = database.pool();
    let payer_id = fixture::payer(1);
    let sub = give(pool, &shared("name")).await;
    for _ in 0..2 {
        revoke_consent(pool, payer_id, &msn(), now()).await.unwrap();
        assert_eq!(read(pool, sub, now()).await, None);
        let of_payment = get_shared_details(pool, &shared("").key, sub, now()).await;
        assert!(matches!(of_payment, Err(Error::NothingShared)), "{of_payment:?}");
        assert_eq!(list_consents(pool, payer_id).await.unwrap(), []);
    }
    assert_eq!(give(pool, &shared("name")).await, sub, "the attempt of before is sent again");
    assert_eq!(read(pool, sub, now()).await, None);

    let again = Shared { attempt: "attempt-2".to_owned(), ..shared("email") };
    assert_eq!(give(pool, &again).await, sub);
    assert_eq!(words(&read(pool, sub, now()).await.unwrap().scopes), ["email"]);
}

#[tokio::test]
async fn the_same_attempt_again_prolongs_nothing_and_another_begins_anew() {
    let database = bench().await;
    let pool = database.pool();
    let later = now() + TimeDelta::hours(100);
    let sub = give(pool, &shared("name")).await;
    give(pool, &Shared { given_at: later, ..shared("name email") }).await;
    let at = now() + TimeDelta::hours(168);
    assert_eq!(read(pool, sub, at).await.unwrap().details, None);
    give(pool, &Shared { given_at: later, attempt: "attempt-2".to_owned(), ..shared("name") }).await;
    assert!(read(pool, sub, at).await.unwrap().details.is_some());
}

#[tokio::test]
async fn payers_who_tried_the_same_payment_are_kept_apart() {
    let database = bench().await;
    let pool = database.pool();
    let address = |at: usize| Some(fixture::person(1).addresses[at].address.clone());
    let one = Shared { shipping_address: address(0), ..shared("name") };
    let other = Shared { payer_id: fixture::payer(2), shipping_address: address(1), ..shared("phoneNumber") };
    let subs = [give(pool, &one).await, give(pool, &other).await];
    let one = get_shared_details(pool, &one.key, subs[0], now()).await.unwrap();
    let other = get_shared_details(pool, &other.key, subs[1], now()).await.unwrap();
    assert_eq!((one.details.first_name.as_str(), one.details.mobile_number.as_str()), ("Kari", ""));
    assert_eq!((other.details.first_name.as_str(), other.details.mobile_number.as_str()), ("", "4740000002"));
    assert_eq!((one.shipping_address, other.shipping_address), (address(0), address(1)));
    let other_order = Key { reference: "order-2".to_owned(), ..shared("").key };
    assert!(get_shared_details(pool, &other_order, subs[0], now()).await.is_err());
}

#[tokio::test]
async fn a_payer_who_leaves_shares_nothing_not_even_after_coming_back() {
    let database = bench().await;
    let pool = database.pool();
    let sub = give(pool, &shared("name")).await;
    set_payer_status(pool, fixture::payer(1), Status::Blocked, now()).await.unwrap();
    assert!(read(pool, sub, now()).await.is_some(), "the consent of a blocked payer stands");
    set_payer_status(pool, fixture::payer(1), Status::Deleted, now()).await.unwrap();
    assert_eq!(read(pool, sub, now()).await, None);
    give(pool, &order("order-2", shared("name"))).await;
    assert_eq!(read(pool, sub, now()).await, None, "given at the moment of leaving");
    set_payer_status(pool, fixture::payer(1), Status::Deleted, now()).await.unwrap();
    set_payer_status(pool, fixture::payer(1), Status::Active, now()).await.unwrap();
    assert_eq!(read(pool, sub, now()).await, None);
}

#[tokio::test]
async fn a_payer_sees_one_consent_for_each_unit_newest_first() {
    let database = bench().await;
    let pool = database.pool();
    let mut elsewhere = Shared { given_at: now() + TimeDelta::hours(1), ..shared("nin") };
    elsewhere.key.msn = "654321".to_owned();
    let there = give(pool, &elsewhere).await;
    let here = give(pool, &shared("name")).await;
    give(pool, &order("order-2", shared("email name"))).await;
    let consents = list_consents(pool, fixture::payer(1)).await.unwrap();
    let shown: Vec<_> = consents
        .iter()
        .map(|consent| (consent.msn.as_str(), consent.sub, words(&consent.scopes), consent.given_at))
        .collect();
    let expected = [
        ("654321", there, vec!["nin"], now() + TimeDelta::hours(1)),
        (fixture::MSN, here, vec!["name", "email"], now()),
    ];
    assert_eq!(shown, expected);
    assert!(Scope::ALL.into_iter().all(|scope| !consents[0].scopes.contains(scope) || scope == Scope::Nin));
    let nobody = PayerId::from_uuid(Uuid::nil());
    assert!(matches!(list_consents(pool, nobody).await, Err(Error::PayerNotFound)));
}
