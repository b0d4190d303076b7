//! Merchants and their sales units: who sells, under which MSN, in which market, and what they have been allowed.
//!
//! Payment reads a unit's attributes before it decides about a payment. It remembers them, and asks here what has
//! changed: so every change of a unit is counted (`store::revision`). This service holds no secret and knows no payment.
//!
//! To add an attribute of a sales unit: the field in `merchant_service.proto`, a migration, `domain/sales_unit.rs`,
//! `store/sales_units/`, `app/audit.rs` and `grpc/convert/unit.rs`.

mod app;
mod config;
mod domain;
#[cfg(test)]
mod fixture;
mod grpc;
mod store;
mod worker;

use std::sync::Arc;

use chrono::TimeDelta;
use sqlx::PgPool;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;

use kvitt_postgres::Schema;
use kvitt_proto::merchant::v1::{
    merchant_service_server::MerchantServiceServer, order_service_server::OrderServiceServer,
    partner_service_server::PartnerServiceServer,
};
use kvitt_runtime::{Authority, Clock, Health, Mesh, MeshConfig, RunError, ServiceName, authority::Units};

#[cfg(feature = "sandbox")]
use kvitt_runtime::sandbox::follow_clock;

use crate::{
    app::{App, units::OwnUnits},
    worker::Work,
};

pub use config::Config;

/// The tables of this service.
pub static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!();

/// Connections to the database that one instance opens at most.
const MOST_CONNECTIONS: u32 = 8;

/// The units that settlement keeps no ledger of, ascending by MSN, in the database of this service: test units, and those
/// that only log payers in.
pub async fn units_without_ledger(pool: &PgPool) -> Result<Vec<String>, sqlx::Error> {
    store::without_ledger::find(&mut *pool.acquire().await?).await
}

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
    let mesh = Mesh::new(ServiceName::Merchant, &mesh_config)?;
    let health = config.process.health();
    let app = App {
        pool: pool.clone(),
        authority: Authority::new(&mesh, Units::local(Arc::new(OwnUnits(pool.clone())))),
        clock: clock.clone(),
        sandbox: cfg!(feature = "sandbox") && config.sandbox,
        test_unit_delay: TimeDelta::seconds(config.test_unit_delay_seconds.into()),
    };
    let work = Work::new(app.clone(), mesh.access());
    #[cfg(feature = "sandbox")]
    if config.sandbox {
        let work = work.clone();
        let settle = move || work.clone().settle();
        tokio::spawn(follow_clock(&health, mesh.access(), clock, settle, shutdown.clone()));
    }
    let grpc = grpc::Grpc { app };
    let routes = Routes::new(MerchantServiceServer::new(grpc.clone()))
        .add_service(OrderServiceServer::new(grpc.clone()))
        .add_service(PartnerServiceServer::new(grpc));
    let service = mesh.service();
    let serving = kvitt_runtime::serve(service, listener, routes, health.clone(), shutdown.clone());
    let working = ready(&config, &pool, (&health, work), &shutdown);
    let outcome = tokio::try_join!(serving, working);
    pool.close().await;
    outcome.map(|_| ())
}

/// Makes the database ready, then does what falls due and keeps the health true to it.
async fn ready(
    config: &Config,
    pool: &PgPool,
    (health, work): (&Health, Work),
    shutdown: &CancellationToken,
) -> Result<(), RunError> {
    let schema = Schema { migrations: &MIGRATIONS, is_awaited: config.process.schema_is_awaited() };
    match kvitt_postgres::prepare(&config.database_url, schema, shutdown).await {
        Ok(()) => {}
        Err(kvitt_postgres::Error::Stopped) => return Ok(()),
        Err(error) => return Err(error.into()),
    }
    let check = || async { store::ping(pool).await.is_ok() };
    tokio::join!(health.follow(check, shutdown.clone()), work.run(shutdown.clone()));
    Ok(())
}

#[cfg(test)]
mod tests;
