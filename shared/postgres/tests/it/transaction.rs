use std::sync::atomic::{AtomicU32, Ordering};

use kvitt_postgres::{prepare_all, sql_state, transaction, unavailable, violated_constraint};
use kvitt_testing::TestServer;
use sqlx::{Executor, PgConnection, PgPool};

/// An error as services write it: the database's, shown through.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("refused by the rules")]
    Rules,
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

async fn accounts() -> PgPool {
    let server = TestServer::shared().await;
    let name = format!("accounts_{}", uuid::Uuid::new_v4().simple());
    let url = server.create_database(&name).await.expect("a fresh database takes a table");
    let pool = kvitt_postgres::connect(&url, 8).expect("a fresh database takes a table");
    pool.execute(
        "CREATE TABLE accounts (id int CONSTRAINT accounts_pkey PRIMARY KEY,
             balance int NOT NULL CONSTRAINT accounts_balance_not_negative CHECK (balance >= 0));
         INSERT INTO accounts VALUES (1, 100), (2, 100)",
    )
    .await
    .expect("a fresh database takes a table");
    pool
}

async fn balances(pool: &PgPool) -> Vec<i32> {
    sqlx::query_scalar("SELECT balance FROM accounts ORDER BY id")
        .fetch_all(pool)
        .await
        .expect("the table is there")
}

async fn take(tx: &mut PgConnection, id: i32, amount: i32) -> Result<(), sqlx::Error> {
    let statement = sqlx::query("UPDATE accounts SET balance = balance - $2 WHERE id = $1");
    statement.bind(id).bind(amount).execute(tx).await.map(drop)
}

#[tokio::test]
async fn an_error_rolls_the_whole_transaction_back() {
    let pool = accounts().await;
    let outcome = transaction!(&pool, "take", async |tx| -> Result<(), Refusal> {
        take(tx, 1, 10).await?;
        Err(Refusal::Rules)
    });
    assert!(matches!(outcome, Err(Refusal::Rules)));
    assert_eq!(balances(&pool).await, [100, 100]);
}

#[tokio::test(flavor = "multi_thread")]
async fn transactions_that_deadlock_run_again_and_both_commit() {
    let pool = accounts().await;
    let runs = &*Box::leak(Box::new(AtomicU32::new(0)));
    // Both hold their first row before either asks for its second: the first runs must deadlock.
    let both_hold_one = std::sync::Arc::new(tokio::sync::Barrier::new(2));
    // The victim runs again when the other has ended: sooner, it could take its first row back and deadlock once more.
    let ended = std::sync::Arc::new(tokio::sync::Semaphore::new(0));
    let tasks = [(1, 2), (2, 1)].map(|(first, second)| {
        let pool = pool.clone();
        let both_hold_one = both_hold_one.clone();
        let ended = ended.clone();
        // Spawned, because a use case must be able to run on any worker.
        tokio::spawn(async move {
            let mut first_run = true;
            let outcome = transaction!(&pool, "transfer", async |tx| -> Result<(), Refusal> {
                runs.fetch_add(1, Ordering::Relaxed);
                if !first_run {
                    ended.acquire().await.unwrap().forget();
                }
                take(tx, first, 10).await?;
                if std::mem::take(&mut first_run) {
                    both_hold_one.wait().await;
                }
                take(tx, second, 5).await?;
                Ok(())
            });
            ended.add_permits(1);
            outcome
        })
    });
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    assert_eq!(runs.load(Ordering::Relaxed), 3, "one of the two was the victim, once");
    assert_eq!(balances(&pool).await, [85, 85]);
}

#[tokio::test]
async fn a_conflict_that_never_ends_is_handed_to_the_caller() {
    let pool = accounts().await;
    let mut runs = 0;
    let outcome = transaction!(&pool, "conflict", async |tx| -> Result<(), sqlx::Error> {
        runs += 1;
        tx.execute("DO $$ BEGIN RAISE EXCEPTION 'again' USING ERRCODE = '40001'; END $$").await.map(drop)
    });
    assert_eq!(sql_state(&outcome.unwrap_err()).as_deref(), Some("40001"));
    assert_eq!(runs, 5);
}

#[tokio::test]
async fn a_violation_is_known_by_the_name_of_its_constraint() {
    let pool = accounts().await;
    let mut connection = pool.acquire().await.unwrap();
    let overdrawn = take(&mut connection, 1, 101).await.unwrap_err();
    assert_eq!(violated_constraint(&overdrawn), Some("accounts_balance_not_negative"));
    let twice = connection.execute("INSERT INTO accounts VALUES (1, 1)").await.unwrap_err();
    assert_eq!(violated_constraint(&twice), Some("accounts_pkey"));
    assert_eq!(sql_state(&twice).as_deref(), Some("23505"));
    assert!(!unavailable(&twice));
}

#[tokio::test]
async fn a_statement_that_does_not_fit_the_schema_is_named() {
    let pool = accounts().await;
    prepare_all(&pool, &["SELECT balance FROM accounts WHERE id = $1"]).await.unwrap();
    let refused = prepare_all(&pool, &["SELECT 1", "SELECT colour FROM accounts"]).await.unwrap_err();
    assert_eq!(refused.statement, "SELECT colour FROM accounts");
}
