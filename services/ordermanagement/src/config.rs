//! What the service is told when it starts.

use std::net::SocketAddr;

use kvitt_runtime::{
    Process,
    process::{peer_url, secret},
};
use secrecy::SecretString;

/// Settings of the service `ordermanagement`.
#[derive(Debug, Clone, clap::Parser)]
pub struct Config {
    /// Where to listen for gRPC.
    #[arg(
        long,
        env = "KVITT_ORDERMANAGEMENT_LISTEN",
        default_value = "127.0.0.1:5005",
        value_name = "ADDRESS"
    )]
    pub listen: SocketAddr,
    /// PostgreSQL database of this service alone.
    #[arg(
        long,
        env = "KVITT_ORDERMANAGEMENT_DATABASE_URL",
        hide_env_values = true,
        value_name = "URL",
        value_parser = kvitt_postgres::parse_url
    )]
    pub database_url: SecretString,
    /// Where `access` listens.
    #[arg(long, env = "KVITT_ORDERMANAGEMENT_ACCESS_URL", value_name = "URL", value_parser = peer_url)]
    pub access_url: String,
    /// Where `merchant` listens.
    #[arg(long, env = "KVITT_ORDERMANAGEMENT_MERCHANT_URL", value_name = "URL", value_parser = peer_url)]
    pub merchant_url: String,
    /// Where `payment` listens.
    #[arg(long, env = "KVITT_ORDERMANAGEMENT_PAYMENT_URL", value_name = "URL", value_parser = peer_url)]
    pub payment_url: String,
    /// What this service proves itself with to `access`.
    #[arg(
        long,
        env = "KVITT_ORDERMANAGEMENT_SERVICE_SECRET",
        hide_env_values = true,
        value_name = "SECRET",
        value_parser = secret
    )]
    pub service_secret: SecretString,
    /// Follows the movable clock at `access`; a build without the feature `sandbox` never does.
    #[arg(long, env = "KVITT_ORDERMANAGEMENT_SANDBOX")]
    pub sandbox: bool,
    /// How the process is connected, and how it starts and ends.
    #[command(flatten)]
    pub process: Process,
}
