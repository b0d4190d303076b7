//! What the service is told when it starts.

use std::net::SocketAddr;

use kvitt_runtime::{
    Process,
    process::{hex_keys, peer_url, secret, web_url},
};
use secrecy::SecretString;

/// Settings of the service `payment`.
#[derive(Debug, Clone, clap::Parser)]
pub struct Config {
    /// Where to listen for gRPC.
    #[arg(long, env = "KVITT_PAYMENT_LISTEN", default_value = "127.0.0.1:5003", value_name = "ADDRESS")]
    pub listen: SocketAddr,
    /// PostgreSQL database of this service alone.
    #[arg(
        long,
        env = "KVITT_PAYMENT_DATABASE_URL",
        hide_env_values = true,
        value_name = "URL",
        value_parser = kvitt_postgres::parse_url
    )]
    pub database_url: SecretString,
    /// Where `access` listens.
    #[arg(long, env = "KVITT_PAYMENT_ACCESS_URL", value_name = "URL", value_parser = peer_url)]
    pub access_url: String,
    /// Where `merchant` listens.
    #[arg(long, env = "KVITT_PAYMENT_MERCHANT_URL", value_name = "URL", value_parser = peer_url)]
    pub merchant_url: String,
    /// Where `wallet`, and the acquirer in it, listens.
    #[arg(long, env = "KVITT_PAYMENT_WALLET_URL", value_name = "URL", value_parser = peer_url)]
    pub wallet_url: String,
    /// What this service proves itself with to `access`.
    #[arg(
        long,
        env = "KVITT_PAYMENT_SERVICE_SECRET",
        hide_env_values = true,
        value_name = "SECRET",
        value_parser = secret
    )]
    pub service_secret: SecretString,
    /// The landing page that payers are sent to, without a query.
    #[arg(
        long,
        env = "KVITT_PAYMENT_LANDING_URL",
        default_value = "https://landing.kvitt.localhost/",
        value_name = "URL",
        value_parser = web_url
    )]
    pub landing_url: String,
    /// The URL scheme of the payer's app.
    #[arg(long, env = "KVITT_PAYMENT_NATIVE_SCHEME", default_value = "vippsMT", value_name = "SCHEME")]
    pub native_scheme: String,
    /// Where images of QR codes are served: the token and the format follow it.
    #[arg(
        long,
        env = "KVITT_PAYMENT_QR_IMAGE_URL",
        default_value = "https://qr.kvitt.localhost/qr-images/v1/",
        value_name = "URL",
        value_parser = web_url
    )]
    pub qr_image_url: String,
    /// Seals the cursors of the feed: 64 hexadecimal digits. Older keys, whose cursors still open, may stand behind it with
    /// commas between.
    #[arg(
        long,
        env = "KVITT_PAYMENT_CURSOR_KEY",
        hide_env_values = true,
        value_name = "KEY",
        value_parser = hex_keys
    )]
    pub cursor_key: SecretString,
    /// Parts of the log in a database that has none yet; fixed from then on.
    #[arg(long, env = "KVITT_PAYMENT_PARTS", default_value_t = 2, value_name = "NUMBER",
        value_parser = clap::value_parser!(u16).range(1..=64))]
    pub parts: u16,
    /// Follows the movable clock at `access`, and takes callbacks to servers on this machine; a build without the feature
    /// `sandbox` never does.
    #[arg(long, env = "KVITT_PAYMENT_SANDBOX")]
    pub sandbox: bool,
    /// How the process is connected, and how it starts and ends.
    #[command(flatten)]
    pub process: Process,
}
