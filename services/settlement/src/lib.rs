//! What sales units earned, what it cost them, and what is paid out to them.
//!
//! One ledger for each unit: transfers between accounts, which are only ever added, and two streams that merchants see of
//! them. `worker::follow` posts what payment's log says was captured and refunded, in the transaction that moves its cursor.
//! `worker::due` closes ledger dates, retains or invoices fees, makes payouts ready, and asks the bank for them. What the end
//! of a date brings is `domain::closing`; when it comes, `domain::calendar`. Reports are a pure function of closed dates.
//!
//! To add a type of entry: see `domain`. To add a format of reports: its writer in `kvitt_reports`, and its value in
//! `report_service.proto`.

mod app;
pub mod audit;
mod bank;
mod config;
mod domain;
#[cfg(test)]
mod fixture;
mod grpc;
mod mailer;
mod store;
mod worker;

use kvitt_feed::Follower;
use kvitt_postgres::Schema;
#[cfg(feature = "sandbox")]
use kvitt_proto::sandbox::v1::fault_service_server::FaultServiceServer;
use kvitt_proto::{
    merchant::v1::{
        merchant_service_client::MerchantServiceClient, partner_service_client::PartnerServiceClient,
    },
    settlement::v1::{
        agreement_service_server::AgreementServiceServer, ledger_service_server::LedgerServiceServer,
        report_service_server::ReportServiceServer,
    },
};
#[cfg(feature = "sandbox")]
use kvitt_runtime::sandbox::follow_clock;
use kvitt_runtime::{Authority, Clock, Health, Mesh, MeshConfig, RunError, ServiceName, authority::Units};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;

use crate::{
    app::{App, Basics},
    bank::PayoutBank,
    mailer::Mailer,
    worker::{due::Due, follow::Following},
};

pub use config::{Config, DEFAULT_MAIL_FROM};

/// The tables of this service.
pub static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!();

/// Connections to the database that one instance opens at most.
const MOST_CONNECTIONS: u32 = 12;
/// Of those, beside them, for the parts of the log, whose statements are few and always the same.
const MOST_POSTING: u32 = 4;

/// Runs the service until `shutdown`; serves once its schema is migrated.
pub async fn run(
    config: Config,
    listener: TcpListener,
    clock: Clock,
    shutdown: CancellationToken,
) -> Result<(), RunError> {
    let pool = kvitt_postgres::connect(&config.database_url, MOST_CONNECTIONS)?;
    let posting = kvitt_postgres::connect_planning_once(&config.database_url, MOST_POSTING)?;
    let mesh_config = MeshConfig {
        access_url: config.access_url.clone(),
        service_secret: config.service_secret.clone(),
        process: config.process.clone(),
    };
    let mesh = Mesh::new(ServiceName::Settlement, &mesh_config)?;
    let health = config.process.health();
    let merchant = mesh.peer(&config.merchant_url)?;
    let app = App {
        pool: pool.clone(),
        clock: clock.clone(),
        authority: Authority::new(&mesh, Units::of_merchant(merchant.clone())),
        merchants: MerchantServiceClient::new(merchant.clone()),
        partners: PartnerServiceClient::new(merchant),
        basics: Basics::default(),
        bank: PayoutBank::new(pool.clone()),
        mailer: Mailer::try_new(config.smtp_url.as_ref(), &config.mail_from)?,
        room: app::report::Room::default(),
        sandbox: cfg!(feature = "sandbox") && config.sandbox,
    };
    let following = Following { app: app.clone() };
    let follower = Follower::new(mesh.peer(&config.payment_url)?, posting.clone(), following);
    let due = Due::new(app.clone(), follower.clone());
    #[cfg(feature = "sandbox")]
    if config.sandbox {
        let (due, follower) = (due.clone(), follower.clone());
        let settle = move || worker::settle::settle(due.clone(), follower.clone());
        tokio::spawn(follow_clock(&health, mesh.access(), clock, settle, shutdown.clone()));
    }
    let grpc = || grpc::Grpc { app: app.clone() };
    let routes = Routes::new(LedgerServiceServer::new(grpc()))
        .add_service(AgreementServiceServer::new(grpc()))
        .add_service(ReportServiceServer::new(grpc()));
    #[cfg(feature = "sandbox")]
    let routes = if config.sandbox {
        routes.add_service(FaultServiceServer::new(kvitt_faults::grpc::FaultGrpc(app.bank.clone())))
    } else {
        routes
    };
    let service = mesh.service();
    let serving = kvitt_runtime::serve(service, listener, routes, health.clone(), shutdown.clone());
    let working = work(&config, &app, (follower, due), &health, &shutdown);
    let outcome = tokio::try_join!(serving, working);
    posting.close().await;
    pool.close().await;
    outcome.map(|_| ())
}

/// Makes the database ready, then follows payment's log, does what is due, and keeps the health true to the database.
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
        worker::look::run(app.clone(), shutdown.clone()),
    );
    Ok(())
}
