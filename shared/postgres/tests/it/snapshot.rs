use kvitt_testing::TestDatabase;
use sqlx::{Executor as _, migrate::Migrator};

static NO_MIGRATIONS: Migrator = Migrator::DEFAULT;

#[tokio::test]
async fn a_snapshot_sees_what_was_and_cannot_write() {
    let database = TestDatabase::create("snapshot", &NO_MIGRATIONS).await;
    database.pool().execute("CREATE TABLE numbers (number bigint)").await.unwrap();
    let mut snapshot = kvitt_postgres::snapshot(database.pool()).await.unwrap();
    database.pool().execute("INSERT INTO numbers VALUES (1)").await.unwrap();
    let seen: i64 =
        sqlx::query_scalar("SELECT count(*) FROM numbers").fetch_one(&mut *snapshot).await.unwrap();
    assert_eq!(seen, 0);
    let refused = snapshot.execute("INSERT INTO numbers VALUES (2)").await.unwrap_err();
    assert_eq!(kvitt_postgres::sql_state(&refused).as_deref(), Some("25006"));
}
