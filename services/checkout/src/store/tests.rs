use chrono::TimeDelta;

use super::{
    callbacks::{self, Due},
    due, sessions,
    sessions::Asked,
    statements,
};
use crate::{
    domain::{Key, LIFE, READABLE, Session, State, Token},
    fixture::{Fixture, key},
};

#[tokio::test]
async fn every_statement_is_accepted_on_the_migrated_schema() {
    let fixture = Fixture::start().await;
    kvitt_postgres::prepare_all(fixture.database.pool(), &statements()).await.unwrap();
}

/// A session opened at the fixture's present.
async fn opened(fixture: &Fixture, reference: &str) -> Session {
    fixture.open(fixture.request(reference)).await;
    let mut connection = fixture.database.pool().acquire().await.unwrap();
    sessions::find(&mut connection, &key(reference)).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_session_is_read_as_it_was_stored() {
    let fixture = Fixture::start().await;
    let session = opened(&fixture, "order-12345678").await;
    let mut connection = fixture.database.pool().acquire().await.unwrap();
    let msn = session.key.msn.clone();
    let by_token = sessions::find_by_token(&mut connection, &msn, &session.token).await.unwrap();
    assert_eq!(by_token.as_ref(), Some(&session));
    let elsewhere = Token::new(&msn, [0; Token::BYTES]);
    assert_eq!(sessions::find_by_token(&mut connection, &msn, &elsewhere).await.unwrap(), None);
    let ended = Session { state: State::Terminated, ended_at: Some(fixture.now()), ..session };
    sessions::update(&mut connection, &ended, fixture.now()).await.unwrap();
    assert_eq!(sessions::find(&mut connection, &ended.key).await.unwrap(), Some(ended));
    let other = Key { msn: "654321".parse().unwrap(), ..key("order-12345678") };
    assert_eq!(sessions::find(&mut connection, &other).await.unwrap(), None);
}

#[tokio::test]
async fn what_must_never_be_is_refused_by_the_table() {
    let fixture = Fixture::start().await;
    let session = opened(&fixture, "order-12345678").await;
    let pool = fixture.database.pool();
    let mut connection = pool.acquire().await.unwrap();
    let again = sessions::insert(&mut connection, &session, &Asked { key: None, hash: [0; 32] }).await;
    let taken = again.unwrap_err();
    assert_eq!(kvitt_postgres::violated_constraint(&taken), Some(sessions::REFERENCE_KEY));
    let broken = [
        ("UPDATE sessions SET request_hash = ''", "sessions_request_hash_form"),
        ("UPDATE sessions SET state = 'expired'", "sessions_end"),
        ("UPDATE sessions SET terms = NULL", "sessions_forgotten"),
        ("UPDATE sessions SET starts = -1", "sessions_none_negative"),
        ("UPDATE sessions SET look_at = created_at", "sessions_look"),
        ("UPDATE sessions SET callback_at = created_at", "sessions_callback_due"),
        ("UPDATE sessions SET expires_at = created_at", "sessions_expires_later"),
    ];
    for (statement, constraint) in broken {
        let error = sqlx::query(statement).execute(pool).await.unwrap_err();
        assert_eq!(kvitt_postgres::violated_constraint(&error), Some(constraint), "{statement}");
    }
}

#[tokio::test]
async fn a_callback_is_claimed_by_one_instance_and_comes_back_when_that_dies() {
    let fixture = Fixture::start().await;
    for reference in ["order-0000001", "order-0000002"] {
        opened(&fixture, reference).await;
    }
    let mut connection = fixture.database.pool().acquire().await.unwrap();
    let over = fixture.now() + LIFE;
    assert_eq!(due::expire(&mut connection, over, 10).await.unwrap(), 2);
    let until = over + TimeDelta::seconds(60);
    let mut claim =
        async |now, busy: &[_]| callbacks::claim(&mut connection, now, until, busy).await.unwrap();
    let first = claim(over, &[]).await.unwrap();
    assert_eq!(first, Due { key: key("order-0000001"), attempts: 0 });
    assert_eq!(claim(over, std::slice::from_ref(&first.key.msn)).await, None, "the sales unit is busy");
    assert_eq!(claim(over, &[]).await.unwrap().key, key("order-0000002"));
    assert_eq!(claim(over, &[]).await, None, "both are claimed");
    assert_eq!(claim(until, &[]).await, Some(first.clone()), "whoever claimed it has died");

    callbacks::failed(&mut connection, &first, Some(until)).await.unwrap();
    callbacks::failed(&mut connection, &first, None).await.unwrap();
    let retried = callbacks::claim(&mut connection, until, until, &[]).await.unwrap().unwrap();
    assert_eq!(retried.attempts, 1, "the outcome of a claim that was lost does not count");
    callbacks::failed(&mut connection, &retried, None).await.unwrap();
    callbacks::delivered(&mut connection, &key("order-0000002")).await.unwrap();
    let states: Vec<String> = sqlx::query_scalar("SELECT callback FROM sessions ORDER BY reference")
        .fetch_all(fixture.database.pool())
        .await
        .unwrap();
    assert_eq!(states, ["given_up", "delivered"]);
    assert_eq!(callbacks::next(&mut connection).await.unwrap(), None);
}

#[tokio::test]
async fn an_open_session_ends_with_its_hour_and_is_forgotten_a_week_later() {
    let fixture = Fixture::start().await;
    let session = opened(&fixture, "order-12345678").await;
    let mut connection = fixture.database.pool().acquire().await.unwrap();
    let over = session.expires_at;
    assert_eq!(due::next_end(&mut connection).await.unwrap(), Some(over));
    assert_eq!(due::expire(&mut connection, over - TimeDelta::microseconds(1), 10).await.unwrap(), 0);
    assert_eq!(due::expire(&mut connection, over, 10).await.unwrap(), 1);
    let expired = sessions::find(&mut connection, &session.key).await.unwrap().unwrap();
    assert_eq!((expired.state, expired.ended_at), (State::Expired, Some(over)));

    assert_eq!(due::next_end(&mut connection).await.unwrap(), Some(over + READABLE));
    assert_eq!(due::forget(&mut connection, over + READABLE, 10).await.unwrap(), 1);
    assert_eq!(sessions::find(&mut connection, &session.key).await.unwrap(), None);
    let left: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM sessions WHERE COALESCE(terms, payer) IS NULL AND token IS NULL",
    )
    .fetch_one(fixture.database.pool())
    .await
    .unwrap();
    assert_eq!(left, 1, "the reference is taken, and nothing personal is left");
    assert_eq!(due::next_end(&mut connection).await.unwrap(), None);
}

#[tokio::test]
async fn a_look_is_taken_by_one_instance() {
    let fixture = Fixture::start().await;
    let session = opened(&fixture, "order-12345678").await;
    let mut connection = fixture.database.pool().acquire().await.unwrap();
    let waiting = Session { state: State::Initiated, ..session };
    sessions::update(&mut connection, &waiting, fixture.now()).await.unwrap();
    let at = due::next_look(&mut connection).await.unwrap().unwrap();
    assert_eq!(at, fixture.now() + TimeDelta::seconds(1));
    let found = due::to_look_at(&mut connection, at, 10).await.unwrap();
    assert_eq!(found.len(), 1);
    let next = at + TimeDelta::seconds(1);
    assert!(due::postpone_look(&mut connection, &found[0], next).await.unwrap());
    assert!(!due::postpone_look(&mut connection, &found[0], next).await.unwrap());
    assert!(due::to_look_at(&mut connection, at, 10).await.unwrap().is_empty());
    assert_eq!(due::waiting(&mut connection, None, 10).await.unwrap()[0].looks, 1);
    let after = due::waiting(&mut connection, Some(&found[0].key), 10).await.unwrap();
    assert!(after.is_empty());
}
