//! The incoming side: what stands round the routes of every service.
//!
//! A request passes, from the outside in: `trace` (its span, the metric, and the end of its answer), `not_serving` (whether
//! it is only this instance that cannot do it), `deadline` (how long the caller waits), `panic` (a fault stays one
//! request's), `reason` (what tonic refuses has a Reason, too), `authenticate` (who calls, and whether the contract lists
//! them among the rpc's callers). To add a layer, write it in a file of its own, as a function that calls the next one, and
//! give it its place in `layers`.

use std::time::Duration;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;

use crate::RunError;
use crate::caller::ServiceName;
use crate::process::Process;
use crate::verifier::Verifier;

mod answer;
mod authenticate;
mod callers;
mod deadline;
mod health;
mod incoming;
mod layers;
mod not_serving;
mod panic;
mod reason;
mod trace;

use layers::Layers;

pub use health::{Health, HoldBack};
pub(crate) use not_serving::NOT_SERVING;
pub use panic::{Panicked, catch_panic};

/// How long requests that are under way may take after the shutdown began.
pub const DRAIN_LIMIT: Duration = Duration::from_secs(10);

/// How long answers that say so may take after [`DRAIN_LIMIT`].
const ABORT_LIMIT: Duration = Duration::from_secs(1);

/// How many requests may be under way on one connection; a peer's channel is one connection.
const STREAMS_PER_CONNECTION: u32 = 4096;

/// How often a silent connection is asked whether it still lives, and how long it may take to say so.
const KEEP_ALIVE_EVERY: Duration = Duration::from_secs(20);
const KEEP_ALIVE_LIMIT: Duration = Duration::from_secs(10);

type Request = http::Request<tonic::body::Body>;
type Response = http::Response<tonic::body::Body>;

/// What the layers need to know about a service.
#[derive(Clone, Debug)]
pub struct Service {
    /// Which service this is.
    pub name: ServiceName,
    /// Proves the callers.
    pub verifier: Verifier,
    /// Paths under these prefixes need no token, for example `/kvitt.access.v1.TokenService/`. Health and
    /// reflection never need one.
    pub open_prefixes: &'static [&'static str],
    /// What connections are taken with.
    pub process: Process,
}

/// Serves `routes`, health and reflection until `shutdown` is cancelled, and then until what is under way has been
/// answered, but no longer than [`DRAIN_LIMIT`]. Streams end with the shutdown; health says so first.
pub async fn serve(
    service: Service,
    listener: TcpListener,
    routes: Routes,
    health: Health,
    shutdown: CancellationToken,
) -> Result<(), RunError> {
    let address = listener.local_addr()?;
    let name = service.name.as_str();
    let abort = CancellationToken::new();
    let routes = routes
        .add_service(health.server(service.name))
        .add_service(reflection()?.build_v1()?)
        .add_service(reflection()?.build_v1alpha()?);
    let incoming = incoming::accept(listener, service.process.tls().cloned(), shutdown.clone());
    let layers = Layers::new(service, &health, &shutdown, &abort);
    let serving = tonic::transport::Server::builder()
        .max_concurrent_streams(STREAMS_PER_CONNECTION)
        .http2_keepalive_interval(Some(KEEP_ALIVE_EVERY))
        .http2_keepalive_timeout(Some(KEEP_ALIVE_LIMIT))
        .layer(layers)
        .add_routes(routes)
        .serve_with_incoming_shutdown(incoming, shutdown.clone().cancelled_owned());
    tracing::info!(service = name, %address, "listening");
    let served = tokio::select! {
        served = serving => served,
        () = drain_limit(&shutdown, &abort, &health) => {
            tracing::warn!(service = name, "some connections did not end in time and are dropped");
            Ok(())
        }
    };
    health.set_serving(false);
    tracing::info!(service = name, "stopped");
    Ok(served?)
}

/// Ends when draining has taken too long, after telling every request that is still under way.
async fn drain_limit(shutdown: &CancellationToken, abort: &CancellationToken, health: &Health) {
    shutdown.cancelled().await;
    health.set_serving(false);
    tokio::time::sleep(DRAIN_LIMIT).await;
    abort.cancel();
    tokio::time::sleep(ABORT_LIMIT).await;
}

fn reflection() -> Result<tonic_reflection::server::Builder<'static>, RunError> {
    Ok(tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(kvitt_proto::FILE_DESCRIPTOR_SET)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET))
}
