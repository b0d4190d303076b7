//! The REST edge: upstream's HTTP API on one side, the mesh's gRPC on the other.
//!
//! A request passes the layers (`layers/`: trace, path, wording of refusals, panic, load, deadline, auth), is routed
//! by the map in `router.rs`, read by its operation's file (`accesstoken/`, `epayment/`) through the tolerant reader
//! in `body/`, and becomes one rpc. The answer becomes upstream's JSON; a `Status` becomes upstream's error body in
//! `problem.rs` and nowhere else. The gateway decides nothing about money and stores nothing.

mod accesstoken;
mod body;
mod connections;
mod epayment;
mod gateway;
mod health;
#[cfg(feature = "sandbox")]
mod kvitt;
mod layers;
mod problem;
mod router;

use std::net::SocketAddr;

use clap::Parser;
use kvitt_runtime::{Clock, RunError};
use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::gateway::Gateway;

/// Settings of the gateway.
#[derive(Clone, Debug, Parser)]
#[command(name = "kvitt-gateway", about = "The REST edge of Kvitt", version)]
pub struct Config {
    /// Address to serve HTTP on.
    #[arg(long, env = "KVITT_GATEWAY_LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// Where `access` listens, for example http://127.0.0.1:5001.
    #[arg(long, env = "KVITT_GATEWAY_ACCESS_URL")]
    pub access_url: String,
    /// Where `merchant` listens.
    #[arg(long, env = "KVITT_GATEWAY_MERCHANT_URL")]
    pub merchant_url: String,
    /// Where `payment` listens.
    #[arg(long, env = "KVITT_GATEWAY_PAYMENT_URL")]
    pub payment_url: String,
    /// Where `wallet` listens.
    #[arg(long, env = "KVITT_GATEWAY_WALLET_URL")]
    pub wallet_url: String,
    /// The secret this service shares with `access`.
    #[arg(long, env = "KVITT_GATEWAY_SERVICE_SECRET", hide_env_values = true)]
    pub service_secret: SecretString,
    /// Offer the operations of the sandbox, such as force approve.
    #[arg(long, env = "KVITT_GATEWAY_SANDBOX")]
    pub sandbox: bool,
}

/// Serves HTTP on `listener` until `shutdown`, then lets the requests at hand end. The clock is not needed: nothing
/// at the edge happens in business time.
pub async fn run(
    config: Config,
    listener: TcpListener,
    _clock: Clock,
    shutdown: CancellationToken,
) -> Result<(), RunError> {
    let app = router::router(Gateway::try_new(&config)?, config.sandbox);
    connections::serve(listener, app, shutdown).await;
    Ok(())
}
