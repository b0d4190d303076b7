use kvitt_primitives::OperationId;
use kvitt_testing::TestDatabase;
use sqlx::PgPool;
use uuid::Uuid;

use super::*;
use crate::{
    domain::transaction::{Meaning, Status},
    engine::Answer,
    fixture::{self, Access, MSN},
    store::transactions::{Transaction, search},
};

async fn ground() -> (TestDatabase, App) {
    let database = TestDatabase::create("payment", &crate::MIGRATIONS).await;
    let app = fixture::app(&database, &Access::default()).await;
    (database, app)
}

async fn done(app: &App, submission: crate::engine::Submission) {
    let answer = app.engine.submit(submission).await;
    assert!(matches!(answer, Answer::Done(_)), "{answer:?}");
}

async fn authorized(app: &App, reference: &str) {
    let operation = OperationId::from_uuid(Uuid::now_v7());
    done(app, fixture::create(reference, &format!("create-{reference}"))).await;
    done(app, fixture::reserve(reference, operation)).await;
    done(app, fixture::reserved(reference, operation)).await;
}

/// Copies everything that there is.
async fn copy_all(app: &App) {
    for head in app.engine.parts().heads() {
        let mut connection = app.pool.acquire().await.unwrap();
        let written: i64 = sqlx::query_scalar("SELECT next_pos - 1 FROM log_head WHERE part = $1")
            .bind(head.part)
            .fetch_one(&mut *connection)
            .await
            .unwrap();
        while copy::cursor(&mut connection, head.part).await.unwrap() < written {
            pass(app, head.part).await.unwrap();
        }
    }
}

async fn all(pool: &PgPool) -> Vec<Transaction> {
    found(pool, None).await
}

async fn found(pool: &PgPool, meaning: Option<Meaning>) -> Vec<Transaction> {
    let filter = search::Filter {
        msns: vec![MSN.parse().unwrap()],
        from: chrono::DateTime::UNIX_EPOCH,
        before: "9999-01-01T00:00:00Z".parse().unwrap(),
        statuses: Vec::new(),
        payment_link_id: None,
    };
    let mut connection = pool.acquire().await.unwrap();
    search::page(&mut connection, &filter, meaning.as_ref(), None, 100).await.unwrap()
}

#[tokio::test]
async fn a_payment_is_copied_as_it_stands_and_changes_with_the_log() {
    let (database, app) = ground().await;
    authorized(&app, "reference-1").await;
    copy_all(&app).await;
    let copied = all(database.pool()).await;
    assert_eq!(copied.len(), 1);
    assert_eq!((copied[0].status, copied[0].sums.authorized), (Status::Reserved, 1000));

    done(&app, fixture::capture("reference-1", 400, "capture")).await;
    copy_all(&app).await;
    let changed = all(database.pool()).await;
    assert_eq!((changed[0].status, changed[0].sums.captured), (Status::Captured, 400));
    assert_eq!(changed[0].created_at, copied[0].created_at);
    assert!(changed[0].changed_at >= copied[0].changed_at);
    let by_beginning = found(database.pool(), Some(Meaning::Beginning("referen".to_owned()))).await;
    assert_eq!(by_beginning, changed);
    assert_eq!(found(database.pool(), Some(Meaning::Amount(1000))).await, changed);
    assert_eq!(found(database.pool(), Some(Meaning::Id(changed[0].payment_id))).await, changed);
}

#[tokio::test]
async fn a_refused_create_is_no_payment() {
    let (database, app) = ground().await;
    done(&app, fixture::create("reference-1", "first")).await;
    let taken = app.engine.submit(fixture::create("reference-1", "second")).await;
    assert!(matches!(taken, Answer::Refused(_)), "{taken:?}");
    copy_all(&app).await;
    assert_eq!(all(database.pool()).await.len(), 1);
}

#[tokio::test]
async fn what_another_instance_has_copied_is_not_copied_again() {
    let (database, app) = ground().await;
    authorized(&app, "reference-1").await;
    let part = app.engine.parts().of(&MSN.parse().unwrap(), 0).unwrap();
    let mut connection = app.pool.acquire().await.unwrap();
    let stretch = Stretch { part, after: 0, until: 2, limit: BATCH };
    let early = store::feed::read(&mut connection, stretch, None).await.unwrap();
    copy_all(&app).await;
    let before = all(database.pool()).await;
    let late = copy::apply(&mut connection, Step { part, from: 0, to: 2 }, &early).await.unwrap();
    assert!(!late);
    assert_eq!(all(database.pool()).await, before);
}

#[tokio::test]
async fn the_copy_can_be_emptied_and_fills_again() {
    let (database, app) = ground().await;
    for number in 1..=3 {
        authorized(&app, &format!("reference-{number}")).await;
    }
    copy_all(&app).await;
    let before = all(database.pool()).await;
    for statement in ["DELETE FROM transactions", "UPDATE transaction_cursors SET pos = 0"] {
        sqlx::query(statement).execute(database.pool()).await.unwrap();
    }
    copy_all(&app).await;
    assert_eq!(all(database.pool()).await, before);
}

#[tokio::test]
async fn parts_of_a_later_division_wait_for_the_earlier_ones() {
    let (database, app) = ground().await;
    authorized(&app, "reference-1").await;
    crate::grow(database.pool(), 3).await.unwrap();
    assert!(!is_ready(&app, 2).await, "something of the first division has not been copied");
    let mut connection = app.pool.acquire().await.unwrap();
    copy_all(&app).await;
    assert!(is_ready(&app, 2).await);
    assert!(copy::is_ready(&mut connection, 0).await.unwrap());
}
