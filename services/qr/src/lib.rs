//! What merchants print, show and share, and where scanning or opening it leads.
//!
//! Three kinds of codes (a page of the merchant, a callback that says that a payer is there, one payment), the codes of VM
//! numbers, and payment links. Nothing here decides about money: a link, a request and a VM number are paid by ordinary
//! payments, which this service asks `payment` for in its own name, and what becomes of them it follows in payment's log.
//!
//! To add a kind of code: its letter in `domain::code`, its table, what it holds in `domain::links`, and what scanning it
//! means in `app::resolve_qr`.

mod app;
mod config;
mod domain;
#[cfg(test)]
mod fixture;
mod grpc;
mod store;
mod worker;

use std::sync::Arc;

use kvitt_feed::Follower;
use kvitt_postgres::Schema;
use kvitt_proto::{
    merchant::v1::merchant_service_client::MerchantServiceClient,
    qr::v1::{
        payment_link_service_server::PaymentLinkServiceServer,
        payment_request_service_server::PaymentRequestServiceServer, qr_service_server::QrServiceServer,
        scan_service_server::ScanServiceServer,
    },
    wallet::v1::payer_service_client::PayerServiceClient,
    webhook::v1::callback_service_client::CallbackServiceClient,
};
#[cfg(feature = "sandbox")]
use kvitt_runtime::sandbox::follow_clock;
use kvitt_runtime::{Authority, Clock, Health, Mesh, MeshConfig, RunError, ServiceName, authority::Units};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;

use crate::{
    app::{App, Payments},
    domain::Links,
    worker::{due::Due, follow::Following},
};

pub use config::{Config, DEFAULT_CODE_URL, DEFAULT_IMAGE_URL, DEFAULT_LINK_URL};

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
    let mesh = Mesh::new(ServiceName::Qr, &mesh_config)?;
    let health = config.process.health();
    let merchant = mesh.peer(&config.merchant_url)?;
    let app = App {
        pool: pool.clone(),
        clock: clock.clone(),
        authority: Authority::new(&mesh, Units::of_merchant(merchant.clone())),
        merchants: MerchantServiceClient::new(merchant),
        payments: Payments::new(mesh.peer(&config.payment_url)?),
        payers: PayerServiceClient::new(mesh.peer(&config.wallet_url)?),
        callbacks: CallbackServiceClient::new(mesh.peer(&config.webhook_url)?),
        names: app::Names::default(),
        links: Arc::new(Links {
            code_url: config.code_url.clone(),
            image_url: config.image_url.clone(),
            link_url: config.link_url.clone(),
        }),
        sandbox: cfg!(feature = "sandbox") && config.sandbox,
    };
    let follower = Follower::new(mesh.peer(&config.payment_url)?, pool.clone(), Following);
    let due = Due::new(app.clone());
    #[cfg(feature = "sandbox")]
    if config.sandbox {
        let (due, follower) = (due.clone(), follower.clone());
        let settle = move || worker::settle::settle(due.clone(), follower.clone());
        tokio::spawn(follow_clock(&health, mesh.access(), clock, settle, shutdown.clone()));
    }
    let grpc = || grpc::Grpc { app: app.clone() };
    let routes = Routes::new(QrServiceServer::new(grpc()))
        .add_service(ScanServiceServer::new(grpc()))
        .add_service(PaymentLinkServiceServer::new(grpc()))
        .add_service(PaymentRequestServiceServer::new(grpc()));
    let service = mesh.service();
    let serving = kvitt_runtime::serve(service, listener, routes, health.clone(), shutdown.clone());
    let working = work(&config, &app, (follower, due), &health, &shutdown);
    let outcome = tokio::try_join!(serving, working);
    pool.close().await;
    outcome.map(|_| ())
}

/// Makes the database ready, then follows payment's log, drives what was begun on, and keeps the health true to the
/// database.
async fn work(
    config: &Config,
    app: &App,
    (follower, due): (Follower<Following>, Due),
    health: &Health,
    shutdown: &CancellationToken,
) -> Result<(), RunError> {
    let schema = Schema { migrations: &MIGRATIONS, is_awaited: config.process.schema_is_awaited() };
    match kvitt_postgres::prepare(&config.database_url, schema, shutdown).await {
        Ok(()) => {}
        Err(kvitt_postgres::Error::Stopped) => return Ok(()),
        Err(error) => return Err(error.into()),
    }
    let check = || async { store::ping(&app.pool).await.is_ok() };
    tokio::join!(
        health.follow(check, shutdown.clone()),
        follower.follow(shutdown.clone()),
        due.run(shutdown.clone()),
    );
    Ok(())
}
