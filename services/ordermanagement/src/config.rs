//! What the service is told when it starts.

use std::net::SocketAddr;

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
    #[arg(long, env = "KVITT_ORDERMANAGEMENT_DATABASE_URL", hide_env_values = true, value_name = "URL")]
    pub database_url: SecretString,
    /// Where `access` listens.
    #[arg(long, env = "KVITT_ORDERMANAGEMENT_ACCESS_URL", value_name = "URL")]
    pub access_url: String,
    /// Where `merchant` listens.
    #[arg(long, env = "KVITT_ORDERMANAGEMENT_MERCHANT_URL", value_name = "URL")]
    pub merchant_url: String,
    /// Where `payment` listens.
    #[arg(long, env = "KVITT_ORDERMANAGEMENT_PAYMENT_URL", value_name = "URL")]
    pub payment_url: String,
    /// What this service proves itself with to `access`.
    #[arg(long, env = "KVITT_ORDERMANAGEMENT_SERVICE_SECRET", hide_env_values = true, value_name = "SECRET")]
    pub service_secret: SecretString,
    /// Follows the movable clock at `access`; a build without the feature `sandbox` never does.
    #[arg(long, env = "KVITT_ORDERMANAGEMENT_SANDBOX")]
    pub sandbox: bool,
}
