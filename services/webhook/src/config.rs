//! What the service is told when it starts.

use std::net::SocketAddr;

use kvitt_runtime::{
    Process,
    process::{hex_keys, peer_url, secret},
};
use secrecy::SecretString;

/// Settings of the service `webhook`.
#[derive(Debug, Clone, clap::Parser)]
pub struct Config {
    /// Where to listen for gRPC.
    #[arg(long, env = "KVITT_WEBHOOK_LISTEN", default_value = "127.0.0.1:5007", value_name = "ADDRESS")]
    pub listen: SocketAddr,
    /// PostgreSQL database of this service alone.
    #[arg(
        long,
        env = "KVITT_WEBHOOK_DATABASE_URL",
        hide_env_values = true,
        value_name = "URL",
        value_parser = kvitt_postgres::parse_url
    )]
    pub database_url: SecretString,
    /// Where `access` listens.
    #[arg(long, env = "KVITT_WEBHOOK_ACCESS_URL", value_name = "URL", value_parser = peer_url)]
    pub access_url: String,
    /// Where `merchant` listens.
    #[arg(long, env = "KVITT_WEBHOOK_MERCHANT_URL", value_name = "URL", value_parser = peer_url)]
    pub merchant_url: String,
    /// Where `payment` listens.
    #[arg(long, env = "KVITT_WEBHOOK_PAYMENT_URL", value_name = "URL", value_parser = peer_url)]
    pub payment_url: String,
    /// What this service proves itself with to `access`.
    #[arg(
        long,
        env = "KVITT_WEBHOOK_SERVICE_SECRET",
        hide_env_values = true,
        value_name = "SECRET",
        value_parser = secret
    )]
    pub service_secret: SecretString,
    /// Seals secrets and tokens of merchants at rest: 64 hexadecimal digits. What older keys sealed, which may stand behind it
    /// with commas between, is sealed again.
    #[arg(
        long,
        env = "KVITT_WEBHOOK_KEY_ENCRYPTION_KEY",
        hide_env_values = true,
        value_name = "HEX",
        value_parser = hex_keys
    )]
    pub key_encryption_key: SecretString,
    /// Follows the movable clock at `access`, breaks deliveries on purpose when it is asked to, and calls merchants' servers
    /// on this machine too, where developers have theirs; a build without the feature `sandbox` never does.
    #[arg(long, env = "KVITT_WEBHOOK_SANDBOX")]
    pub sandbox: bool,
    /// How the process is connected, and how it starts and ends.
    #[command(flatten)]
    pub process: Process,
}
