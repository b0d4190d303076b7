//! `kvitt`: the platform on one machine, and the operator's tools.

mod commands;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use kvitt_runtime::{
    main::TelemetryOptions,
    telemetry::{self, TelemetryGuard},
};

use commands::{audit::Audit, bench::Bench, migrate::Migrate, serve::Serve, up::Up};

/// The whole payment platform in one process, with a PostgreSQL server of its own.
// A person reads this process's output, so unlike a service's it is quiet by default.
#[derive(Debug, Parser)]
#[command(name = "kvitt", version, args_conflicts_with_subcommands = true)]
#[command(mut_arg("log", |log| log.default_value("warn")))]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    up: Up,
    #[command(flatten)]
    telemetry: TelemetryOptions,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Starts everything; this is what happens without a subcommand.
    Up(UpCommand),
    /// Brings the databases of all services up to date, and ends.
    Migrate(Migrate),
    /// Proves that every payment, its log and the acquirer's record agree.
    Audit(Audit),
    /// Shows and moves the business time of a running sandbox.
    #[cfg(feature = "sandbox")]
    Clock(commands::clock::Clock),
    /// Prints an access token of the operator.
    Token(commands::token::Token),
    /// Measures how fast it is, against PostgreSQL's own benchmark on the same server.
    Bench(Box<Bench>),
    /// The load generator of `bench`: takes a plan on its standard input.
    #[command(hide = true)]
    BenchLoad(BenchLoad),
    /// One service in this process, as its own binary runs it.
    #[command(hide = true)]
    Serve(Serve),
}

#[derive(Debug, clap::Args)]
#[command(mut_arg("log", |log| log.default_value("warn")))]
struct BenchLoad {
    #[command(flatten)]
    telemetry: TelemetryOptions,
}

#[derive(Debug, clap::Args)]
#[command(mut_arg("log", |log| log.default_value("warn")))]
struct UpCommand {
    #[command(flatten)]
    up: Up,
    #[command(flatten)]
    telemetry: TelemetryOptions,
}

#[tokio::main]
async fn main() -> ExitCode {
    let Cli { command, up, telemetry } = Cli::parse();
    let outcome = match command {
        None => logged(telemetry, commands::up::run(up)).await,
        Some(Command::Up(UpCommand { up, telemetry })) => logged(telemetry, commands::up::run(up)).await,
        Some(Command::Migrate(migrate)) => {
            logged(migrate.telemetry.clone(), commands::migrate::run(migrate)).await
        }
        Some(Command::Audit(audit)) => {
            let telemetry = audit.telemetry.clone();
            let audited = async { Ok(commands::audit::run(audit).await) };
            return logged(telemetry, audited).await.unwrap_or_else(|error| told(&error));
        }
        #[cfg(feature = "sandbox")]
        Some(Command::Clock(clock)) => logged(clock.telemetry.clone(), commands::clock::run(clock)).await,
        Some(Command::Token(token)) => logged(token.telemetry.clone(), commands::token::run(token)).await,
        Some(Command::Bench(bench)) => {
            let measured = logged(bench.telemetry.clone(), commands::bench::run(*bench)).await;
            return measured.unwrap_or_else(|error| told(&error));
        }
        Some(Command::BenchLoad(BenchLoad { telemetry })) => {
            logged(telemetry, commands::bench::load::run()).await
        }
        Some(Command::Serve(serve)) => commands::serve::run(serve).await.map_err(anyhow::Error::from_boxed),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => told(&error),
    }
}

fn told(error: &anyhow::Error) -> ExitCode {
    eprintln!("kvitt: {error:#}");
    ExitCode::FAILURE
}

async fn logged<T>(
    options: TelemetryOptions,
    command: impl Future<Output = anyhow::Result<T>>,
) -> anyhow::Result<T> {
    let guard: TelemetryGuard =
        telemetry::init(options.config("kvitt")).map_err(anyhow::Error::from_boxed)?;
    let outcome = command.await;
    guard.shutdown().await;
    outcome
}
