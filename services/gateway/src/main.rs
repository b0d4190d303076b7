//! The gateway as a process of its own.

use clap::Parser;
use kvitt_runtime::{
    RunError, ServiceName,
    main::{TelemetryOptions, run_service},
};

#[derive(Parser)]
struct Options {
    #[command(flatten)]
    config: kvitt_gateway::Config,
    #[command(flatten)]
    telemetry: TelemetryOptions,
}

#[tokio::main]
async fn main() -> Result<(), RunError> {
    let Options { config, telemetry } = Options::parse();
    run_service(ServiceName::Gateway, config.listen, telemetry, |listener, clock, shutdown| {
        kvitt_gateway::run(config, listener, clock, shutdown)
    })
    .await
}
