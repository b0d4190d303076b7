//! Pools: one per service, lazy, so that a service starts and stays up without its database.

use std::{str::FromStr, time::Duration};

use secrecy::{ExposeSecret, SecretString};
use sqlx::{
    AssertSqlSafe, Connection, PgConnection, PgPool,
    migrate::{MigrateError, Migrator},
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tokio_util::sync::CancellationToken;
use tracing::info;
use url::Url;

use crate::{
    connections,
    failure::sql_state,
    schema::{self, Unfit},
};

/// How long a caller waits for a free connection before the database counts as unavailable.
const ACQUIRE_LIMIT: Duration = Duration::from_secs(5);
/// A connection that rested longer than this is asked whether it still lives before it is handed out.
const IDLE_BEFORE_PING: Duration = Duration::from_secs(1);

/// Why a pool could not be made ready.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The URL is not one of PostgreSQL; it is not repeated here, since it may hold a password.
    #[error("the database URL is not valid")]
    Url(#[source] sqlx::Error),
    /// The schema could not be brought up to date, and trying again would not help.
    #[error("the migrations failed")]
    Migrate(#[source] MigrateError),
    /// The schema is not one that this binary understands.
    #[error(transparent)]
    Unfit(Unfit),
    /// A database could not be created.
    #[error("could not create database {name}")]
    Create {
        /// The database's name.
        name: String,
        /// What PostgreSQL answered.
        #[source]
        source: sqlx::Error,
    },
    /// A database could not be dropped.
    #[error("could not drop database {name}")]
    Drop {
        /// The database's name.
        name: String,
        /// What PostgreSQL answered.
        #[source]
        source: sqlx::Error,
    },
    /// The service was told to stop before its database could be reached.
    #[error("stopped before the database could be reached")]
    Stopped,
}

/// A pool that connects when it is first used, and again whenever the server was lost.
pub fn connect(url: &SecretString, max_connections: u32) -> Result<PgPool, Error> {
    Ok(lazy(options(url)?, max_connections))
}

/// One plan for all parameters, by index from row to row.
const PLANS_BY_KEY: [(&str, &str); 4] = [
    ("plan_cache_mode", "force_generic_plan"),
    ("enable_hashjoin", "off"),
    ("enable_mergejoin", "off"),
    ("enable_seqscan", "off"),
];

/// The same for few statements that run often, with arrays of any length: PostgreSQL plans each once for every
/// connection instead of looking at its parameters again and again. (Citus plans such statements only without this.)
/// The plan is made when the tables may still be empty and is kept while they grow, so it must go by the keys: with a plan
/// that read whole tables the acquirer took 200 us for an operation instead of 20.
pub fn connect_planning_once(url: &SecretString, max_connections: u32) -> Result<PgPool, Error> {
    Ok(lazy(options(url)?.options(PLANS_BY_KEY), max_connections))
}

/// The same as [`connect`], for work that is done again when its commit is lost: a commit is there for everybody at once, but
/// durable only a moment later, with the next one that waits for the disk. Nothing may be acknowledged by it.
pub fn connect_repeatable(url: &SecretString, max_connections: u32) -> Result<PgPool, Error> {
    Ok(lazy(options(url)?.options([("synchronous_commit", "off")]), max_connections))
}

pub(crate) fn lazy(options: PgConnectOptions, max_connections: u32) -> PgPool {
    let database = options.get_database().unwrap_or_default().to_owned();
    let pool = PgPoolOptions::new()
        .max_connections(max_connections)
        .acquire_timeout(ACQUIRE_LIMIT)
        .test_before_acquire(false)
        .before_acquire(|connection, rest| {
            Box::pin(async move {
                if rest.idle_for > IDLE_BEFORE_PING {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .connect_lazy_with(options);
    connections::tell_of(&pool, database, max_connections);
    pool
}

/// A pool whose schema is up to date. Waits for the server as long as it takes, unless told to stop.
pub async fn connect_and_migrate(
    url: &SecretString,
    max_connections: u32,
    migrations: &Migrator,
    shutdown: &CancellationToken,
) -> Result<PgPool, Error> {
    let options = options(url)?;
    schema::migrate(&options, migrations, shutdown).await?;
    Ok(lazy(options, max_connections))
}

/// Creates a database on the server of `url`, whatever database that names. It may exist already.
/// Answers the URL of the new one.
pub async fn create_database(url: &SecretString, name: &str) -> Result<SecretString, Error> {
    let server = options(url)?.database("postgres");
    create(&server, name).await.map_err(|source| Error::Create { name: name.to_owned(), source })?;
    info!(database = name, "database is there");
    database_url(url, name)
}

/// Whoever may not create databases may still use one that is there.
async fn create(server: &PgConnectOptions, name: &str) -> Result<(), sqlx::Error> {
    let mut connection = PgConnection::connect_with(server).await?;
    let there: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)")
        .bind(name)
        .fetch_one(&mut connection)
        .await?;
    connection.close().await?;
    if there {
        return Ok(());
    }
    match execute(server, format!("CREATE DATABASE {}", quoted(name))).await {
        Err(error) if MADE_MEANWHILE.iter().any(|state| sql_state(&error).as_deref() == Some(state)) => {
            Ok(())
        }
        created => created,
    }
}

/// The URL of another database on the server of `url`, to be reached in the same way; nobody asks whether it is there.
pub fn database_url(url: &SecretString, name: &str) -> Result<SecretString, Error> {
    options(url)?;
    let mut url = Url::parse(url.expose_secret())
        .map_err(|error| Error::Url(sqlx::Error::Configuration(error.into())))?;
    url.set_path(name);
    let rest: Vec<_> = url.query_pairs().into_owned().filter(|(key, _)| key != "dbname").collect();
    url.set_query(None);
    if !rest.is_empty() {
        url.query_pairs_mut().extend_pairs(rest);
    }
    Ok(SecretString::from(String::from(url)))
}

/// Drops a database on the server of `url`, whoever is connected to it; it may be absent.
pub async fn drop_database(url: &SecretString, name: &str) -> Result<(), Error> {
    let server = options(url)?.database("postgres");
    execute(&server, format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", quoted(name)))
        .await
        .map_err(|source| Error::Drop { name: name.to_owned(), source })
}

/// A duplicate database; and how that looks when two are created at the same moment.
const MADE_MEANWHILE: [&str; 2] = ["42P04", "23505"];

/// One statement over a connection of its own.
pub(crate) async fn execute(options: &PgConnectOptions, statement: String) -> Result<(), sqlx::Error> {
    let mut connection = PgConnection::connect_with(options).await?;
    // Names of databases cannot be bound as parameters; every caller quotes them.
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await?;
    connection.close().await
}

pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The URL of a database, as a value parser of clap. A refusal does not repeat it, since it may hold a password.
pub fn parse_url(text: &str) -> Result<SecretString, InvalidUrl> {
    let is_ours = SCHEMES.iter().any(|scheme| text.starts_with(scheme));
    if !is_ours || PgConnectOptions::from_str(text).is_err() {
        return Err(InvalidUrl);
    }
    Ok(SecretString::from(text))
}

const SCHEMES: [&str; 2] = ["postgres://", "postgresql://"];

/// The text is not the URL of a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a URL of PostgreSQL, postgres://user:password@host/database")]
pub struct InvalidUrl;

pub(crate) fn options(url: &SecretString) -> Result<PgConnectOptions, Error> {
    PgConnectOptions::from_str(url.expose_secret()).map_err(Error::Url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_database_is_reached_in_the_same_way() {
        let table = [
            ("postgres://kvitt:s%40cret@db:5433/postgres", "postgres://kvitt:s%40cret@db:5433/kvitt_qr"),
            (
                "postgres://kvitt@db/postgres?sslmode=verify-full&sslrootcert=/database/ca.crt",
                "postgres://kvitt@db/kvitt_qr?sslmode=verify-full&sslrootcert=%2Fdatabase%2Fca.crt",
            ),
            (
                "postgresql:///postgres?host=/tmp/x&user=kvitt",
                "postgresql:///kvitt_qr?host=%2Ftmp%2Fx&user=kvitt",
            ),
            ("postgres://db?dbname=postgres", "postgres://db/kvitt_qr"),
        ];
        for (url, expected) in table {
            let other = database_url(&url.to_owned().into(), "kvitt_qr").unwrap();
            assert_eq!(other.expose_secret(), expected);
            let options = options(&other).unwrap();
            assert_eq!(options.get_database(), Some("kvitt_qr"), "{url}");
        }
        assert!(database_url(&"mysql".to_owned().into(), "x").is_err());
    }

    #[test]
    fn a_url_of_postgresql_is_told_from_others() {
        for good in ["postgres://kvitt:secret@db/payment", "postgresql:///kvitt?host=/tmp&user=kvitt"] {
            assert!(parse_url(good).is_ok(), "{good}");
        }
        for bad in ["", "payment", "mysql://db/payment", "postgres://db:port/payment", "http://db"] {
            assert!(parse_url(bad).is_err(), "{bad}");
        }
    }
}
