//! Pools: one per service, lazy, so that a service starts and stays up without its database.

use std::{str::FromStr, time::Duration};

use secrecy::{ExposeSecret, SecretString};
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, PgConnection, PgPool,
    migrate::{MigrateError, Migrator},
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::failure::{sql_state, unavailable};

/// How long a caller waits for a free connection before the database counts as unavailable.
const ACQUIRE_LIMIT: Duration = Duration::from_secs(5);
/// A connection that rested longer than this is asked whether it still lives before it is handed out.
const IDLE_BEFORE_PING: Duration = Duration::from_secs(1);
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Why a pool could not be made ready.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The URL is not one of PostgreSQL; it is not repeated here, since it may hold a password.
    #[error("the database URL is not valid")]
    Url(#[source] sqlx::Error),
    /// The schema could not be brought up to date, and trying again would not help.
    #[error("the migrations failed")]
    Migrate(#[source] MigrateError),
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

fn lazy(options: PgConnectOptions, max_connections: u32) -> PgPool {
    PgPoolOptions::new()
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
        .connect_lazy_with(options)
}

/// A pool whose schema is up to date. Waits for the server as long as it takes, unless told to stop.
pub async fn connect_and_migrate(
    url: &SecretString,
    max_connections: u32,
    migrations: &Migrator,
    shutdown: &CancellationToken,
) -> Result<PgPool, Error> {
    let pool = connect(url, max_connections)?;
    let mut pause = FIRST_PAUSE;
    loop {
        let attempt = shutdown.run_until_cancelled(migrations.run(&pool)).await.ok_or(Error::Stopped)?;
        match attempt {
            Ok(()) => return Ok(pool),
            Err(error) if is_outage(&error) => {
                warn!(error = %error, pause_ms = pause.as_millis(), "the database cannot be reached yet");
            }
            Err(error) => return Err(Error::Migrate(error)),
        }
        shutdown.run_until_cancelled(tokio::time::sleep(pause)).await.ok_or(Error::Stopped)?;
        pause = LONGEST_PAUSE.min(pause * 2);
    }
}

/// Creates a database on the server of `url`, whatever database that names. It may exist already.
/// Answers the URL of the new one.
pub async fn create_database(url: &SecretString, name: &str) -> Result<SecretString, Error> {
    let server = options(url)?;
    let create = format!("CREATE DATABASE {}", quoted(name));
    execute(&server.clone().database("postgres"), create)
        .await
        .or_else(
            |error| {
                if sql_state(&error).as_deref() == Some(DUPLICATE_DATABASE) { Ok(()) } else { Err(error) }
            },
        )
        .map_err(|source| Error::Create { name: name.to_owned(), source })?;
    info!(database = name, "database is there");
    database_url(url, name)
}

/// The URL of another database on the server of `url`; nobody asks whether it is there.
pub fn database_url(url: &SecretString, name: &str) -> Result<SecretString, Error> {
    Ok(SecretString::from(options(url)?.database(name).to_url_lossy().to_string()))
}

/// Drops a database on the server of `url`, whoever is connected to it; it may be absent.
pub async fn drop_database(url: &SecretString, name: &str) -> Result<(), Error> {
    let server = options(url)?.database("postgres");
    execute(&server, format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", quoted(name)))
        .await
        .map_err(|source| Error::Drop { name: name.to_owned(), source })
}

const DUPLICATE_DATABASE: &str = "42P04";

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

fn options(url: &SecretString) -> Result<PgConnectOptions, Error> {
    PgConnectOptions::from_str(url.expose_secret()).map_err(Error::Url)
}

fn is_outage(error: &MigrateError) -> bool {
    match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => unavailable(error),
        _ => false,
    }
}
