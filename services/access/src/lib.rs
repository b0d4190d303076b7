//! Who a caller is: API credentials of sales units, access tokens, and the keys that verify them.
//!
//! A client shows its credentials once and gets a token; every service of the mesh verifies that token with the
//! public keys this service lists, and asks here what the client may act for. Secrets are kept as keyed hashes
//! (`hashing`), signing keys under envelope encryption (`envelope`), and keys come and go by the rules of
//! `domain::rotation`. Tokens live in wall-clock time. In the sandbox it also keeps business time, which can be moved
//! (`timekeeper`). This service knows no payment.

mod app;
mod config;
mod domain;
mod envelope;
mod error;
mod grpc;
mod hashing;
mod keys;
mod store;
#[cfg(feature = "sandbox")]
mod timekeeper;
mod token;
mod worker;

use std::{collections::HashMap, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgPool;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;

use kvitt_proto::access::v1::{
    credential_service_server::CredentialServiceServer, token_service_server::TokenServiceServer,
};
#[cfg(feature = "sandbox")]
use kvitt_proto::sandbox::v1::clock_service_server::ClockServiceServer;
use kvitt_runtime::{Clock, Health, RunError, Service, ServiceName, Verifier, wall_now};

use crate::{
    app::App, domain::rotation::LONGEST_TOKEN_LIFE, envelope::KeyEncryptionKey, hashing::Pepper, keys::Keys,
};

#[cfg(feature = "sandbox")]
use crate::timekeeper::Timekeeper;

pub use config::{Config, InvalidServiceSecret, ServiceSecret};

/// The tables of this service.
pub static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!();

/// Connections to the database that one instance opens at most.
const MOST_CONNECTIONS: u32 = 8;

/// Tokens count in whole seconds; one without a life would be of no use to anybody.
const SHORTEST_TOKEN_LIFE: TimeDelta = TimeDelta::seconds(1);

/// Rpcs that are called without a token.
const OPEN: &[&str] = &["/kvitt.access.v1.TokenService/"];

/// Runs the service until `shutdown`; serves once its schema is migrated and a signing key is at hand.
pub async fn run(
    config: Config,
    listener: TcpListener,
    clock: Clock,
    shutdown: CancellationToken,
) -> Result<(), RunError> {
    let pool = kvitt_postgres::connect(&config.database_url, MOST_CONNECTIONS)?;
    let app = build(&config, pool.clone())?;
    let keys = app.keys.clone();
    let health = Health::new();
    let service = Service {
        name: ServiceName::Access,
        verifier: Verifier::local(keys.subscribe()),
        open_prefixes: OPEN,
    };
    #[cfg(feature = "sandbox")]
    let timekeeper = config.sandbox.then(|| Timekeeper::new(pool.clone(), clock.clone(), shutdown.clone()));
    let tokens = TokenServiceServer::new(grpc::Tokens { app: app.clone() });
    let credentials = CredentialServiceServer::new(grpc::Credentials { app, clock });
    let routes = Routes::new(tokens).add_service(credentials);
    #[cfg(feature = "sandbox")]
    let routes = match &timekeeper {
        Some(keeper) => {
            routes.add_service(ClockServiceServer::new(grpc::ClockGrpc { keeper: keeper.clone() }))
        }
        None => routes,
    };
    let serving = kvitt_runtime::serve(service, listener, routes, health.clone(), shutdown.clone());
    let working = async {
        if !migrate(&config, &shutdown).await? {
            return Ok(());
        }
        #[cfg(feature = "sandbox")]
        if let Some(keeper) = &timekeeper {
            shutdown.run_until_cancelled(keeper.start()).await.transpose()?;
        }
        work(&keys, &health, &shutdown).await
    };
    let outcome = tokio::try_join!(serving, working);
    pool.close().await;
    outcome.map(|_| ())
}

/// Refuses settings that cannot work, before anything is opened.
fn build(config: &Config, pool: PgPool) -> Result<App, RunError> {
    let pepper = Pepper::try_new(&config.pepper)?;
    let token_life = TimeDelta::seconds(config.token_life_seconds.into());
    if !(SHORTEST_TOKEN_LIFE..=LONGEST_TOKEN_LIFE).contains(&token_life) {
        return Err("the life of a token must be 60 to 86400 seconds".into());
    }
    let secrets = config.service_secrets.iter().map(|of| {
        let secret = secrecy::ExposeSecret::expose_secret(&of.secret);
        (of.service, pepper.service_secret(of.service.as_str(), secret))
    });
    let service_secrets: HashMap<_, _> = secrets.collect();
    let keys = Keys::new(pool.clone(), KeyEncryptionKey::try_new(&config.key_encryption_key)?);
    Ok(App { pool, keys, pepper, token_life, service_secrets: Arc::new(service_secrets) })
}

/// Business time as it was left, for whoever reads the database without the service: the wall clock and the offset.
pub async fn business_now(pool: &PgPool) -> Result<DateTime<Utc>, sqlx::Error> {
    let offset_us = store::clock::load(pool).await?;
    Ok(wall_now() + TimeDelta::microseconds(offset_us))
}

/// Makes the database ready; false when the service was stopped first.
async fn migrate(config: &Config, shutdown: &CancellationToken) -> Result<bool, RunError> {
    match kvitt_postgres::connect_and_migrate(&config.database_url, 1, &MIGRATIONS, shutdown).await {
        Ok(pool) => pool.close().await,
        Err(kvitt_postgres::Error::Stopped) => return Ok(false),
        Err(error) => return Err(error.into()),
    }
    Ok(true)
}

/// Keeps the keys, and the health true to them.
async fn work(keys: &Keys, health: &Health, shutdown: &CancellationToken) -> Result<(), RunError> {
    match keys.refresh(wall_now()).await {
        Ok(_) => {}
        // The next request, or the worker, looks again.
        Err(error) if error.is_outage() => tracing::warn!(error = %error, "the signing keys wait"),
        Err(error) => return Err(error.into()),
    }
    let check = || async { keys.ready(wall_now()).await };
    tokio::join!(health.follow(check, shutdown.clone()), worker::rotate::run(keys, shutdown));
    Ok(())
}

#[cfg(test)]
mod tests;
