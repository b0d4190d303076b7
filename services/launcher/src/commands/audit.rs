//! `kvitt audit`: whether every øre adds up, on both sides, and nobody has touched the audit logs.

use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use anyhow::{Context, bail};
use kvitt_launcher::Databases;
use kvitt_postgres::server::{Existing, PrivateServer};
use secrecy::SecretString;

use super::installation::{DATABASE_PREFIX, Installation, Opened, Place};

/// For the walk, and for the snapshots taken before and after.
const CONNECTIONS: u32 = 2;
/// PostgreSQL's code for a database that is not there.
const NO_DATABASE: &str = "3D000";
/// There are findings.
const WRONG: u8 = 1;
/// The audit could not be made.
const UNKNOWN: u8 = 2;

/// The options of `kvitt audit`.
#[derive(Debug, clap::Args)]
#[command(mut_arg("log", |log| log.default_value("warn")))]
#[command(after_help = "\
Walks every payment, every row of the log and every operation at the acquirer, every ledger with its transfers and payouts \
beside the payments and the bank, and the audit logs of users, keys and merchants, whose entries are chained by hashes. Prints one line for each thing that is wrong, then what was checked and \
the last hash of each audit log. Nothing is changed.

It works on a stopped platform, whose private PostgreSQL server it starts and stops again, on a running one, and with \
--database-url on any server.

Exit code: 0 nothing is wrong, 1 there are findings, 2 the audit could not be made.")]
pub(crate) struct Audit {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    pub(crate) telemetry: kvitt_runtime::main::TelemetryOptions,
}

pub(crate) async fn run(audit: Audit) -> ExitCode {
    match findings(audit.place).await {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::from(WRONG),
        Err(error) => {
            eprintln!("kvitt: {error:#}");
            ExitCode::from(UNKNOWN)
        }
    }
}

/// Prints what is wrong, and answers how much it is.
async fn findings(place: Place) -> anyhow::Result<u64> {
    if let Some(url) = place.database_url() {
        return audit(&url).await;
    }
    if !place.data().is_dir() {
        bail!("there is no installation in {}; name another folder with --data", place.data().display());
    }
    match Installation::open_or_find_in_use(place)? {
        Opened::Ours(installation) => {
            let databases = installation.databases(Existing::Keep).await?;
            let Databases::Private(server) = databases else { bail!("another server was named") };
            let outcome = audit(&server.url("postgres")).await;
            server.stop().await;
            outcome
        }
        Opened::InUse(place) => {
            let server = PrivateServer::url_of_running(&place.server_folder(), "postgres")?;
            let url = server.with_context(|| {
                format!(
                    "{} is in use by another kvitt, which has no PostgreSQL server of its own; name its server \
                     with --database-url, or stop it",
                    place.data().display()
                )
            })?;
            audit(&url).await
        }
    }
}

async fn audit(server: &SecretString) -> anyhow::Result<u64> {
    let pool = |service: &str| {
        let url = kvitt_postgres::database_url(server, &format!("{DATABASE_PREFIX}{service}"))?;
        kvitt_postgres::connect(&url, CONNECTIONS)
    };
    let (access, merchant) = (pool("access")?, pool("merchant")?);
    let (payment, wallet, settlement) = (pool("payment")?, pool("wallet")?, pool("settlement")?);
    let now = kvitt_access::business_now(&access).await.context("could not read the business time")?;
    let mut output = io::stdout().lock();
    // Whoever closed our output does not want to read it; the exit code says enough.
    let found = |finding| drop(writeln!(output, "{finding}"));
    let money = kvitt_launcher::audit::audit(&payment, &wallet, now, found).await;
    let found = |finding| drop(writeln!(output, "{finding}"));
    let ledgers = kvitt_launcher::ledger_audit::audit(&settlement, &payment, &merchant, found).await;
    let touched = |service: &str, broken: &_| drop(writeln!(output, "{service}: {broken}"));
    let logs = kvitt_launcher::audit_log::audit(&access, &merchant, touched).await;
    for pool in [access, merchant, payment, wallet, settlement] {
        pool.close().await;
    }
    let money = money.context("could not read the databases")?;
    let ledgers = match ledgers {
        Ok(ledgers) => ledgers,
        // As after a benchmark of payments alone.
        Err(error) if kvitt_postgres::sql_state(&error).as_deref() == Some(NO_DATABASE) => {
            writeln!(output, "there is no database of settlement, so no ledgers were checked").ok();
            Default::default()
        }
        Err(error) => return Err(error).context("could not read the ledgers"),
    };
    let logs = logs.context("could not read the logs")?;
    write!(output, "{money}\n{ledgers}\n{logs}").ok();
    Ok(money.findings + ledgers.findings + logs.findings())
}
