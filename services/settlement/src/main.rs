//! The service `settlement` as a process of its own: what a cluster runs.

use kvitt_runtime::{
    RunError, ServiceName,
    main::{CrashOptions, Place, TelemetryOptions},
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
    let Options { config, telemetry, crash } = kvitt_runtime::main::parse();
    crash.arm();
    let place =
        Place { name: ServiceName::Settlement, listen: config.listen, process: config.process.clone() };
    let run = |listener, clock, shutdown| kvitt_settlement::run(config.clone(), listener, clock, shutdown);
    kvitt_runtime::main::run_service(place, telemetry, run).await
}
