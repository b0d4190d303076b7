//! What the service is told when it starts.

use std::net::SocketAddr;

use secrecy::SecretString;

/// Settings of the service `merchant`.
#[derive(Debug, Clone, clap::Parser)]
pub struct Config {
    /// Where to listen for gRPC.
    #[arg(long, env = "KVITT_MERCHANT_LISTEN", default_value = "127.0.0.1:5002", value_name = "ADDRESS")]
    pub listen: SocketAddr,
    /// PostgreSQL database of this service alone.
    #[arg(long, env = "KVITT_MERCHANT_DATABASE_URL", hide_env_values = true, value_name = "URL")]
    pub database_url: SecretString,
    /// Where `access` listens.
    #[arg(long, env = "KVITT_MERCHANT_ACCESS_URL", value_name = "URL")]
    pub access_url: String,
    /// What this service proves itself to `access` with.
    #[arg(long, env = "KVITT_MERCHANT_SERVICE_SECRET", hide_env_values = true, value_name = "TEXT")]
    pub service_secret: SecretString,
    /// Follows the movable clock at `access`; a build without the feature `sandbox` never does.
    #[arg(long, env = "KVITT_MERCHANT_SANDBOX")]
    pub sandbox: bool,
}
