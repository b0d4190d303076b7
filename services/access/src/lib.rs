//! Who a caller is and what they are: API keys, portal users, access tokens, and the keys that verify those.
//!
//! A client shows its credentials once and gets a token; every service of the mesh verifies that token with the
//! public keys this service lists, and asks here what the client may act for. Secrets are kept as keyed hashes
//! (`hashing`). What has to be read again is kept under envelope encryption (the crate `envelope`): signing keys, which come
//! and go by the rules of `domain::rotation`, clients' secrets, and personal data. What is changed or shown stands in the
//! audit log. Tokens live in wall-clock time. In the sandbox it also keeps business time, which can be moved
//! (`timekeeper`).
//!
//! Users are natural persons: what is known of them is sealed and found by keyed hashes (`personal`), their passwords have
//! slow ones (`passwords`), and whoever is forgotten leaves an id that leads to nobody. This service knows no payment.

mod app;
mod config;
mod domain;
mod error;
mod grpc;
mod guesses;
mod hashing;
mod keys;
mod passwords;
mod personal;
mod store;
#[cfg(feature = "sandbox")]
mod timekeeper;
mod token;
mod wallet;
mod worker;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgPool;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;

use kvitt_envelope::{self as envelope, reseal};
use kvitt_postgres::Schema;
use kvitt_proto::access::v1::{
    credential_service_server::CredentialServiceServer, key_service_server::KeyServiceServer,
    session_service_server::SessionServiceServer, token_service_server::TokenServiceServer,
    user_service_server::UserServiceServer,
};
#[cfg(feature = "sandbox")]
use kvitt_proto::sandbox::v1::clock_service_server::ClockServiceServer;
use kvitt_runtime::{Clock, Health, Mesh, MeshConfig, RunError, Service, ServiceName, Verifier, wall_now};

use crate::{
    app::{App, people::People},
    domain::rotation::LONGEST_TOKEN_LIFE,
    envelope::KeyEncryptionKey,
    hashing::Pepper,
    keys::Keys,
    personal::PersonalData,
    wallet::Wallet,
};

#[cfg(feature = "sandbox")]
use crate::timekeeper::Timekeeper;

pub use config::{Config, InvalidServiceSecret, ServiceSecret, TOKEN_LIFE_SECONDS};

/// The tables of this service.
pub static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!();

/// Connections to the database that one instance opens at most.
const MOST_CONNECTIONS: u32 = 8;

/// Tokens count in whole seconds; one without a life would be of no use to anybody.
const SHORTEST_TOKEN_LIFE: TimeDelta = TimeDelta::seconds(1);

/// Rpcs that are called without a token.
const OPEN: &[&str] = &["/kvitt.access.v1.TokenService/", "/kvitt.access.v1.SessionService/"];

/// Runs the service until `shutdown`; serves once its schema is migrated and a signing key is at hand.
pub async fn run(
    config: Config,
    listener: TcpListener,
    clock: Clock,
    shutdown: CancellationToken,
) -> Result<(), RunError> {
    let pool = kvitt_postgres::connect(&config.database_url, MOST_CONNECTIONS)?;
    let app = build(&config, pool.clone(), listener.local_addr()?)?;
    let health = config.process.health();
    let service = Service {
        name: ServiceName::Access,
        verifier: Verifier::local(app.keys.subscribe()),
        open_prefixes: OPEN,
        process: config.process.clone(),
    };
    #[cfg(feature = "sandbox")]
    let timekeeper = config.sandbox.then(|| Timekeeper::new(pool.clone(), clock.clone(), shutdown.clone()));
    let tokens = TokenServiceServer::new(grpc::Tokens { app: app.clone() });
    let key_sets = KeyServiceServer::new(grpc::KeysGrpc { app: app.clone(), clock: clock.clone() });
    let users = UserServiceServer::new(grpc::Users { app: app.clone(), clock: clock.clone() });
    let sessions = SessionServiceServer::new(grpc::Sessions { app: app.clone(), clock: clock.clone() });
    let now = clock.clone();
    let credentials = CredentialServiceServer::new(grpc::Credentials { app: app.clone(), clock });
    let routes = Routes::new(tokens).add_service(credentials).add_service(key_sets);
    let routes = routes.add_service(users).add_service(sessions);
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
        work((&app, &now), &health, &shutdown).await
    };
    let outcome = tokio::try_join!(serving, working);
    pool.close().await;
    outcome.map(|_| ())
}

/// Refuses settings that cannot work, before anything is opened.
fn build(config: &Config, pool: PgPool, own: SocketAddr) -> Result<App, RunError> {
    let pepper = Pepper::try_new(&config.pepper)?;
    let token_life = TimeDelta::seconds(config.token_life_seconds.into());
    if !(SHORTEST_TOKEN_LIFE..=LONGEST_TOKEN_LIFE).contains(&token_life) {
        return Err("the life of a token must be 60 to 86400 seconds".into());
    }
    let service_secrets = config.service_secrets.iter().map(|of| {
        let secret = secrecy::ExposeSecret::expose_secret(&of.secret);
        (of.service, pepper.service_secret(of.service.as_str(), secret))
    });
    let mut service_secrets: Vec<_> = service_secrets.collect();
    let wallet = config.wallet_url.as_ref().map(|url| {
        let (mesh, own_secret) = own_mesh(own, config)?;
        let hash = pepper.service_secret(ServiceName::Access.as_str(), &own_secret);
        service_secrets.push((ServiceName::Access, hash));
        Wallet::new(&mesh, url)
    });
    let wallet = wallet.transpose()?;
    let key_encryption_key = KeyEncryptionKey::try_new(&config.key_encryption_key)?;
    let keys = Keys::new(pool.clone(), key_encryption_key.clone());
    let data = PersonalData::new(pepper.clone(), key_encryption_key.clone());
    let people = People::new(data, wallet);
    #[cfg(feature = "sandbox")]
    let people = if config.sandbox { people.simulated() } else { people };
    let service_secrets = service_secrets.into();
    Ok(App { pool, keys, pepper, key_encryption_key, token_life, people, service_secrets })
}

/// This instance as a caller of other services, and the secret by which it proves itself to itself: made anew at every
/// start and known to nobody else.
fn own_mesh(own: SocketAddr, config: &Config) -> Result<(Mesh, String), RunError> {
    let secret = hex::encode(envelope::random::<32>()?);
    let ip = match own.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    let own = SocketAddr::new(ip, own.port());
    let config = MeshConfig {
        access_url: format!("http://{own}"),
        service_secret: secret.clone().into(),
        process: config.process.clone(),
    };
    Ok((Mesh::of_access(own, &config)?, secret))
}

/// Business time as it was left, for whoever reads the database without the service: the wall clock and the offset.
pub async fn business_now(pool: &PgPool) -> Result<DateTime<Utc>, sqlx::Error> {
    let offset_us = store::clock::load(pool).await?;
    Ok(wall_now() + TimeDelta::microseconds(offset_us))
}

/// Makes the database ready; false when the service was stopped first.
async fn migrate(config: &Config, shutdown: &CancellationToken) -> Result<bool, RunError> {
    let schema = Schema { migrations: &MIGRATIONS, is_awaited: config.process.schema_is_awaited() };
    match kvitt_postgres::prepare(&config.database_url, schema, shutdown).await {
        Ok(()) => {}
        Err(kvitt_postgres::Error::Stopped) => return Ok(false),
        Err(error) => return Err(error.into()),
    }
    Ok(true)
}

/// Keeps the keys, and the health true to them; finishes and sweeps what is left behind.
async fn work(
    (app, clock): (&App, &Clock),
    health: &Health,
    shutdown: &CancellationToken,
) -> Result<(), RunError> {
    let keys = &app.keys;
    match keys.refresh(wall_now()).await {
        Ok(_) => {}
        // The next request, or the worker, looks again.
        Err(error) if error.is_outage() => tracing::warn!(error = %error, "the signing keys wait"),
        Err(error) => return Err(error.into()),
    }
    let check = || async { keys.ready(wall_now()).await };
    tokio::join!(
        health.follow(check, shutdown.clone()),
        worker::rotate::run(keys, shutdown),
        worker::sweep::run(&app.pool, shutdown),
        worker::test_users::run(app, clock, shutdown),
        reseal::run(&app.pool, &app.key_encryption_key, store::sealed::COLUMNS, shutdown)
    );
    Ok(())
}

#[cfg(test)]
mod tests;
