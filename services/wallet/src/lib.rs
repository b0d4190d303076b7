//! The payer's side: payers, their cards, the inbox of payment requests, and the simulated acquirer.
//!
//! A payer's yes goes from `app` to payment, which decides and asks back for the money here, at the acquirer:
//! `domain::acquirer` is its law, one lane executes it. The two sides share the cards and nothing else. The inbox
//! follows payment's log (`worker::follow`). This service decides nothing about a payment.

mod app;
pub mod audit;
mod config;
mod domain;
mod error;
#[cfg(test)]
mod fixture;
mod grpc;
mod store;
mod worker;

use sqlx::PgPool;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;

use kvitt_proto::{
    acquirer::v1::acquirer_service_server::AcquirerServiceServer,
    wallet::v1::wallet_service_server::WalletServiceServer,
};
#[cfg(feature = "sandbox")]
use kvitt_runtime::Authority;
use kvitt_runtime::{Clock, Health, Mesh, MeshConfig, PeerChannel, RunError, Service, ServiceName};

use crate::{
    app::{App, Payments, execute_operations::Acquirer},
    grpc::{AcquirerGrpc, WalletGrpc},
};

pub use config::Config;

/// The tables of this service.
pub static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!();

/// Connections to the database that one instance opens at most.
const MOST_CONNECTIONS: u32 = 12;

/// Runs the service until `shutdown`; serves once its schema is migrated.
pub async fn run(
    config: Config,
    listener: TcpListener,
    clock: Clock,
    shutdown: CancellationToken,
) -> Result<(), RunError> {
    let pool = kvitt_postgres::connect(&config.database_url, MOST_CONNECTIONS)?;
    let mesh_config =
        MeshConfig { access_url: config.access_url.clone(), service_secret: config.service_secret.clone() };
    let mesh = Mesh::new(ServiceName::Wallet, &mesh_config)?;
    let payment = mesh.peer(&config.payment_url)?;
    // The lane ends after the server, which drains what it has accepted.
    let drained = CancellationToken::new();
    let acquirer = Acquirer::spawn(pool.clone(), clock.clone(), drained.clone());
    let app = App {
        pool: pool.clone(),
        clock,
        payments: Payments::new(payment.clone()),
        #[cfg(feature = "sandbox")]
        authority: Authority::new(&mesh),
        #[cfg(feature = "sandbox")]
        sandbox: config.sandbox,
    };
    let routes = Routes::new(WalletServiceServer::new(WalletGrpc { app })).add_service(
        AcquirerServiceServer::new(AcquirerGrpc { acquirer: acquirer.clone(), pool: pool.clone() }),
    );
    let service = Service { name: ServiceName::Wallet, verifier: mesh.verifier(), open_prefixes: &[] };
    let health = Health::new();
    let serving = kvitt_runtime::serve(service, listener, routes, health.clone(), shutdown.clone());
    let working = work(&config, &pool, payment, &health, &shutdown);
    let outcome = tokio::try_join!(serving, working);
    drained.cancel();
    acquirer.ended().await;
    pool.close().await;
    outcome.map(|_| ())
}

/// Makes the database ready, then follows payment's log and keeps the health true to the database.
async fn work(
    config: &Config,
    pool: &PgPool,
    payment: PeerChannel,
    health: &Health,
    shutdown: &CancellationToken,
) -> Result<(), RunError> {
    match kvitt_postgres::connect_and_migrate(&config.database_url, 1, &MIGRATIONS, shutdown).await {
        Ok(pool) => pool.close().await,
        Err(kvitt_postgres::Error::Stopped) => return Ok(()),
        Err(error) => return Err(error.into()),
    }
    let check = || async { store::ping(pool).await.is_ok() };
    let following = worker::follow::follow(payment, pool.clone(), shutdown.clone());
    tokio::join!(health.follow(check, shutdown.clone()), following);
    Ok(())
}
