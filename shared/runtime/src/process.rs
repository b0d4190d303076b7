//! What every service's `main` does round its `run`: telemetry, the socket, and the signals that end it.

use std::net::SocketAddr;

use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::RunError;
use crate::caller::ServiceName;
use crate::clock::Clock;
use crate::telemetry::{self, Format, TelemetryConfig};

/// The settings of logs and traces, the same for every binary.
#[derive(Clone, Debug, clap::Args)]
pub struct TelemetryOptions {
    /// OTLP collector for traces and metrics, for example <http://127.0.0.1:4317>; without it nothing is exported.
    #[arg(long, env = "OTEL_EXPORTER_OTLP_ENDPOINT", value_name = "URL")]
    pub otlp_endpoint: Option<String>,
    /// How logs look; pretty on a terminal and JSON elsewhere when not set.
    #[arg(long, env = "KVITT_LOG_FORMAT", value_enum)]
    pub log_format: Option<Format>,
    /// Which logs are shown, for example `info,kvitt_payment=debug`.
    #[arg(long, env = "KVITT_LOG", default_value = "info", value_name = "FILTER")]
    pub log: String,
}

impl TelemetryOptions {
    /// What [`telemetry::init`] takes, for a process called `service`.
    pub fn config(self, service: &str) -> TelemetryConfig<'_> {
        TelemetryConfig {
            service,
            otlp_endpoint: self.otlp_endpoint.filter(|url| !url.is_empty()),
            format: self.log_format.unwrap_or_else(Format::for_stderr),
            filter: self.log,
        }
    }
}

/// Runs a service on `listen` until it ends by itself or the process gets SIGTERM or SIGINT. A second signal does
/// not hurry it: draining is bounded anyway.
pub async fn run_service<R, F>(
    name: ServiceName,
    listen: SocketAddr,
    telemetry: TelemetryOptions,
    run: R,
) -> Result<(), RunError>
where
    R: FnOnce(TcpListener, Clock, CancellationToken) -> F,
    F: Future<Output = Result<(), RunError>>,
{
    let guard = telemetry::init(telemetry.config(name.as_str()))?;
    let ran = run_until_told(listen, run).await;
    if let Err(error) = &ran {
        tracing::error!(service = name.as_str(), error = &**error as &dyn std::error::Error, "ended");
    }
    guard.shutdown().await;
    ran
}

async fn run_until_told<R, F>(listen: SocketAddr, run: R) -> Result<(), RunError>
where
    R: FnOnce(TcpListener, Clock, CancellationToken) -> F,
    F: Future<Output = Result<(), RunError>>,
{
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let listener = TcpListener::bind(listen).await?;
    let shutdown = CancellationToken::new();
    let told = async {
        tokio::select! {
            _ = terminate.recv() => tracing::info!("told to stop by SIGTERM"),
            _ = interrupt.recv() => tracing::info!("told to stop by SIGINT"),
        }
        shutdown.cancel();
        std::future::pending().await
    };
    tokio::select! {
        ran = run(listener, Clock::system(), shutdown.clone()) => ran,
        never = told => never,
    }
}
