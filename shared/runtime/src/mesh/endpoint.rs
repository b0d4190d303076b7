//! How a connection to another service is kept.

use std::time::Duration;

use tonic::transport::{Channel, Endpoint};

use crate::RunError;

/// How long connecting may take.
const CONNECT_LIMIT: Duration = Duration::from_secs(2);

/// How often an idle or silent connection is asked whether it still lives. Without it, a connection broken by the
/// network stays in use long after the network is whole again.
const KEEP_ALIVE_EVERY: Duration = Duration::from_secs(5);

/// How long the other end may take to say so.
const KEEP_ALIVE_LIMIT: Duration = Duration::from_secs(3);

/// A channel to `url` that connects when it is first used, and again when the connection is lost. It adds nothing
/// to requests: for calls inside the mesh use [`crate::Mesh::peer`].
pub fn channel(url: &str) -> Result<Channel, RunError> {
    let endpoint = Endpoint::from_shared(url.to_owned())?
        .connect_timeout(CONNECT_LIMIT)
        .tcp_nodelay(true)
        .http2_keep_alive_interval(KEEP_ALIVE_EVERY)
        .keep_alive_timeout(KEEP_ALIVE_LIMIT)
        .keep_alive_while_idle(true);
    Ok(endpoint.connect_lazy())
}
