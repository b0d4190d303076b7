use kvitt_primitives::{ConsentId, Sub};
use kvitt_testing::eventually;
use tonic::Status;
use uuid::Uuid;

use super::*;
use crate::{
    app::{revoke_consent::revoke_consent, set_payer_status::set_payer_status},
    domain::{
        consent::{Scopes, Shared},
        inbox::Key,
        payer::Status as PayerStatus,
    },
    fixture::{self, NOW, Peers},
    store::consents,
};

/// A payer shares something with a unit; answers the unit's name of them.
async fn share(pool: &PgPool, msn: &str, number: u128) -> Sub {
    let shared = Shared {
        key: Key { msn: msn.to_owned(), reference: format!("order-{number}") },
        payer_id: fixture::payer(1),
        attempt: format!("attempt-{number}"),
        scopes: Scopes::among("name"),
        shipping_address: None,
        fresh_sub: Sub::from_uuid(Uuid::new_v4()),
        fresh_id: ConsentId::from_uuid(Uuid::from_u128(number)),
        given_at: NOW.parse::<chrono::DateTime<chrono::Utc>>().unwrap()
            + chrono::TimeDelta::seconds(i64::try_from(number).unwrap()),
    };
    consents::give(&mut pool.acquire().await.unwrap(), &shared).await.unwrap()
}

async fn left(pool: &PgPool) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM consent_removals").fetch_one(pool).await.unwrap()
}

fn told(peers: &Peers) -> Vec<(String, String, String)> {
    let script = peers.script();
    let removals = script.removals.iter();
    removals.map(|one| (one.msn.clone(), one.consent_id.clone(), one.sub.clone())).collect()
}

fn removal(msn: &str, number: u128, sub: Sub) -> (String, String, String) {
    (msn.to_owned(), Uuid::from_u128(number).to_string(), sub.to_string())
}

#[tokio::test]
async fn each_unit_is_told_once_of_all_that_was_taken_back_and_after_webhook_is_back() {
    let database = fixture::database().await;
    let pool = database.pool();
    fixture::create_payer(pool, 1, 0).await;
    let (first, other) = (share(pool, fixture::MSN, 1).await, share(pool, "654321", 3).await);
    assert_eq!(share(pool, fixture::MSN, 2).await, first);
    let peers = Peers::default();
    peers.script().removal_refusal = Some(Status::unavailable("it is away"));
    let (mesh, url) = peers.start().await;
    let (written, shutdown) = (Arc::new(Notify::new()), CancellationToken::new());
    let tellers = [(), ()].map(|()| Teller::new(pool.clone(), mesh.peer(&url).unwrap(), written.clone()));
    let telling = tellers.map(|teller| tokio::spawn(teller.run(shutdown.clone())));

    let now = NOW.parse().unwrap();
    let msn = fixture::MSN.parse().unwrap();
    revoke_consent(pool, fixture::payer(1), &msn, now).await.unwrap();
    revoke_consent(pool, fixture::payer(1), &msn, now).await.unwrap();
    assert_eq!(left(pool).await, 1, "one unit, one telling, of the last that was given");
    written.notify_one();
    eventually!(!told(&peers).is_empty());
    assert_eq!(left(pool).await, 1, "what was not taken is told again");
    peers.script().removal_refusal = None;
    eventually!(left(pool).await == 0);
    assert!(told(&peers).iter().all(|one| *one == removal(fixture::MSN, 2, first)), "{:?}", told(&peers));

    peers.script().removals.clear();
    share(pool, fixture::MSN, 4).await;
    set_payer_status(pool, fixture::payer(1), PayerStatus::Deleted, now).await.unwrap();
    written.notify_one();
    eventually!(left(pool).await == 0);
    for unit in [removal(fixture::MSN, 4, first), removal("654321", 3, other)] {
        assert!(told(&peers).contains(&unit), "whoever leaves takes everything back: {unit:?}");
    }
    shutdown.cancel();
    for one in telling {
        one.await.unwrap();
    }
}

#[tokio::test]
async fn what_can_never_be_told_holds_nobody_else_back() {
    let database = fixture::database().await;
    let pool = database.pool();
    fixture::create_payer(pool, 1, 0).await;
    share(pool, fixture::MSN, 1).await;
    let msn = fixture::MSN.parse().unwrap();
    revoke_consent(pool, fixture::payer(1), &msn, NOW.parse().unwrap()).await.unwrap();
    let peers = Peers::default();
    peers.script().removal_refusal = Some(Status::invalid_argument("no such unit can be"));
    let (mesh, url) = peers.start().await;
    let teller = Teller::new(pool.clone(), mesh.peer(&url).unwrap(), Arc::default());
    teller.tell_all().await.unwrap();
    assert_eq!((left(pool).await, told(&peers).len()), (0, 1));
}

#[tokio::test]
async fn one_that_fails_is_told_later_and_those_behind_it_now() {
    let database = fixture::database().await;
    let pool = database.pool();
    fixture::create_payer(pool, 1, 0).await;
    let units = ["123456", "234567", "345678"];
    for (number, msn) in (1..).zip(units) {
        share(pool, msn, number).await;
        let now = NOW.parse::<chrono::DateTime<chrono::Utc>>().unwrap();
        let at = now + chrono::TimeDelta::seconds(i64::try_from(number).unwrap());
        revoke_consent(pool, fixture::payer(1), &msn.parse().unwrap(), at).await.unwrap();
    }
    let peers = Peers::default();
    peers.script().removal_refusal = Some(Status::internal("a fault"));
    peers.script().removal_refused_of = units[0].to_owned();
    let (mesh, url) = peers.start().await;
    let teller = Teller::new(pool.clone(), mesh.peer(&url).unwrap(), Arc::default());
    teller.tell_all().await.unwrap_err();
    let asked: Vec<_> = told(&peers).into_iter().map(|(msn, ..)| msn).collect();
    assert_eq!((left(pool).await, asked), (1, units.map(str::to_owned).to_vec()));
    peers.script().removal_refusal = None;
    teller.tell_all().await.unwrap();
    assert_eq!(left(pool).await, 0);
}
