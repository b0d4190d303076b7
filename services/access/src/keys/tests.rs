use kvitt_runtime::wall_now;
use kvitt_testing::TestDatabase;

use super::*;
use crate::{
    app::tests::{fixture, on},
    domain::rotation::{LONGEST_TOKEN_LIFE, SIGNS_FOR},
};

fn kids(ring: &KeyRing, now: DateTime<Utc>) -> Vec<String> {
    ring.published(now).into_iter().map(|key| key.kid).collect()
}

async fn rows(database: &TestDatabase) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM signing_keys").fetch_one(database.pool()).await.unwrap()
}

#[tokio::test]
async fn the_first_look_makes_a_key_and_a_later_one_finds_it() {
    let (app, database) = fixture().await;
    let now = wall_now();
    let first = kids(&app.keys.refresh(now).await.unwrap(), now);
    assert_eq!(first.len(), 1);
    let restarted = on(&database);
    assert_eq!(kids(&restarted.keys.ring(now).await.unwrap(), now), first);
}

#[tokio::test]
async fn a_key_follows_another_key_encryption_key() {
    let (app, database) = fixture().await;
    let now = wall_now();
    let first = kids(&app.keys.refresh(now).await.unwrap(), now);
    let (old, new) = ("5e".repeat(32), "6f".repeat(32));
    let under = async |digits: &str| {
        let key = KeyEncryptionKey::try_new(&digits.to_owned().into()).unwrap();
        Keys::new(database.pool().clone(), key).refresh(now).await.map(|ring| kids(&ring, now))
    };
    assert!(under(&new).await.is_err());
    assert_eq!(under(&format!("{old},{new}")).await.unwrap(), first);
    assert_eq!(under(&old).await.unwrap(), first);
    assert_eq!(under(&format!("{new},{old}")).await.unwrap(), first);
    assert_eq!(under(&new).await.unwrap(), first);
    assert!(under(&old).await.is_err());
}

#[tokio::test]
async fn instances_that_start_at_once_agree_on_one_key() {
    let (_app, database) = fixture().await;
    let now = wall_now();
    let mut starts = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let keys = on(&database).keys;
        starts.spawn(async move { kids(&keys.refresh(now).await.unwrap(), now) });
    }
    let mut seen = starts.join_all().await;
    seen.dedup();
    assert_eq!(seen.len(), 1, "{seen:?}");
    assert_eq!(rows(&database).await, 1);
}

#[tokio::test]
async fn instances_that_rotate_at_once_agree_on_one_successor() {
    let (app, database) = fixture().await;
    let start = wall_now();
    app.keys.refresh(start).await.unwrap();
    let turn = start + SIGNS_FOR;
    let mut looks = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let keys = on(&database).keys;
        looks.spawn(async move { kids(&keys.refresh(turn).await.unwrap(), turn) });
    }
    let mut seen = looks.join_all().await;
    seen.dedup();
    assert_eq!((seen.len(), rows(&database).await), (1, 2), "{seen:?}");
}

#[tokio::test]
async fn a_successor_is_published_before_it_signs_and_the_old_key_stays_until_its_tokens_are_dead() {
    let (app, database) = fixture().await;
    let start = wall_now();
    let old = kids(&app.keys.refresh(start).await.unwrap(), start);
    let soon = start + SIGNS_FOR - PUBLISHED_BEFORE_USE;
    let ring = app.keys.refresh(soon).await.unwrap();
    let both = kids(&ring, soon);
    assert_eq!((both.len(), &both[1]), (2, &old[0]));
    assert_eq!(ring.signer(soon).unwrap().kid, old[0]);
    let takeover = soon + PUBLISHED_BEFORE_USE;
    let ring = app.keys.refresh(takeover).await.unwrap();
    assert_eq!(ring.signer(takeover).unwrap().kid, both[0]);
    let before_death = takeover + LONGEST_TOKEN_LIFE - TimeDelta::seconds(1);
    assert_eq!(kids(&app.keys.refresh(before_death).await.unwrap(), before_death), both);
    let dead = takeover + LONGEST_TOKEN_LIFE;
    assert_eq!(kids(&app.keys.refresh(dead).await.unwrap(), dead), both[..1]);
    assert_eq!(rows(&database).await, 1);
}

#[tokio::test]
async fn an_instance_that_has_not_looked_for_long_looks_before_it_signs() {
    let (app, database) = fixture().await;
    let start = wall_now();
    app.keys.refresh(start).await.unwrap();
    let takeover = start + SIGNS_FOR;
    let other = on(&database);
    other.keys.refresh(takeover - PUBLISHED_BEFORE_USE).await.unwrap();
    let ring = app.keys.ring(takeover).await.unwrap();
    let successor = other.keys.ring(takeover).await.unwrap();
    assert_eq!(ring.signer(takeover).unwrap().kid, successor.signer(takeover).unwrap().kid);
}

#[tokio::test]
async fn a_stale_look_is_not_signed_with_when_the_database_is_gone() {
    let (app, database) = fixture().await;
    let start = wall_now();
    app.keys.refresh(start).await.unwrap();
    database.pool().close().await;
    assert!(app.keys.ring(start).await.is_ok());
    let error = app.keys.ring(start + FRESH_FOR + TimeDelta::seconds(1)).await.err().unwrap();
    assert!(error.is_outage());
}

#[tokio::test]
async fn the_published_keys_are_announced_to_this_instances_verifier() {
    let (app, _database) = fixture().await;
    let mut heard = app.keys.subscribe();
    let now = wall_now();
    let ring = app.keys.refresh(now).await.unwrap();
    assert!(heard.has_changed().unwrap());
    assert_eq!(**heard.borrow_and_update(), ring.published(now));
}

#[tokio::test]
async fn a_signing_key_at_rest_is_not_the_plain_key() {
    let (app, database) = fixture().await;
    app.keys.refresh(wall_now()).await.unwrap();
    let mut connection = database.pool().acquire().await.unwrap();
    let stored = store::list(&mut connection).await.unwrap();
    let plain = app.keys.key_encryption_key.open(&stored[0].kid, &stored[0].sealed).unwrap();
    let public = PrivateKey::from_bytes(plain.expose_secret()).verifying_key().to_bytes();
    assert_eq!(public, stored[0].public_key);
    let row: String =
        sqlx::query_scalar("SELECT t::text FROM signing_keys AS t").fetch_one(database.pool()).await.unwrap();
    assert!(!row.contains(&hex::encode(plain.expose_secret())));
}

#[tokio::test]
async fn keys_sealed_under_another_master_key_are_refused() {
    let (app, database) = fixture().await;
    app.keys.refresh(wall_now()).await.unwrap();
    let other = KeyEncryptionKey::try_new(&"ab".repeat(32).into()).unwrap();
    let stranger = Keys::new(database.pool().clone(), other);
    let refused = stranger.refresh(wall_now()).await.err().unwrap();
    assert!(matches!(refused, Error::Envelope(envelope::Error::DoesNotOpen)));
}
