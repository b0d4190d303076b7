//! The REST edge: upstream's HTTP API on one side, the mesh's gRPC on the other.
//!
//! A request passes the layers (`layers/`: trace, count, path, wording of refusals, panic, load, deadline, auth, rate
//! limits), is routed by the map in `router.rs`, read by its operation's file (`accesstoken/`, `epayment/`,
//! `management/`) through the tolerant reader in `body/`, and becomes one rpc. The answer becomes upstream's JSON; a
//! `Status` becomes upstream's error body in `problem.rs`, or where an API has words of its own in its module's, and
//! nowhere else. The gateway decides nothing about money and stores nothing.

mod accesstoken;
mod body;
mod checkout;
mod connections;
mod dashboard;
mod deliveries;
mod ecomm;
mod epayment;
mod gateway;
mod health;
mod invalid_params;
#[cfg(feature = "sandbox")]
mod kvitt;
mod layers;
mod management;
mod openapi;
mod order_management;
mod payment_links;
mod payouts;
mod problem;
mod qr;
mod qr_images;
mod report;
mod reports;
mod router;
mod settlement;
mod userinfo;
mod webhooks;

use std::net::SocketAddr;

use clap::{ArgAction, Parser};
use kvitt_runtime::{
    Clock, Process, RunError, ServiceName,
    process::{peer_url, secret, web_url},
    telemetry::metrics::{KeyValue, SERVING, tell},
};
#[cfg(feature = "sandbox")]
use kvitt_runtime::{
    Health,
    sandbox::{Settled, follow_clock},
};
use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{gateway::Gateway, layers::count::Reporter};

/// Settings of the gateway.
#[derive(Clone, Debug, Parser)]
#[command(name = "kvitt-gateway", about = "The REST edge of Kvitt", version)]
pub struct Config {
    /// Address to serve HTTP on.
    #[arg(long, env = "KVITT_GATEWAY_LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// Where `access` listens, for example http://127.0.0.1:5001.
    #[arg(long, env = "KVITT_GATEWAY_ACCESS_URL", value_parser = peer_url)]
    pub access_url: String,
    /// Where `merchant` listens.
    #[arg(long, env = "KVITT_GATEWAY_MERCHANT_URL", value_parser = peer_url)]
    pub merchant_url: String,
    /// Where `payment` listens.
    #[arg(long, env = "KVITT_GATEWAY_PAYMENT_URL", value_parser = peer_url)]
    pub payment_url: String,
    /// Where `wallet` listens.
    #[arg(long, env = "KVITT_GATEWAY_WALLET_URL", value_parser = peer_url)]
    pub wallet_url: String,
    /// Where `ordermanagement` listens.
    #[arg(
        long = "ordermanagement-url",
        env = "KVITT_GATEWAY_ORDERMANAGEMENT_URL",
        value_name = "URL",
        value_parser = peer_url
    )]
    pub order_management_url: String,
    /// Where `checkout` listens.
    #[arg(long, env = "KVITT_GATEWAY_CHECKOUT_URL", value_name = "URL", value_parser = peer_url)]
    pub checkout_url: String,
    /// Where `webhook` listens.
    #[arg(long, env = "KVITT_GATEWAY_WEBHOOK_URL", value_name = "URL", value_parser = peer_url)]
    pub webhook_url: String,
    /// Where `qr` listens.
    #[arg(long, env = "KVITT_GATEWAY_QR_URL", value_name = "URL", value_parser = peer_url)]
    pub qr_url: String,
    /// Where `settlement` listens.
    #[arg(long, env = "KVITT_GATEWAY_SETTLEMENT_URL", value_name = "URL", value_parser = peer_url)]
    pub settlement_url: String,
    /// The secret this service shares with `access`.
    #[arg(long, env = "KVITT_GATEWAY_SERVICE_SECRET", hide_env_values = true, value_parser = secret)]
    pub service_secret: SecretString,
    /// Offer the operations of the sandbox, such as force approve.
    #[arg(long, env = "KVITT_GATEWAY_SANDBOX")]
    pub sandbox: bool,
    /// Limit how often an operation may be called, and how often credentials may be wrong. Each gateway counts for itself.
    /// Wrong credentials are counted by the address at the other end of the connection.
    #[arg(long, env = "KVITT_GATEWAY_RATE_LIMITS", action = ArgAction::Set, default_value_t = true)]
    pub rate_limits: bool,
    /// Count wrong credentials by the last address in X-Forwarded-For. Only behind a proxy that adds the client's address
    /// to it: anybody else could write there what they like.
    #[arg(long, env = "KVITT_GATEWAY_TRUST_FORWARDED_FOR")]
    pub trust_forwarded_for: bool,
    /// The page on which a merchant completes an order that a partner prefilled, up to the order's id.
    #[arg(
        long,
        env = "KVITT_GATEWAY_PREFILL_URL",
        default_value = DEFAULT_PREFILL_URL,
        value_parser = web_url
    )]
    pub prefill_url: String,
    /// The page to which payers of eCom are sent, without a query.
    #[arg(
        long,
        env = "KVITT_GATEWAY_DEEPLINK_URL",
        default_value = DEFAULT_DEEPLINK_URL,
        value_parser = web_url
    )]
    pub deeplink_url: String,
    /// How the process is connected, and how it starts and ends.
    #[command(flatten)]
    pub process: Process,
}

/// Where payers of eCom are sent when nothing else is configured. Old integrations know this path.
pub const DEFAULT_DEEPLINK_URL: &str =
    "https://landing.kvitt.localhost/dwo-api-application/v1/deeplink/vippsgateway";

/// Where merchants complete prefilled orders when nothing else is configured.
pub const DEFAULT_PREFILL_URL: &str = "https://portal.kvitt.localhost/register/prefilled/";

/// Serves HTTP on `listener` until `shutdown`, then lets the requests at hand end. All that happens in business time at the
/// edge is that calls are counted by the day.
pub async fn run(
    config: Config,
    listener: TcpListener,
    clock: Clock,
    shutdown: CancellationToken,
) -> Result<(), RunError> {
    let gateway = Gateway::try_new(&config)?.by_clock(clock.clone());
    #[cfg(feature = "sandbox")]
    if config.sandbox {
        // The edge has nothing to do by the clock, and serves whether or not it has heard it.
        let settle = || async { Settled::default() };
        tokio::spawn(follow_clock(&Health::new(), gateway.access(), clock, settle, shutdown.clone()));
    }
    let reporter = Reporter::new(gateway.counts().clone(), gateway.dashboard());
    let app = router::router(gateway, config.sandbox);
    let served = CancellationToken::new();
    // Whoever probes asks whether it listens. What is behind it may be down; it tells that to its own callers.
    config.process.health().set_serving(true);
    let _told = tell(&SERVING, [KeyValue::new("service", ServiceName::Gateway.as_str())], || Some(1));
    let serving = async {
        connections::serve(listener, app, shutdown).await;
        served.cancel();
    };
    tokio::join!(serving, reporter.run(served.clone()));
    Ok(())
}
