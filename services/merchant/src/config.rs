//! What the service is told when it starts.

use std::net::SocketAddr;

use kvitt_runtime::{
    Process,
    process::{peer_url, secret},
};
use secrecy::SecretString;

/// A day; whoever waits longer for a test unit waits for something else.
const MOST_TEST_UNIT_DELAY_SECONDS: i64 = 86_400;

/// Settings of the service `merchant`.
#[derive(Debug, Clone, clap::Parser)]
pub struct Config {
    /// Where to listen for gRPC.
    #[arg(long, env = "KVITT_MERCHANT_LISTEN", default_value = "127.0.0.1:5002", value_name = "ADDRESS")]
    pub listen: SocketAddr,
    /// PostgreSQL database of this service alone.
    #[arg(
        long,
        env = "KVITT_MERCHANT_DATABASE_URL",
        hide_env_values = true,
        value_name = "URL",
        value_parser = kvitt_postgres::parse_url
    )]
    pub database_url: SecretString,
    /// Where `access` listens.
    #[arg(long, env = "KVITT_MERCHANT_ACCESS_URL", value_name = "URL", value_parser = peer_url)]
    pub access_url: String,
    /// What this service proves itself to `access` with.
    #[arg(
        long,
        env = "KVITT_MERCHANT_SERVICE_SECRET",
        hide_env_values = true,
        value_name = "TEXT",
        value_parser = secret
    )]
    pub service_secret: SecretString,
    /// Follows the movable clock at `access`; a build without the feature `sandbox` never does.
    #[arg(long, env = "KVITT_MERCHANT_SANDBOX")]
    pub sandbox: bool,
    /// How long a test unit takes to be there, in business time.
    #[arg(
        long,
        env = "KVITT_MERCHANT_TEST_UNIT_DELAY_SECONDS",
        default_value_t = 120,
        value_parser = clap::value_parser!(u32).range(..=MOST_TEST_UNIT_DELAY_SECONDS),
        value_name = "SECONDS"
    )]
    pub test_unit_delay_seconds: u32,
    /// How the process is connected, and how it starts and ends.
    #[command(flatten)]
    pub process: Process,
}
