//! What the service is told when it starts.

use std::net::SocketAddr;

use secrecy::SecretString;

/// Settings of the service `settlement`.
#[derive(Debug, Clone, clap::Parser)]
pub struct Config {
    /// Where to listen for gRPC.
    #[arg(long, env = "KVITT_SETTLEMENT_LISTEN", default_value = "127.0.0.1:5009", value_name = "ADDRESS")]
    pub listen: SocketAddr,
    /// PostgreSQL database of this service alone.
    #[arg(long, env = "KVITT_SETTLEMENT_DATABASE_URL", hide_env_values = true, value_name = "URL")]
    pub database_url: SecretString,
    /// Where `access` listens.
    #[arg(long, env = "KVITT_SETTLEMENT_ACCESS_URL", value_name = "URL")]
    pub access_url: String,
    /// Where `merchant` listens.
    #[arg(long, env = "KVITT_SETTLEMENT_MERCHANT_URL", value_name = "URL")]
    pub merchant_url: String,
    /// Where `payment` listens.
    #[arg(long, env = "KVITT_SETTLEMENT_PAYMENT_URL", value_name = "URL")]
    pub payment_url: String,
    /// What this service proves itself with to `access`.
    #[arg(long, env = "KVITT_SETTLEMENT_SERVICE_SECRET", hide_env_values = true, value_name = "SECRET")]
    pub service_secret: SecretString,
    /// The mail server that reports are sent through: `smtps://user:password@host`, or `smtp://host:port` without
    /// encryption. Without it reports wait, but in the sandbox, where they go to an outbox.
    #[arg(long, env = "KVITT_SETTLEMENT_SMTP_URL", hide_env_values = true, value_name = "URL")]
    pub smtp_url: Option<SecretString>,
    /// Who mails are from.
    #[arg(long, env = "KVITT_SETTLEMENT_MAIL_FROM", default_value = DEFAULT_MAIL_FROM, value_name = "ADDRESS")]
    pub mail_from: String,
    /// Follows the movable clock at `access`, lets the bank fail on purpose and keeps an outbox; a build without the
    /// feature `sandbox` never does.
    #[arg(long, env = "KVITT_SETTLEMENT_SANDBOX")]
    pub sandbox: bool,
}

/// Who mails are from when nothing else is configured.
pub const DEFAULT_MAIL_FROM: &str = "Kvitt <no-reply@kvitt.localhost>";
