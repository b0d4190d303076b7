use chrono::{DateTime, Utc};
use kvitt_primitives::{ClientId, MerchantId, UserId};
use kvitt_runtime::{Caller, Principal, ServiceName};
use kvitt_testing::TestDatabase;
use serde_json::json;
use sqlx::{Connection as _, Executor as _, PgPool};
use uuid::Uuid;

use super::*;

/// The table as a service makes it.
static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("../../services/access/migrations");

async fn database() -> TestDatabase {
    TestDatabase::create("audit_log", &MIGRATIONS).await
}

fn merchant(number: u128) -> MerchantId {
    MerchantId::from_uuid(Uuid::from_u128(number))
}

fn entry(number: u128) -> Entry {
    Entry {
        at: DateTime::<Utc>::from_timestamp_nanos(1_700_000_000_123_456_789),
        actor: "user:6f9619ff-8b86-4011-b42d-00c04fc964ff".to_owned(),
        action: "user.changed",
        subject: format!("user:{}", Uuid::from_u128(number)),
        merchant_id: Some(merchant(number % 2)),
        before: Some(json!({"role": "ASSISTANT"})),
        after: (number != 3).then(|| json!({"role": "ADMINISTRATOR", "units": []})),
        trace_id: "0".repeat(32),
    }
}

async fn append_one(pool: &PgPool, number: u128) {
    let mut tx = pool.begin().await.unwrap();
    append(&mut tx, &entry(number)).await.unwrap();
    tx.commit().await.unwrap();
}

async fn verified(pool: &PgPool) -> Verified {
    verify(&mut pool.acquire().await.unwrap()).await.unwrap()
}

/// Changes a row as somebody would who owns the database.
async fn tamper(pool: &PgPool, statement: &'static str) {
    let mut connection = pool.acquire().await.unwrap();
    connection.execute("ALTER TABLE audit_log DISABLE TRIGGER ALL").await.unwrap();
    connection.execute(statement).await.unwrap();
    connection.execute("ALTER TABLE audit_log ENABLE TRIGGER ALL").await.unwrap();
}

#[tokio::test]
async fn every_statement_is_understood() {
    let database = database().await;
    kvitt_postgres::prepare_all(database.pool(), store::STATEMENTS).await.unwrap();
}

#[tokio::test]
async fn entries_written_at_once_make_one_chain() {
    let database = database().await;
    let mut writers = tokio::task::JoinSet::new();
    for number in 1..=40 {
        let pool = database.pool().clone();
        writers.spawn(async move { append_one(&pool, number).await });
    }
    writers.join_all().await;
    let chain = verified(database.pool()).await;
    assert_eq!((chain.entries, chain.broken), (40, Vec::new()));
}

#[tokio::test]
async fn a_change_that_is_undone_leaves_no_entry() {
    let database = database().await;
    append_one(database.pool(), 1).await;
    let mut connection = database.pool().acquire().await.unwrap();
    let mut tx = connection.begin().await.unwrap();
    append(&mut tx, &entry(2)).await.unwrap();
    tx.rollback().await.unwrap();
    drop(connection);
    append_one(database.pool(), 4).await;
    let chain = verified(database.pool()).await;
    assert_eq!((chain.entries, chain.broken), (2, Vec::new()));
}

#[tokio::test]
async fn a_merchant_reads_its_own_entries_newest_first_and_page_by_page() {
    let database = database().await;
    for number in 1..=7 {
        append_one(database.pool(), number).await;
    }
    let mut connection = database.pool().acquire().await.unwrap();
    let first = list(&mut connection, merchant(1), None, 2).await.unwrap();
    assert_eq!(first.iter().map(|entry| entry.sequence).collect::<Vec<_>>(), [7, 5]);
    let rest = list(&mut connection, merchant(1), Some(5), 10).await.unwrap();
    assert_eq!(rest.iter().map(|entry| entry.sequence).collect::<Vec<_>>(), [3, 1]);
    assert_eq!(rest[0], Stored::of(&entry(3), 3));
    assert!(list(&mut connection, merchant(9), None, 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn the_database_refuses_to_change_or_remove_an_entry() {
    let database = database().await;
    append_one(database.pool(), 1).await;
    for statement in ["UPDATE audit_log SET actor = 'nobody'", "DELETE FROM audit_log", "TRUNCATE audit_log"]
    {
        let refused = database.pool().execute(statement).await.unwrap_err();
        assert!(refused.to_string().contains("only grows"), "{statement}: {refused}");
    }
    assert_eq!(verified(database.pool()).await.broken, []);
}

#[tokio::test]
async fn whatever_is_changed_behind_the_log_is_found_where_it_is() {
    let fields = [
        ("UPDATE audit_log SET at = at + interval '1 microsecond' WHERE sequence = 3", Broken::Hash(3)),
        ("UPDATE audit_log SET actor = 'user:x' WHERE sequence = 3", Broken::Hash(3)),
        ("UPDATE audit_log SET action = 'user.added' WHERE sequence = 3", Broken::Hash(3)),
        ("UPDATE audit_log SET subject = '' WHERE sequence = 3", Broken::Hash(3)),
        ("UPDATE audit_log SET merchant_id = NULL WHERE sequence = 3", Broken::Hash(3)),
        ("UPDATE audit_log SET before = NULL WHERE sequence = 3", Broken::Hash(3)),
        ("UPDATE audit_log SET after = '' WHERE sequence = 3", Broken::Hash(3)),
        ("UPDATE audit_log SET trace_id = '1' WHERE sequence = 3", Broken::Hash(3)),
        ("DELETE FROM audit_log WHERE sequence IN (2, 3)", Broken::Missing { first: 2, last: 3 }),
        ("DELETE FROM audit_log WHERE sequence = 1", Broken::Missing { first: 1, last: 1 }),
        ("DELETE FROM audit_log WHERE sequence = 5", Broken::Head { head: 5, last: 4 }),
        ("DELETE FROM audit_log", Broken::Head { head: 5, last: 0 }),
        ("UPDATE audit_log_head SET hash = decode(repeat('11', 32), 'hex')", Broken::Hash(5)),
    ];
    for (statement, broken) in fields {
        let database = database().await;
        for number in 1..=5 {
            append_one(database.pool(), number).await;
        }
        tamper(database.pool(), statement).await;
        assert_eq!(verified(database.pool()).await.broken, [broken], "{statement}");
    }
}

#[test]
fn an_actor_is_named_by_kind_and_id() {
    let by = |principal| actor(&Caller { principal, via: None });
    let id = Uuid::from_u128(5);
    assert_eq!(by(Principal::User(UserId::from_uuid(id))), format!("user:{id}"));
    assert_eq!(by(Principal::Client(ClientId::from_uuid(id))), format!("client:{id}"));
    assert_eq!(by(Principal::Service(ServiceName::Launcher)), "service:launcher");
}
