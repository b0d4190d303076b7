//! The port on which a process tells whether it serves, without TLS and without a token: probes have neither.

use std::time::Duration;

use tokio::net::TcpListener;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;

use super::Process;
use crate::RunError;
use crate::caller::ServiceName;

/// A probe takes milliseconds.
const REQUEST_LIMIT: Duration = Duration::from_secs(5);

/// How many probes one connection may have under way.
const MOST_STREAMS: u32 = 16;

/// Listens, if the process has such a port. The future serves for ever; it ends when it cannot.
pub(super) async fn open(
    name: ServiceName,
    process: &Process,
) -> Result<impl Future<Output = RunError> + use<>, RunError> {
    let listener = match process.health_listen {
        Some(address) => Some(TcpListener::bind(address).await?),
        None => None,
    };
    let health = process.health.server(name);
    Ok(async move {
        let Some(listener) = listener else { return std::future::pending().await };
        let serving = Server::builder()
            .max_concurrent_streams(MOST_STREAMS)
            .timeout(REQUEST_LIMIT)
            .add_service(health)
            .serve_with_incoming(TcpIncoming::from(listener));
        match serving.await {
            Ok(()) => "the health port has ended".into(),
            Err(error) => error.into(),
        }
    })
}
