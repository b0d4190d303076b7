//! `kvitt bench`: how fast it is, against PostgreSQL's own benchmark on the same server in the same run.
//!
//! Absolute figures say more about a machine than about a program, so everything is measured in rounds, `pgbench` first,
//! then each road with each number of callers, and what counts is the ratio within a round. The services are processes
//! of their own, and so is the load generator, so that each one's cost is known. In the end everything that was written
//! is audited.

mod codes;
mod day;
mod figures;
mod generator;
mod ground;
pub(crate) mod load;
mod machine;
mod mesh;
mod pgbench;
mod plan;
mod proc;
mod proof;
mod record_day;
mod report;
mod rounds;
mod seed;
mod settlement;
mod stage;
mod table;
mod webhooks;

use std::{path::PathBuf, process::ExitCode};

use anyhow::bail;

use super::up::Told;
use ground::Ground;
use plan::Path;

/// The options of `kvitt bench`.
#[derive(Clone, Debug, clap::Args)]
#[command(mut_arg("log", |log| log.default_value("warn")), args_conflicts_with_subcommands = true)]
#[command(after_help = "\
It starts a durable PostgreSQL server of its own in a temporary folder, or uses the one of --database-url, and the \
services as processes of their own. Nothing of it is left afterwards, unless --keep names a folder for it; `kvitt audit \
--data DIR` works on that folder.

Progress goes to standard error, the figures to standard output. docs/benchmarks.md says what they mean.

Exit code: 0 everything was measured and the audit is clean, 1 otherwise.")]
pub(crate) struct Bench {
    #[command(subcommand)]
    what: Option<What>,
    /// How often everything is measured; medians are printed.
    #[arg(long, default_value_t = 3, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=100))]
    rounds: u32,
    /// How long each thing is measured.
    #[arg(long, default_value_t = 5, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=3600))]
    seconds: u64,
    /// How long before that it is done without being measured.
    #[arg(long, default_value_t = 1, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(0..=600))]
    warmup: u64,
    /// How many callers wait for their answers at once.
    #[arg(long, default_value = "1,16,64,512", value_delimiter = ',', value_name = "NUMBERS",
        value_parser = clap::value_parser!(u16).range(1..=4096))]
    callers: Vec<u16>,
    /// The roads that commands take.
    #[arg(
        long = "paths",
        visible_alias = "path",
        default_value = "engine,grpc,rest",
        value_delimiter = ',',
        value_name = "PATHS",
        value_enum
    )]
    paths: Vec<Path>,
    /// Payments that are there before anything is measured, in each database.
    #[arg(long, default_value_t = 100_000, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(0..=100_000_000))]
    preload: u64,
    /// Sales units that the payments are spread over.
    #[arg(long, default_value_t = 1000, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    units: u32,
    /// Parts of the log. One is fastest until its lane keeps a core busy: each part flushes for itself.
    #[arg(long, default_value_t = 1, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..=64))]
    parts: u16,
    /// Scale of the tables of pgbench.
    #[arg(long, default_value_t = 50, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    scale: u32,
    /// Replays a national record day instead, as fast as it can, on the first of --paths with the most of --callers.
    #[arg(long)]
    record_day: bool,
    /// Payments of the record day.
    #[arg(long, default_value_t = day::PAYMENTS, value_name = "NUMBER", requires = "record_day",
        value_parser = clap::value_parser!(u64).range(1..=100_000_000))]
    payments: u64,
    /// Prints the figures as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    server: Server,
    #[command(flatten)]
    pub(crate) telemetry: kvitt_runtime::main::TelemetryOptions,
}

/// What else can be measured.
#[derive(Clone, Debug, clap::Subcommand)]
enum What {
    /// How fast merchants are told, and what waits for those who do not answer.
    Webhooks(webhooks::Webhooks),
    /// How fast pictures of codes are handed out, and codes and links looked up.
    Codes(codes::Codes),
    /// How fast what was captured is paid out, and what the files of it cost.
    Settlement(settlement::Settlement),
}

/// The server to measure on.
#[derive(Clone, Debug, clap::Args)]
struct Server {
    /// Keeps everything in this folder, which must be empty.
    #[arg(long, value_name = "DIR", conflicts_with = "database_url")]
    keep: Option<PathBuf>,
    /// Use this PostgreSQL server instead of a private one; the user may create databases.
    #[arg(long, env = "KVITT_BENCH_DATABASE_URL", value_name = "URL", hide_env_values = true)]
    database_url: Option<String>,
    /// Folder with the PostgreSQL programs, `pgbench` among them; found when not given.
    #[arg(long, env = "KVITT_PG_BIN", value_name = "DIR")]
    pg_bin: Option<PathBuf>,
    /// Never fetch a PostgreSQL server when none is found.
    #[arg(long, env = "KVITT_NO_DOWNLOAD")]
    no_download: bool,
}

pub(crate) async fn run(mut bench: Bench) -> anyhow::Result<ExitCode> {
    bench.callers.sort_unstable();
    bench.callers.dedup();
    bench.paths.sort_unstable();
    bench.paths.dedup();
    let wants_mesh = bench.paths.iter().any(|path| *path != Path::Engine);
    if wants_mesh && !cfg!(feature = "sandbox") {
        bail!("this build has no sandbox, so nobody approves payments; only --paths engine can be measured");
    }
    let mut told = Told::listen()?;
    let measuring = async {
        match &bench.what {
            Some(What::Webhooks(webhooks)) => webhooks::run(webhooks).await,
            Some(What::Codes(codes)) => codes::run(codes).await,
            Some(What::Settlement(settlement)) => settlement::run(settlement).await,
            None if bench.record_day => record_day::run(&bench).await,
            None => rounds::run(&bench).await,
        }
    };
    tokio::select! {
        // Dropping what has started so far ends it, the server by its watcher.
        () = told.wait() => bail!("told to stop before everything was measured"),
        clean = measuring => Ok(if clean? { ExitCode::SUCCESS } else { ExitCode::FAILURE }),
    }
}
