//! The service `payment` as a process of its own: what a cluster runs.

use clap::Parser as _;
use kvitt_runtime::{RunError, ServiceName, main::TelemetryOptions};

#[derive(clap::Parser)]
#[command(name = "kvitt-payment", version, about)]
struct Options {
    #[command(flatten)]
    config: kvitt_payment::Config,
    #[command(flatten)]
    telemetry: TelemetryOptions,
}

#[tokio::main]
async fn main() -> Result<(), RunError> {
    let Options { config, telemetry } = Options::parse();
    let run = |listener, clock, shutdown| kvitt_payment::run(config.clone(), listener, clock, shutdown);
    kvitt_runtime::main::run_service(ServiceName::Payment, config.listen, telemetry, run).await
}
