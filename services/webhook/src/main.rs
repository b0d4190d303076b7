//! The service `webhook` as a process of its own: what a cluster runs.

use kvitt_runtime::{
    RunError, ServiceName,
    main::{CrashOptions, Place, TelemetryOptions},
};

#[derive(clap::Parser)]
#[command(name = "kvitt-webhook", version, about)]
struct Options {
    #[command(flatten)]
    config: kvitt_webhook::Config,
    #[command(flatten)]
    telemetry: TelemetryOptions,
    #[command(flatten)]
    crash: CrashOptions,
}

#[tokio::main]
async fn main() -> Result<(), RunError> {
    let Options { config, telemetry, crash } = kvitt_runtime::main::parse();
    crash.arm();
    let place = Place { name: ServiceName::Webhook, listen: config.listen, process: config.process.clone() };
    let run = |listener, clock, shutdown| kvitt_webhook::run(config.clone(), listener, clock, shutdown);
    kvitt_runtime::main::run_service(place, telemetry, run).await
}
