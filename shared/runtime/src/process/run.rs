//! Round a service's `run`: telemetry, the sockets, and the signals that end it.

use std::net::SocketAddr;

use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::{Process, TelemetryOptions, health_port, parse};
use crate::RunError;
use crate::caller::ServiceName;
use crate::clock::Clock;
use crate::telemetry;

/// Where and as what a service runs.
#[derive(Clone, Debug)]
pub struct Place {
    /// Which service this is.
    pub name: ServiceName,
    /// Where it listens.
    pub listen: SocketAddr,
    /// What the process is told.
    pub process: Process,
}

/// Runs a service until it ends by itself or the process gets SIGTERM or SIGINT. A second signal does not hurry it:
/// draining is bounded anyway.
pub async fn run_service<R, F>(place: Place, telemetry: TelemetryOptions, run: R) -> Result<(), RunError>
where
    R: FnOnce(TcpListener, Clock, CancellationToken) -> F,
    F: Future<Output = Result<(), RunError>>,
{
    let name = place.name.as_str();
    if let Err(rule) = place.process.check(place.name, place.listen) {
        parse::end(&format!("kvitt-{name}"), &rule);
    }
    let guard = telemetry::init(telemetry.config(name))?;
    let ran = run_until_told(place, run).await;
    if let Err(error) = &ran {
        tracing::error!(service = name, error = &**error as &dyn std::error::Error, "ended");
    }
    guard.shutdown().await;
    ran
}

async fn run_until_told<R, F>(place: Place, run: R) -> Result<(), RunError>
where
    R: FnOnce(TcpListener, Clock, CancellationToken) -> F,
    F: Future<Output = Result<(), RunError>>,
{
    let Place { name, listen, process } = place;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let listener = TcpListener::bind(listen).await?;
    let telling = health_port::open(name, &process).await?;
    let shutdown = CancellationToken::new();
    let told = async {
        tokio::select! {
            _ = terminate.recv() => tracing::info!("told to stop by SIGTERM"),
            _ = interrupt.recv() => tracing::info!("told to stop by SIGINT"),
        }
        // Callers hear of it, and go elsewhere, before anything is refused.
        let _leaving = process.health.hold_back();
        tokio::time::sleep(process.drain_wait).await;
        shutdown.cancel();
        std::future::pending().await
    };
    tokio::select! {
        ran = run(listener, Clock::system(), shutdown.clone()) => ran,
        never = told => never,
        failed = telling => Err(failed),
    }
}
