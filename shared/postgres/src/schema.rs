//! Whether a database has the schema that a binary understands, and bringing it there.
//!
//! Releases overlap during an upgrade, so a schema may be newer than a binary: migrations expand first and contract a
//! release later. One that takes something away is called `NNNN_contract_MMMM_<what>.sql`: binaries that know migration
//! MMMM have stopped to use it. Every other one only adds, and older binaries go on with it.

use std::time::Duration;

use secrecy::SecretString;
use sqlx::{
    Connection, PgConnection,
    migrate::{MigrateError, Migrator},
    postgres::PgConnectOptions,
};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::{
    failure::{sql_state, unavailable},
    pool::{Error, lazy, options},
};

const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// How often a schema that does not fit is looked at again.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// What a binary needs of its database.
#[derive(Clone, Copy, Debug)]
pub struct Schema<'a> {
    /// The migrations that it knows.
    pub migrations: &'a Migrator,
    /// Whether somebody else runs them: then they are waited for.
    pub is_awaited: bool,
}

/// Why a binary cannot work with a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// The database is not there yet.
    #[error("the database is not there")]
    Absent,
    /// Migrations that the binary knows have not been run.
    #[error("the schema is older than this release: migration {0} has not been run")]
    Older(i64),
    /// What the binary uses has been taken away.
    #[error("the schema is newer than this release understands: migration {0} has taken away what it uses")]
    Contracted(i64),
    /// A migration was run that the binary should know, since it knows later ones.
    #[error("the schema is of another line of releases: migration {0} was run, and this release lacks it")]
    Unknown(i64),
    /// A migration was run with another text than the binary has.
    #[error("the schema is of another line of releases: migration {0} was run with another text")]
    Changed(i64),
    /// A migration did not come to its end.
    #[error("migration {0} was begun and not finished")]
    Unfinished(i64),
}

/// Waits until the schema is one that the binary understands, as long as it takes unless told to stop; brings it there
/// where it is older, unless that is awaited. Why it waits is logged once for each reason.
pub async fn prepare(
    url: &SecretString,
    schema: Schema<'_>,
    shutdown: &CancellationToken,
) -> Result<(), Error> {
    let options = options(url)?;
    let mut told = None;
    while let Err(unfit) = once_it_answers(&options, schema, shutdown).await? {
        if told.replace(unfit) != Some(unfit) {
            warn!(reason = %unfit, "not ready: the schema does not fit");
        }
        shutdown.run_until_cancelled(tokio::time::sleep(LOOK_EVERY)).await.ok_or(Error::Stopped)?;
    }
    Ok(())
}

/// Runs what has not been run, once the server answers; refuses a schema that does not fit.
pub(crate) async fn migrate(
    options: &PgConnectOptions,
    migrations: &Migrator,
    shutdown: &CancellationToken,
) -> Result<(), Error> {
    let schema = Schema { migrations, is_awaited: false };
    once_it_answers(options, schema, shutdown).await?.map_err(Error::Unfit)
}

/// Whether the schema fits, as soon as the server can be asked.
async fn once_it_answers(
    options: &PgConnectOptions,
    schema: Schema<'_>,
    shutdown: &CancellationToken,
) -> Result<Result<(), Unfit>, Error> {
    let mut pause = FIRST_PAUSE;
    loop {
        match shutdown.run_until_cancelled(attempt(options, schema)).await.ok_or(Error::Stopped)? {
            Ok(fit) => return Ok(fit),
            Err(error) if is_outage(&error) => {
                warn!(error = %error, pause_ms = pause.as_millis(), "the database cannot be reached yet");
            }
            Err(error) => return Err(Error::Migrate(error)),
        }
        shutdown.run_until_cancelled(tokio::time::sleep(pause)).await.ok_or(Error::Stopped)?;
        pause = LONGEST_PAUSE.min(pause * 2);
    }
}

/// One look, and what follows from it.
async fn attempt(options: &PgConnectOptions, schema: Schema<'_>) -> Result<Result<(), Unfit>, MigrateError> {
    let mut connection = match PgConnection::connect_with(options).await {
        Err(error) if schema.is_awaited && sql_state(&error).as_deref() == Some(NO_SUCH_DATABASE) => {
            return Ok(Err(Unfit::Absent));
        }
        connected => connected?,
    };
    let known = Known::of(schema.migrations);
    let mut fit = applied(&mut connection).await.map(|applied| known.judge(&applied));
    if matches!(fit, Ok(Err(Unfit::Older(_)))) && !schema.is_awaited {
        run(options, schema.migrations).await?;
        fit = applied(&mut connection).await.map(|applied| known.judge(&applied));
    }
    // The server sees a connection end that says nothing, too.
    let _said = connection.close().await;
    Ok(fit?)
}

/// Over a pool that is closed afterwards, and the lock of the migrations with it, however that went.
async fn run(options: &PgConnectOptions, migrations: &Migrator) -> Result<(), MigrateError> {
    let mut lenient = Migrator::with_migrations(migrations.iter().cloned().collect());
    lenient.set_ignore_missing(true);
    let pool = lazy(options.clone(), 1);
    let outcome = lenient.run(&pool).await;
    pool.close().await;
    outcome
}

const NO_SUCH_DATABASE: &str = "3D000";

/// A migration that was run.
#[derive(Clone, Debug, sqlx::FromRow)]
struct Applied {
    version: i64,
    description: String,
    success: bool,
    checksum: Vec<u8>,
}

/// Ascending; none where nothing was ever migrated.
async fn applied(connection: &mut PgConnection) -> Result<Vec<Applied>, sqlx::Error> {
    let has_table: bool = sqlx::query_scalar("SELECT to_regclass('_sqlx_migrations') IS NOT NULL")
        .fetch_one(&mut *connection)
        .await?;
    if !has_table {
        return Ok(Vec::new());
    }
    sqlx::query_as("SELECT version, description, success, checksum FROM _sqlx_migrations ORDER BY version")
        .fetch_all(connection)
        .await
}

/// The migrations that a binary knows: versions and checksums, ascending.
struct Known<'a>(Vec<(i64, &'a [u8])>);

impl<'a> Known<'a> {
    fn of(migrations: &'a Migrator) -> Self {
        let up = migrations.iter().filter(|one| !one.migration_type.is_down_migration());
        Self(up.map(|one| (one.version, &*one.checksum)).collect())
    }

    /// What stands against working with this schema.
    fn judge(&self, applied: &[Applied]) -> Result<(), Unfit> {
        let newest = self.0.last().map_or(0, |(version, _)| *version);
        for one in applied {
            if !one.success {
                return Err(Unfit::Unfinished(one.version));
            }
            match self.0.iter().find(|(version, _)| *version == one.version) {
                Some((_, checksum)) if *checksum != one.checksum => return Err(Unfit::Changed(one.version)),
                Some(_) => {}
                None if one.version < newest => return Err(Unfit::Unknown(one.version)),
                None if !one.leaves(newest) => return Err(Unfit::Contracted(one.version)),
                None => {}
            }
        }
        let run = |version| applied.iter().any(|one| one.version == version);
        match self.0.iter().find(|(version, _)| !run(*version)) {
            Some((missing, _)) => Err(Unfit::Older(*missing)),
            None => {
                let newer = applied.iter().filter(|one| one.version > newest).count();
                if newer > 0 {
                    info!(newer, "the schema is newer than this release, which goes on with it");
                }
                Ok(())
            }
        }
    }
}

impl Applied {
    /// Whether it leaves what a binary uses whose newest migration is `newest`. The description is the file's name with
    /// blanks for underscores.
    fn leaves(&self, newest: i64) -> bool {
        let mut words = self.description.split_whitespace();
        if words.next() != Some("contract") {
            return true;
        }
        words.next().and_then(|since| since.parse::<i64>().ok()).is_some_and(|since| newest >= since)
    }
}

fn is_outage(error: &MigrateError) -> bool {
    match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => unavailable(error),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
