//! What the service is told when it starts.

use std::net::SocketAddr;

use kvitt_runtime::{
    Process,
    process::{peer_url, secret, smtp_url},
};
use secrecy::SecretString;

/// Settings of the service `settlement`.
#[derive(Debug, Clone, clap::Parser)]
pub struct Config {
    /// Where to listen for gRPC.
    #[arg(long, env = "KVITT_SETTLEMENT_LISTEN", default_value = "127.0.0.1:5009", value_name = "ADDRESS")]
    pub listen: SocketAddr,
    /// PostgreSQL database of this service alone.
    #[arg(
        long,
        env = "KVITT_SETTLEMENT_DATABASE_URL",
        hide_env_values = true,
        value_name = "URL",
        value_parser = kvitt_postgres::parse_url
    )]
    pub database_url: SecretString,
    /// Where `access` listens.
    #[arg(long, env = "KVITT_SETTLEMENT_ACCESS_URL", value_name = "URL", value_parser = peer_url)]
    pub access_url: String,
    /// Where `merchant` listens.
    #[arg(long, env = "KVITT_SETTLEMENT_MERCHANT_URL", value_name = "URL", value_parser = peer_url)]
    pub merchant_url: String,
    /// Where `payment` listens.
    #[arg(long, env = "KVITT_SETTLEMENT_PAYMENT_URL", value_name = "URL", value_parser = peer_url)]
    pub payment_url: String,
    /// What this service proves itself with to `access`.
    #[arg(
        long,
        env = "KVITT_SETTLEMENT_SERVICE_SECRET",
        hide_env_values = true,
        value_name = "SECRET",
        value_parser = secret
    )]
    pub service_secret: SecretString,
    /// The mail server that reports are sent through: `smtps://user:password@host`, or `smtp://host:port` without
    /// encryption. Without it reports wait, but in the sandbox, where they go to an outbox.
    #[arg(
        long,
        env = "KVITT_SETTLEMENT_SMTP_URL",
        hide_env_values = true,
        value_name = "URL",
        value_parser = smtp_url
    )]
    pub smtp_url: Option<SecretString>,
    /// Who mails are from.
    #[arg(
        long,
        env = "KVITT_SETTLEMENT_MAIL_FROM",
        default_value = DEFAULT_MAIL_FROM,
        value_name = "ADDRESS"
    )]
    pub mail_from: String,
    /// Follows the movable clock at `access`, lets the bank fail on purpose and keeps an outbox; a build without the
    /// feature `sandbox` never does.
    #[arg(long, env = "KVITT_SETTLEMENT_SANDBOX")]
    pub sandbox: bool,
    /// How the process is connected, and how it starts and ends.
    #[command(flatten)]
    pub process: Process,
}

/// Who mails are from when nothing else is configured.
pub const DEFAULT_MAIL_FROM: &str = "Kvitt <no-reply@kvitt.localhost>";
