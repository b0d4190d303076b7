use std::borrow::Cow;

use kvitt_testing::TestServer;
use sqlx::{Executor as _, SqlSafeStr as _, migrate::Migration, migrate::MigrationType};
use uuid::Uuid;

use super::*;

/// A release that knows these migrations: version, name with blanks, and text.
fn release(migrations: &[(i64, &'static str, &'static str)]) -> Migrator {
    let of = |(version, name, text): &(i64, &'static str, &'static str)| {
        Migration::new(*version, Cow::Borrowed(*name), MigrationType::Simple, text.into_sql_str(), false)
    };
    Migrator::with_migrations(migrations.iter().map(of).collect())
}

const FIRST: (i64, &str, &str) = (1, "first", "CREATE TABLE one (id int, old int)");
const ADDS: (i64, &str, &str) = (2, "adds", "ALTER TABLE one ADD COLUMN fresh int");
const CONTRACTS: (i64, &str, &str) = (3, "contract 0002 old", "ALTER TABLE one DROP COLUMN old");

/// A database of its own on the tests' server.
async fn database() -> SecretString {
    let server = TestServer::shared().await;
    let name = format!("schema_{}", Uuid::new_v4().simple());
    crate::create_database(&server.url("postgres"), &name).await.unwrap()
}

async fn migrated(url: &SecretString, migrations: &Migrator) -> Result<(), Error> {
    migrate(&options(url).unwrap(), migrations, &CancellationToken::new()).await
}

/// What a binary that waits for its schema finds.
async fn found(url: &SecretString, migrations: &Migrator) -> Result<(), Unfit> {
    attempt(&options(url).unwrap(), Schema { migrations, is_awaited: true }).await.unwrap()
}

#[tokio::test]
async fn an_older_schema_is_brought_up_to_date_unless_that_is_awaited() {
    let (url, old, new) = (database().await, release(&[FIRST]), release(&[FIRST, ADDS]));
    assert_eq!(found(&url, &old).await, Err(Unfit::Older(1)));
    migrated(&url, &old).await.unwrap();
    assert_eq!(found(&url, &old).await, Ok(()));
    assert_eq!(found(&url, &new).await, Err(Unfit::Older(2)), "looking runs nothing");
    migrated(&url, &new).await.unwrap();
    assert_eq!(found(&url, &new).await, Ok(()));
}

#[tokio::test]
async fn an_older_release_goes_on_with_what_was_only_added() {
    let (url, old, new) = (database().await, release(&[FIRST]), release(&[FIRST, ADDS]));
    migrated(&url, &new).await.unwrap();
    assert_eq!(found(&url, &old).await, Ok(()));
    migrated(&url, &old).await.unwrap();
    assert_eq!(found(&url, &new).await, Ok(()), "the older release takes nothing back");
}

#[tokio::test]
async fn what_was_taken_away_stops_only_those_who_use_it() {
    let (url, newest) = (database().await, release(&[FIRST, ADDS, CONTRACTS]));
    migrated(&url, &newest).await.unwrap();
    assert_eq!(found(&url, &release(&[FIRST, ADDS])).await, Ok(()), "it stopped to use it");
    assert_eq!(found(&url, &release(&[FIRST])).await, Err(Unfit::Contracted(3)));
    let refused = migrated(&url, &release(&[FIRST])).await.unwrap_err();
    assert!(matches!(refused, Error::Unfit(Unfit::Contracted(3))), "{refused:?}");
}

#[tokio::test]
async fn a_schema_of_another_line_of_releases_does_not_fit() {
    let url = database().await;
    migrated(&url, &release(&[FIRST, ADDS])).await.unwrap();
    let changed = release(&[FIRST, (2, "adds", "ALTER TABLE one ADD COLUMN other int")]);
    assert_eq!(found(&url, &changed).await, Err(Unfit::Changed(2)));
    let lacking = release(&[FIRST, (3, "later", "SELECT 1")]);
    assert_eq!(found(&url, &lacking).await, Err(Unfit::Unknown(2)));
    let pool = crate::connect(&url, 1).unwrap();
    pool.execute("UPDATE _sqlx_migrations SET success = false WHERE version = 2").await.unwrap();
    assert_eq!(found(&url, &release(&[FIRST, ADDS])).await, Err(Unfit::Unfinished(2)));
}

#[tokio::test]
async fn a_contraction_that_names_no_migration_stops_every_older_release() {
    let (url, newest) = (database().await, release(&[FIRST, (2, "contract old", "SELECT 1")]));
    migrated(&url, &newest).await.unwrap();
    assert_eq!(found(&url, &release(&[FIRST])).await, Err(Unfit::Contracted(2)));
}

#[tokio::test]
async fn whoever_waits_is_ready_when_somebody_else_has_migrated() {
    let (url, migrations) = (database().await, release(&[FIRST]));
    let shutdown = CancellationToken::new();
    let waiting = prepare(&url, Schema { migrations: &migrations, is_awaited: true }, &shutdown);
    let other = async {
        tokio::task::yield_now().await;
        migrated(&url, &migrations).await.unwrap();
    };
    let (ready, ()) = tokio::join!(waiting, other);
    ready.unwrap();
    assert_eq!(found(&url, &migrations).await, Ok(()));
}

#[tokio::test]
async fn a_database_that_is_not_there_is_waited_for_until_the_stop() {
    let server = TestServer::shared().await.url("postgres");
    let absent = crate::database_url(&server, "nobody_made_this").unwrap();
    let (migrations, shutdown) = (release(&[FIRST]), CancellationToken::new());
    assert_eq!(found(&absent, &migrations).await, Err(Unfit::Absent));
    let schema = Schema { migrations: &migrations, is_awaited: true };
    let stop = async { shutdown.cancel() };
    let (waited, ()) = tokio::join!(prepare(&absent, schema, &shutdown), stop);
    assert!(matches!(waited, Err(Error::Stopped)), "{waited:?}");
}

#[tokio::test]
async fn many_may_migrate_at_the_same_moment() {
    let server = TestServer::shared().await.url("postgres");
    let name = format!("schema_{}", Uuid::new_v4().simple());
    let migrations = release(&[FIRST, ADDS, CONTRACTS]);
    let one = || async {
        let url = crate::create_database(&server, &name).await.unwrap();
        migrated(&url, &migrations).await.unwrap();
        url
    };
    let (url, ..) = tokio::join!(one(), one(), one(), one(), one(), one(), one(), one());
    assert_eq!(found(&url, &migrations).await, Ok(()));
}
