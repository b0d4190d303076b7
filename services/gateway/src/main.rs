//! The gateway as a process of its own.

use clap::Parser;
use kvitt_runtime::{
    RunError, ServiceName,
    main::{CrashOptions, Place, TelemetryOptions, parse, run_service},
};

#[derive(Parser)]
#[command(name = "kvitt-gateway", version, about)]
struct Options {
    #[command(flatten)]
    config: kvitt_gateway::Config,
    #[command(flatten)]
    telemetry: TelemetryOptions,
    #[command(flatten)]
    crash: CrashOptions,
}

#[tokio::main]
async fn main() -> Result<(), RunError> {
    let Options { config, telemetry, crash } = parse();
    crash.arm();
    let place = Place { name: ServiceName::Gateway, listen: config.listen, process: config.process.clone() };
    run_service(place, telemetry, |listener, clock, shutdown| {
        kvitt_gateway::run(config, listener, clock, shutdown)
    })
    .await
}
