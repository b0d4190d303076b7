//! Sessions of Checkout, on top of payments: one page on which a payer says who they are, where the goods go and how they
//! pay. The payment behind a session is an ordinary one; what becomes of it, this service only follows.
//!
//! `domain` is the law of a session, `app` one file for each thing that a merchant or a payer does, `worker` what happens
//! by itself: sessions end (`worker::due`) and merchants are told of it (`worker::tell`). Merchants' servers are called
//! through the egress crate only, and never while a row is locked.
//!
//! To add a field of a session: `checkout_service.proto`, `domain/terms.rs`, `grpc/decode.rs`, `encode.rs`, the gateway's
//! `checkout/json`, and `shared/checkout_json` where merchants read it back.

mod app;
mod config;
mod domain;
mod encode;
#[cfg(test)]
mod fixture;
mod grpc;
mod store;
mod worker;

use std::sync::Arc;

use kvitt_egress::{Egress, Policy};
use kvitt_postgres::Schema;
use kvitt_proto::{
    checkout::v1::checkout_service_server::CheckoutServiceServer,
    merchant::v1::merchant_service_client::MerchantServiceClient,
};
#[cfg(feature = "sandbox")]
use kvitt_runtime::sandbox::follow_clock;
use kvitt_runtime::{Authority, Clock, Health, Mesh, MeshConfig, RunError, ServiceName, authority::Units};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;

use crate::{
    app::{App, Asking, Links, Payments},
    grpc::CheckoutGrpc,
    worker::due::Work,
};

pub use config::{Config, DEFAULT_API_URL, DEFAULT_FRONTEND_URL};

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
    let mesh_config = MeshConfig {
        access_url: config.access_url.clone(),
        service_secret: config.service_secret.clone(),
        process: config.process.clone(),
    };
    let mesh = Mesh::new(ServiceName::Checkout, &mesh_config)?;
    let health = config.process.health();
    let merchant = mesh.peer(&config.merchant_url)?;
    let policy = policy(&config);
    let app = App {
        pool: pool.clone(),
        clock: clock.clone(),
        authority: Authority::new(&mesh, Units::of_merchant(merchant.clone())),
        payments: Payments::new(mesh.peer(&config.payment_url)?),
        merchants: MerchantServiceClient::new(merchant),
        egress: Egress::new(policy),
        policy,
        asking: Asking::new(),
        links: Arc::new(Links {
            frontend_url: config.frontend_url.clone(),
            api_url: config.api_url.trim_end_matches('/').to_owned(),
        }),
        sandbox: cfg!(feature = "sandbox") && config.sandbox,
    };
    let work = Work::new(app.clone());
    #[cfg(feature = "sandbox")]
    if config.sandbox {
        let work = work.clone();
        let settle = move || work.clone().settle();
        tokio::spawn(follow_clock(&health, mesh.access(), clock, settle, shutdown.clone()));
    }
    let service = mesh.service();
    let routes = Routes::new(CheckoutServiceServer::new(CheckoutGrpc { app: app.clone() }));
    let serving = kvitt_runtime::serve(service, listener, routes, health.clone(), shutdown.clone());
    let working = ready(&config, (app, work), &health, &shutdown);
    let outcome = tokio::try_join!(serving, working);
    pool.close().await;
    outcome.map(|_| ())
}

/// Makes the database ready, then does what falls due and keeps the health true to it.
async fn ready(
    config: &Config,
    (app, work): (App, Work),
    health: &Health,
    shutdown: &CancellationToken,
) -> Result<(), RunError> {
    let schema = Schema { migrations: &MIGRATIONS, is_awaited: config.process.schema_is_awaited() };
    match kvitt_postgres::prepare(&config.database_url, schema, shutdown).await {
        Ok(()) => {}
        Err(kvitt_postgres::Error::Stopped) => return Ok(()),
        Err(error) => return Err(error.into()),
    }
    let pool = app.pool.clone();
    let check = || async { store::ping(&pool).await.is_ok() };
    let telling = worker::tell::run(app, shutdown.clone());
    tokio::join!(health.follow(check, shutdown.clone()), work.run(shutdown.clone()), telling);
    Ok(())
}

#[cfg(feature = "sandbox")]
fn policy(config: &Config) -> Policy {
    use kvitt_egress::Loopback::{Allowed, Refused};
    Policy { loopback: if config.sandbox { Allowed } else { Refused } }
}

#[cfg(not(feature = "sandbox"))]
fn policy(_config: &Config) -> Policy {
    Policy::default()
}
