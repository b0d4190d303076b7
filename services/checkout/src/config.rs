//! What the service is told when it starts.

use std::net::SocketAddr;

use kvitt_runtime::{
    Process,
    process::{peer_url, secret, web_url},
};
use secrecy::SecretString;

/// Settings of the service `checkout`.
#[derive(Debug, Clone, clap::Parser)]
pub struct Config {
    /// Where to listen for gRPC.
    #[arg(long, env = "KVITT_CHECKOUT_LISTEN", default_value = "127.0.0.1:5006", value_name = "ADDRESS")]
    pub listen: SocketAddr,
    /// PostgreSQL database of this service alone.
    #[arg(
        long,
        env = "KVITT_CHECKOUT_DATABASE_URL",
        hide_env_values = true,
        value_name = "URL",
        value_parser = kvitt_postgres::parse_url
    )]
    pub database_url: SecretString,
    /// Where `access` listens.
    #[arg(long, env = "KVITT_CHECKOUT_ACCESS_URL", value_name = "URL", value_parser = peer_url)]
    pub access_url: String,
    /// Where `merchant` listens.
    #[arg(long, env = "KVITT_CHECKOUT_MERCHANT_URL", value_name = "URL", value_parser = peer_url)]
    pub merchant_url: String,
    /// Where `payment` listens.
    #[arg(long, env = "KVITT_CHECKOUT_PAYMENT_URL", value_name = "URL", value_parser = peer_url)]
    pub payment_url: String,
    /// What this service proves itself with to `access`.
    #[arg(
        long,
        env = "KVITT_CHECKOUT_SERVICE_SECRET",
        hide_env_values = true,
        value_name = "SECRET",
        value_parser = secret
    )]
    pub service_secret: SecretString,
    /// The page of a session, without a query.
    #[arg(
        long,
        env = "KVITT_CHECKOUT_FRONTEND_URL",
        default_value = DEFAULT_FRONTEND_URL,
        value_name = "URL",
        value_parser = web_url
    )]
    pub frontend_url: String,
    /// The root of the REST API, where merchants read their sessions.
    #[arg(
        long,
        env = "KVITT_CHECKOUT_API_URL",
        default_value = DEFAULT_API_URL,
        value_name = "URL",
        value_parser = web_url
    )]
    pub api_url: String,
    /// Follows the movable clock at `access`, lets merchants' clients play the payer, and calls merchants' servers on this
    /// machine too, where developers have theirs; a build without the feature `sandbox` never does.
    #[arg(long, env = "KVITT_CHECKOUT_SANDBOX")]
    pub sandbox: bool,
    /// How the process is connected, and how it starts and ends.
    #[command(flatten)]
    pub process: Process,
}

/// Where the page is when nothing else is configured.
pub const DEFAULT_FRONTEND_URL: &str = "https://checkout.kvitt.localhost/";

/// Where the REST API is when nothing else is configured.
pub const DEFAULT_API_URL: &str = "https://api.kvitt.localhost";
