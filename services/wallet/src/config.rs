//! What the service is told when it starts.

use std::net::SocketAddr;

use secrecy::SecretString;

/// Settings of the service `wallet`.
#[derive(Debug, Clone, clap::Parser)]
pub struct Config {
    /// Where to listen for gRPC.
    #[arg(long, env = "KVITT_WALLET_LISTEN", default_value = "127.0.0.1:5004", value_name = "ADDRESS")]
    pub listen: SocketAddr,
    /// PostgreSQL database of this service alone.
    #[arg(long, env = "KVITT_WALLET_DATABASE_URL", hide_env_values = true, value_name = "URL")]
    pub database_url: SecretString,
    /// Where `access` listens.
    #[arg(long, env = "KVITT_WALLET_ACCESS_URL", value_name = "URL")]
    pub access_url: String,
    /// Where `merchant` listens.
    #[arg(long, env = "KVITT_WALLET_MERCHANT_URL", value_name = "URL")]
    pub merchant_url: String,
    /// Where `payment` listens.
    #[arg(long, env = "KVITT_WALLET_PAYMENT_URL", value_name = "URL")]
    pub payment_url: String,
    /// Where `webhook` listens.
    #[arg(long, env = "KVITT_WALLET_WEBHOOK_URL", value_name = "URL")]
    pub webhook_url: String,
    /// Where `qr` listens.
    #[arg(long, env = "KVITT_WALLET_QR_URL", value_name = "URL")]
    pub qr_url: String,
    /// What this service proves itself with to `access`.
    #[arg(long, env = "KVITT_WALLET_SERVICE_SECRET", hide_env_values = true, value_name = "SECRET")]
    pub service_secret: SecretString,
    /// Lets merchants' clients force an approval; a build without the feature `sandbox` never does.
    #[arg(long, env = "KVITT_WALLET_SANDBOX")]
    pub sandbox: bool,
    /// Lets Express payments be approved by force too, with the default shipping option and the payer's first address.
    #[arg(long, env = "KVITT_WALLET_FORCE_APPROVE_EXPRESS")]
    pub force_approve_express: bool,
}
