//! What merchants tell payers about their orders: receipts, links in categories, and the pictures that these show.
//!
//! An order is a name that the merchant chose; whether it is ever paid is payment's business. What is told here moves no
//! money, and nothing here decides about any. A receipt that a payment brings along is kept like one that is sent by
//! itself: `worker::follow` reads payment's log, and whoever was first has written it.
//!
//! To tell something new of an order: an rpc in `order_management_service.proto`, a migration, the rule in `domain/`, the
//! SQL in `store/`, the use case in `app/` and its line in `grpc/`.

mod app;
mod config;
mod domain;
#[cfg(test)]
mod fixture;
mod grpc;
mod store;
mod worker;

use sqlx::PgPool;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;

use kvitt_feed::Follower;
use kvitt_postgres::Schema;
use kvitt_proto::ordermanagement::v1::order_management_service_server::OrderManagementServiceServer;
#[cfg(feature = "sandbox")]
use kvitt_runtime::sandbox::follow_clock;
use kvitt_runtime::{Authority, Clock, Health, Mesh, MeshConfig, RunError, ServiceName, authority::Units};

use crate::{
    app::{App, Pictures},
    worker::follow::Receipts,
};

pub use config::Config;

/// The tables of this service.
pub static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!();

/// Connections to the database that one instance opens at most.
const MOST_CONNECTIONS: u32 = 8;

/// Runs the service until `shutdown`; serves once its schema is migrated.
pub async fn run(
    config: Config,
    listener: TcpListener,
    clock: Clock,
    shutdown: CancellationToken,
) -> Result<(), RunError> {
    let pool = kvitt_postgres::connect(&config.database_url, MOST_CONNECTIONS)?;
    let mesh_config = MeshConfig {
        access_url: config.access_url.clone(),
        service_secret: config.service_secret.clone(),
        process: config.process.clone(),
    };
    let mesh = Mesh::new(ServiceName::OrderManagement, &mesh_config)?;
    let follower = Follower::new(mesh.peer(&config.payment_url)?, pool.clone(), Receipts);
    let health = config.process.health();
    #[cfg(feature = "sandbox")]
    if config.sandbox {
        let (clock, follower) = (clock.clone(), follower.clone());
        let settle = move || worker::settle::settle(follower.clone());
        tokio::spawn(follow_clock(&health, mesh.access(), clock, settle, shutdown.clone()));
    }
    let units = Units::of_merchant(mesh.peer(&config.merchant_url)?);
    let authority = Authority::new(&mesh, units);
    let app = App { pool: pool.clone(), authority, clock, pictures: Pictures::new() };
    let routes = Routes::new(OrderManagementServiceServer::new(grpc::Grpc { app }));
    let service = mesh.service();
    let serving = kvitt_runtime::serve(service, listener, routes, health.clone(), shutdown.clone());
    let working = work(&config, &pool, &health, follower, &shutdown);
    let outcome = tokio::try_join!(serving, working);
    pool.close().await;
    outcome.map(|_| ())
}

/// Makes the database ready, then follows payment's log and keeps the health true to the database.
async fn work(
    config: &Config,
    pool: &PgPool,
    health: &Health,
    follower: Follower<Receipts>,
    shutdown: &CancellationToken,
) -> Result<(), RunError> {
    let schema = Schema { migrations: &MIGRATIONS, is_awaited: config.process.schema_is_awaited() };
    match kvitt_postgres::prepare(&config.database_url, schema, shutdown).await {
        Ok(()) => {}
        Err(kvitt_postgres::Error::Stopped) => return Ok(()),
        Err(error) => return Err(error.into()),
    }
    let check = || async { store::ping(pool).await.is_ok() };
    tokio::join!(health.follow(check, shutdown.clone()), follower.follow(shutdown.clone()));
    Ok(())
}

#[cfg(test)]
mod tests;
