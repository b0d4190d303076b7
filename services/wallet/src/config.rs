//! What the service is told when it starts.

use std::net::SocketAddr;

use kvitt_runtime::{
    Process,
    process::{peer_url, secret},
};
use secrecy::SecretString;

/// Settings of the service `wallet`.
#[derive(Debug, Clone, clap::Parser)]
pub struct Config {
    /// Where to listen for gRPC.
    #[arg(long, env = "KVITT_WALLET_LISTEN", default_value = "127.0.0.1:5004", value_name = "ADDRESS")]
    pub listen: SocketAddr,
    /// PostgreSQL database of this service alone.
    #[arg(
        long,
        env = "KVITT_WALLET_DATABASE_URL",
        hide_env_values = true,
        value_name = "URL",
        value_parser = kvitt_postgres::parse_url
    )]
    pub database_url: SecretString,
    /// Where `access` listens.
    #[arg(long, env = "KVITT_WALLET_ACCESS_URL", value_name = "URL", value_parser = peer_url)]
    pub access_url: String,
    /// Where `merchant` listens.
    #[arg(long, env = "KVITT_WALLET_MERCHANT_URL", value_name = "URL", value_parser = peer_url)]
    pub merchant_url: String,
    /// Where `payment` listens.
    #[arg(long, env = "KVITT_WALLET_PAYMENT_URL", value_name = "URL", value_parser = peer_url)]
    pub payment_url: String,
    /// Where `webhook` listens.
    #[arg(long, env = "KVITT_WALLET_WEBHOOK_URL", value_name = "URL", value_parser = peer_url)]
    pub webhook_url: String,
    /// Where `qr` listens.
    #[arg(long, env = "KVITT_WALLET_QR_URL", value_name = "URL", value_parser = peer_url)]
    pub qr_url: String,
    /// What this service proves itself with to `access`.
    #[arg(
        long,
        env = "KVITT_WALLET_SERVICE_SECRET",
        hide_env_values = true,
        value_name = "SECRET",
        value_parser = secret
    )]
    pub service_secret: SecretString,
    /// Lets merchants' clients force an approval; a build without the feature `sandbox` never does.
    #[arg(long, env = "KVITT_WALLET_SANDBOX")]
    pub sandbox: bool,
    /// Lets Express payments be approved by force too, with the default shipping option and the payer's first address.
    #[arg(long, env = "KVITT_WALLET_FORCE_APPROVE_EXPRESS")]
    pub force_approve_express: bool,
    /// How the process is connected, and how it starts and ends.
    #[command(flatten)]
    pub process: Process,
}
