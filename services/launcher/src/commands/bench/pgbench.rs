//! PostgreSQL's own benchmark, on the same server: what everything is compared with.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
};

use anyhow::{Context as _, bail};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use tokio::process::Command;
use url::Url;

use super::{ground::Ground, proc};

/// As the engine study measured it.
const CLIENTS: &str = "16";
const THREADS: &str = "2";

const INSERT_TABLE: &str = "CREATE TABLE insert_one (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, account integer NOT NULL, amount integer NOT NULL,
    note text NOT NULL)";
const INSERT_SCRIPT: &str = "\\set account random(1, 100000)
\\set amount random(1, 10000)
INSERT INTO insert_one (account, amount, note) VALUES (:account, :amount, 'one row');
";

/// `pgbench` with a database of its own.
#[derive(Debug)]
pub(crate) struct Pgbench {
    program: PathBuf,
    database: SecretString,
    script: PathBuf,
}

/// Which benchmark.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    /// The built-in one, like TPC-B.
    Tpcb,
    /// One row into one table.
    Insert,
}

/// What one run gave.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Outcome {
    pub(crate) transactions_per_s: f64,
    pub(crate) latency_ms: f64,
    pub(crate) transactions: u64,
    /// Processor time of `pgbench` itself.
    pub(crate) client_us: u64,
    /// Processor time of PostgreSQL, where it is on this machine.
    pub(crate) postgres_us: Option<u64>,
    pub(crate) wal_syncs: i64,
    pub(crate) wal_bytes: i64,
}

impl Pgbench {
    /// Finds the program and fills the tables.
    pub(crate) async fn prepare(ground: &Ground, scale: u32) -> anyhow::Result<Self> {
        let program = find(ground).await?;
        let database = ground.create_database("pgbench").await?;
        let script = ground.data().join("insert.sql");
        std::fs::write(&script, INSERT_SCRIPT).context("could not write the script for pgbench")?;
        let pgbench = Self { program, database, script };
        pgbench.run(&["-i", "-q", "-s", &scale.to_string()]).await?;
        let pool = kvitt_postgres::connect(&pgbench.database, 1)?;
        sqlx::query(INSERT_TABLE).execute(&pool).await?;
        pool.close().await;
        Ok(pgbench)
    }

    /// Runs one benchmark for some seconds.
    pub(crate) async fn measure(&self, ground: &Ground, kind: Kind, seconds: u64) -> anyhow::Result<Outcome> {
        let watched = proc::Watched { postmaster: ground.postmaster(), others: Vec::new() };
        let (wal, cost, client) = (ground.wal().await?, watched.cost(), proc::reaped_by_us_us());
        let seconds = seconds.max(1).to_string();
        let mut arguments = vec!["-n", "-M", "prepared", "-c", CLIENTS, "-j", THREADS, "-T", &seconds];
        let script = self.script.display().to_string();
        if let Kind::Insert = kind {
            arguments.extend(["-f", &script]);
        }
        let output = self.run(&arguments).await?;
        let measured = parse(&output).with_context(|| format!("pgbench said something else:\n{output}"))?;
        let (after, spent) = (ground.wal().await?, proc::spent(&cost, &watched.cost()));
        Ok(Outcome {
            client_us: proc::reaped_by_us_us().saturating_sub(client),
            postgres_us: spent.get(proc::POSTGRES).copied(),
            wal_syncs: after.syncs - wal.syncs,
            wal_bytes: after.bytes - wal.bytes,
            ..measured
        })
    }

    async fn run(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let mut command = Command::new(&self.program);
        command.args(arguments);
        connect(&mut command, &self.database)?;
        command.stdin(Stdio::null()).kill_on_drop(true);
        let output = command.output().await.context("could not run pgbench")?;
        if !output.status.success() {
            let errors = String::from_utf8_lossy(&output.stderr);
            bail!("pgbench failed: {}", errors.trim().lines().last().unwrap_or_default());
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

/// Says where the server is, after all options. The password goes by the environment, since arguments are there for all to see.
fn connect(command: &mut Command, database: &SecretString) -> anyhow::Result<()> {
    let mut url = Url::parse(database.expose_secret()).context("the database URL is not one")?;
    if let Some(password) = url.password() {
        // The decoder of forms takes a plus for a space, and a URL does not.
        let form = format!("p={}", password.replace('+', "%2B"));
        let decoded =
            url::form_urlencoded::parse(form.as_bytes()).next().map(|(_, password)| password.into_owned());
        command.env("PGPASSWORD", decoded.unwrap_or_default());
        url.set_password(None).ok().context("the database URL takes no password")?;
    }
    // libpq takes a URL in place of a name.
    command.arg(url.as_str());
    Ok(())
}

/// Beside the server's own programs, else wherever PATH says.
async fn find(ground: &Ground) -> anyhow::Result<PathBuf> {
    let beside = ground.program_folder().await.map(|folder| folder.join("pgbench"));
    let in_path = std::env::var_os("PATH").unwrap_or_default();
    let in_path = std::env::split_paths(&in_path).map(|folder| folder.join("pgbench")).collect::<Vec<_>>();
    beside.into_iter().chain(in_path).find(|program| is_program(program)).context(
        "pgbench was not found beside the PostgreSQL server nor in PATH; it comes with PostgreSQL's client or contrib \
         package, and --pg-bin names its folder",
    )
}

fn is_program(path: &Path) -> bool {
    path.is_file()
}

/// The lines of `pgbench` that count.
fn parse(output: &str) -> Option<Outcome> {
    let after = |start: &str| {
        let line = output.lines().find_map(|line| line.strip_prefix(start))?;
        line.split_ascii_whitespace().next()
    };
    Some(Outcome {
        transactions_per_s: after("tps = ")?.parse().ok()?,
        latency_ms: after("latency average = ")?.parse().ok()?,
        transactions: after("number of transactions actually processed: ")?
            .split('/')
            .next()?
            .parse()
            .ok()?,
        ..Outcome::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_figures_are_found_in_what_pgbench_prints() {
        let output = "pgbench (15.14 (Debian 15.14-0+deb12u1))
transaction type: <builtin: TPC-B (sort of)>
scaling factor: 50
query mode: prepared
number of clients: 16
number of threads: 2
maximum number of tries: 1
duration: 5 s
number of transactions actually processed: 7234
number of failed transactions: 0 (0.000%)
latency average = 11.034 ms
initial connection time = 26.512 ms
tps = 1450.054321 (without initial connection time)
";
        let outcome = parse(output).unwrap();
        assert_eq!((outcome.transactions_per_s, outcome.latency_ms), (1450.054321, 11.034));
        assert_eq!(outcome.transactions, 7234);
        assert_eq!(parse("pgbench: error: connection failed"), None);
        assert_eq!(
            parse(&output.replace(": 7234", ": 1000/1000")).map(|outcome| outcome.transactions),
            Some(1000)
        );
    }
}
