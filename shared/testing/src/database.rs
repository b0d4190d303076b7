//! A database per test: the service's migrations run once per process, and each test gets a copy.

use std::collections::HashSet;

use secrecy::SecretString;
use sqlx::{PgPool, migrate::Migrator};
use tokio::sync::Mutex;
use uuid::Uuid;

use crate::TestServer;

const MAX_CONNECTIONS: u32 = 20;

/// An empty database with a service's schema, for one test alone.
#[derive(Debug)]
pub struct TestDatabase {
    pool: PgPool,
    url: SecretString,
}

impl TestDatabase {
    /// A fresh database with the schema of `service`.
    pub async fn create(service: &'static str, migrations: &'static Migrator) -> Self {
        let server = TestServer::shared().await;
        let template = format!("template_{service}");
        prepare_template(service, &template, migrations).await;
        let name = format!("{service}_{}", Uuid::new_v4().simple());
        let url = server.clone_database(&template, &name).await.expect("the template can be cloned");
        let pool = kvitt_postgres::connect(&url, MAX_CONNECTIONS).expect("the URL is ours");
        Self { pool, url }
    }

    /// A pool on it.
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Its URL, for code that opens a pool of its own.
    pub fn url(&self) -> &SecretString {
        &self.url
    }
}

/// Makes the template once per process. Nobody is connected to it any more when this returns, or it could not be cloned.
async fn prepare_template(service: &'static str, template: &str, migrations: &Migrator) {
    static DONE: Mutex<Option<HashSet<&'static str>>> = Mutex::const_new(None);
    let mut done = DONE.lock().await;
    if !done.get_or_insert_default().insert(service) {
        return;
    }
    let server = TestServer::shared().await;
    let url = server.create_database(template).await.expect("a database can be created");
    let pool = kvitt_postgres::connect(&url, 1).expect("the URL is ours");
    migrations.run(&pool).await.expect("the migrations run on an empty database");
    pool.close().await;
}

#[cfg(test)]
mod tests {
    use sqlx::Executor as _;

    use super::*;

    static NO_MIGRATIONS: Migrator = Migrator::DEFAULT;

    #[tokio::test]
    async fn every_test_has_a_database_of_its_own() {
        let (one, other) = tokio::join!(
            TestDatabase::create("testing", &NO_MIGRATIONS),
            TestDatabase::create("testing", &NO_MIGRATIONS)
        );
        one.pool().execute("CREATE TABLE mine (id int)").await.unwrap();
        assert!(one.pool().execute("TABLE mine").await.is_ok());
        assert!(other.pool().execute("TABLE mine").await.is_err());
    }

    #[tokio::test]
    async fn a_migrated_template_is_what_every_copy_has() {
        let database = TestDatabase::create("testing", &NO_MIGRATIONS).await;
        let tables: i64 = sqlx::query_scalar("SELECT count(*) FROM _sqlx_migrations")
            .fetch_one(database.pool())
            .await
            .unwrap();
        assert_eq!(tables, 0);
    }
}
