//! The service `settlement` as a process of its own: what a cluster runs.

use clap::Parser as _;
use kvitt_runtime::{
    RunError, ServiceName,
    main::{CrashOptions, TelemetryOptions},
};

#[derive(clap::Parser)]
#[command(name = "kvitt-settlement", version, about)]
struct Options {
    #[command(flatten)]
    config: kvitt_settlement::Config,
    #[command(flatten)]
    telemetry: TelemetryOptions,
    #[command(flatten)]
    crash: CrashOptions,
}

#[tokio::main]
async fn main() -> Result<(), RunError> {
    let Options { config, telemetry, crash } = Options::parse();
    crash.arm();
    let run = |listener, clock, shutdown| kvitt_settlement::run(config.clone(), listener, clock, shutdown);
    kvitt_runtime::main::run_service(ServiceName::Settlement, config.listen, telemetry, run).await
}
