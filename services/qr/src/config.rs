//! What the service is told when it starts.

use std::net::SocketAddr;

use kvitt_runtime::{
    Process,
    process::{peer_url, secret, web_url},
};
use secrecy::SecretString;

/// Settings of the service `qr`.
#[derive(Debug, Clone, clap::Parser)]
pub struct Config {
    /// Where to listen for gRPC.
    #[arg(long, env = "KVITT_QR_LISTEN", default_value = "127.0.0.1:5008", value_name = "ADDRESS")]
    pub listen: SocketAddr,
    /// PostgreSQL database of this service alone.
    #[arg(
        long,
        env = "KVITT_QR_DATABASE_URL",
        hide_env_values = true,
        value_name = "URL",
        value_parser = kvitt_postgres::parse_url
    )]
    pub database_url: SecretString,
    /// Where `access` listens.
    #[arg(long, env = "KVITT_QR_ACCESS_URL", value_name = "URL", value_parser = peer_url)]
    pub access_url: String,
    /// Where `merchant` listens.
    #[arg(long, env = "KVITT_QR_MERCHANT_URL", value_name = "URL", value_parser = peer_url)]
    pub merchant_url: String,
    /// Where `payment` listens.
    #[arg(long, env = "KVITT_QR_PAYMENT_URL", value_name = "URL", value_parser = peer_url)]
    pub payment_url: String,
    /// Where `wallet` listens.
    #[arg(long, env = "KVITT_QR_WALLET_URL", value_name = "URL", value_parser = peer_url)]
    pub wallet_url: String,
    /// Where `webhook` listens.
    #[arg(long, env = "KVITT_QR_WEBHOOK_URL", value_name = "URL", value_parser = peer_url)]
    pub webhook_url: String,
    /// What this service proves itself with to `access`.
    #[arg(
        long,
        env = "KVITT_QR_SERVICE_SECRET",
        hide_env_values = true,
        value_name = "SECRET",
        value_parser = secret
    )]
    pub service_secret: SecretString,
    /// What printed codes hold, up to the code itself. It leads to the edge's `/q/`, and may never change: what is printed
    /// stays.
    #[arg(
        long,
        env = "KVITT_QR_CODE_URL",
        default_value = DEFAULT_CODE_URL,
        value_name = "URL",
        value_parser = web_url
    )]
    pub code_url: String,
    /// The address of a picture of a code, up to the name of its file.
    #[arg(
        long,
        env = "KVITT_QR_IMAGE_URL",
        default_value = DEFAULT_IMAGE_URL,
        value_name = "URL",
        value_parser = web_url
    )]
    pub image_url: String,
    /// The page on which a payment link is paid, up to the link's token.
    #[arg(
        long,
        env = "KVITT_QR_LINK_URL",
        default_value = DEFAULT_LINK_URL,
        value_name = "URL",
        value_parser = web_url
    )]
    pub link_url: String,
    /// Follows the movable clock at `access`, screens payment links by itself and lets merchants' clients play the payer of
    /// a link; a build without the feature `sandbox` never does.
    #[arg(long, env = "KVITT_QR_SANDBOX")]
    pub sandbox: bool,
    /// How the process is connected, and how it starts and ends.
    #[command(flatten)]
    pub process: Process,
}

/// What codes hold when nothing else is configured.
pub const DEFAULT_CODE_URL: &str = "https://qr.kvitt.localhost/q/";

/// Where pictures are when nothing else is configured.
pub const DEFAULT_IMAGE_URL: &str = "https://api.kvitt.localhost/qr-images/v1/";

/// Where payment links are paid when nothing else is configured.
pub const DEFAULT_LINK_URL: &str = "https://pay.kvitt.localhost/l/";
