//! What the service is told when it starts.

use std::{net::SocketAddr, str::FromStr};

use kvitt_runtime::{
    Process, ServiceName,
    process::{hex_keys, peer_url, secret},
};
use secrecy::SecretString;

/// Settings of the service `access`.
#[derive(Debug, Clone, clap::Parser)]
pub struct Config {
    /// Where to listen for gRPC.
    #[arg(long, env = "KVITT_ACCESS_LISTEN", default_value = "127.0.0.1:5001", value_name = "ADDRESS")]
    pub listen: SocketAddr,
    /// PostgreSQL database of this service alone.
    #[arg(
        long,
        env = "KVITT_ACCESS_DATABASE_URL",
        hide_env_values = true,
        value_name = "URL",
        value_parser = kvitt_postgres::parse_url
    )]
    pub database_url: SecretString,
    /// What each mesh service proves itself with: `name=secret`, separated by commas. While a service gets another secret, it
    /// stands there twice.
    #[arg(
        long,
        env = "KVITT_ACCESS_SERVICE_SECRETS",
        required = true,
        hide_env_values = true,
        value_delimiter = ',',
        value_name = "NAME=SECRET"
    )]
    pub service_secrets: Vec<ServiceSecret>,
    /// Seals signing keys, secrets and personal data at rest: 64 hexadecimal digits. What older keys sealed, which may stand
    /// behind it with commas between, is sealed again.
    #[arg(
        long,
        env = "KVITT_ACCESS_KEY_ENCRYPTION_KEY",
        hide_env_values = true,
        value_name = "HEX",
        value_parser = hex_keys
    )]
    pub key_encryption_key: SecretString,
    /// Keys the hashes of credentials: at least 16 characters. Another pepper invalidates them all.
    #[arg(
        long,
        env = "KVITT_ACCESS_PEPPER",
        hide_env_values = true,
        value_name = "TEXT",
        value_parser = secret
    )]
    pub pepper: SecretString,
    /// How long a client's token lives, 60 to 86400.
    #[arg(
        long,
        env = "KVITT_ACCESS_TOKEN_LIFE_SECONDS",
        default_value_t = TOKEN_LIFE_SECONDS,
        value_parser = clap::value_parser!(u32).range(60..=86_400),
        value_name = "SECONDS"
    )]
    pub token_life_seconds: u32,
    /// Where the wallet listens, for example `http://127.0.0.1:5004`; without it merchants cannot make test users.
    #[arg(long, env = "KVITT_ACCESS_WALLET_URL", value_name = "URL", value_parser = peer_url)]
    pub wallet_url: Option<String>,
    /// Lets whoever has a token move business time; a build without the feature `sandbox` never does.
    #[arg(long, env = "KVITT_ACCESS_SANDBOX")]
    pub sandbox: bool,
    /// How the process is connected, and how it starts and ends.
    #[command(flatten)]
    pub process: Process,
}

/// How long upstream's tokens live: an hour in its test environment, a day in production (contract-merchant section 2.2).
pub const TOKEN_LIFE_SECONDS: u32 = if cfg!(feature = "sandbox") { 3_600 } else { 86_400 };

/// The secret of one mesh service; at least 16 characters.
#[derive(Debug, Clone)]
pub struct ServiceSecret {
    /// Whose it is.
    pub service: ServiceName,
    /// The secret.
    pub secret: SecretString,
}

impl FromStr for ServiceSecret {
    type Err = InvalidServiceSecret;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, secret) = text.split_once('=').ok_or(InvalidServiceSecret)?;
        let service = name.parse().map_err(|_| InvalidServiceSecret)?;
        if secret.len() < SHORTEST_SERVICE_SECRET {
            return Err(InvalidServiceSecret);
        }
        Ok(Self { service, secret: secret.to_owned().into() })
    }
}

const SHORTEST_SERVICE_SECRET: usize = 16;

/// The text is not a service's name, `=`, and its secret. The text is not repeated: it may hold the secret.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("must be the name of a service, '=', and a secret of at least {SHORTEST_SERVICE_SECRET} characters")]
pub struct InvalidServiceSecret;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn m33_a_token_lives_an_hour_in_the_sandbox_and_a_day_in_production() {
        let (access, command) = ("kvitt-access", <Config as clap::CommandFactory>::command());
        let needed = ["--database-url=postgres:///x", "--service-secrets=payment=0123456789abcdef"];
        let key = format!("--key-encryption-key={}", "5e".repeat(32));
        let needed = needed.into_iter().chain([key.as_str(), "--pepper=0123456789abcdef"]);
        let matches = command.try_get_matches_from([access].into_iter().chain(needed)).unwrap();
        let life = *matches.get_one::<u32>("token_life_seconds").unwrap();
        assert_eq!(life, if cfg!(feature = "sandbox") { 3_600 } else { 86_400 });
    }

    #[test]
    fn a_service_secret_is_a_known_name_and_a_long_secret() {
        let table = [
            ("payment=0123456789abcdef", true),
            ("payment=0123456789abcde=", true),
            ("payment=short", false),
            ("bank=0123456789abcdef", false),
            ("0123456789abcdef", false),
        ];
        for (text, valid) in table {
            assert_eq!(text.parse::<ServiceSecret>().is_ok(), valid, "{text}");
        }
    }
}
