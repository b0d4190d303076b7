//! The payer's side: payers, their cards, the inbox of payment requests, and the simulated acquirer.
//!
//! A payer's yes goes from `app` to payment, which decides and asks back for the money here, at the acquirer:
//! `domain::acquirer` is its law, one lane executes it. The two sides share the cards and nothing else. The inbox
//! follows payment's log (`worker::follow`). This service decides nothing about a payment.
//!
//! What a payer scans is a code of another payer, which is answered here, or one that `qr` made (`app::scan_qr`).
//!
//! What merchants may know of a payer is a consent (`domain::consent`), given with the yes, readable for 168 hours and
//! taken back at any time; `worker::tell` has the merchant told of that. `worker::forget` drops what nobody may read any
//! more.

mod app;
pub mod audit;
mod config;
mod domain;
mod error;
#[cfg(test)]
mod fixture;
mod grpc;
mod shops;
mod store;
mod worker;

use std::sync::Arc;

use sqlx::PgPool;
use tokio::{net::TcpListener, sync::Notify};
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;

#[cfg(feature = "sandbox")]
use kvitt_egress::Loopback;
use kvitt_egress::Policy;
use kvitt_postgres::Schema;
#[cfg(feature = "sandbox")]
use kvitt_proto::sandbox::v1::fault_service_server::FaultServiceServer;
use kvitt_proto::{
    acquirer::v1::acquirer_service_server::AcquirerServiceServer,
    wallet::v1::{
        payer_service_server::PayerServiceServer, userinfo_service_server::UserinfoServiceServer,
        wallet_service_server::WalletServiceServer,
    },
};
#[cfg(feature = "sandbox")]
use kvitt_runtime::sandbox::follow_clock;
use kvitt_runtime::{Authority, Clock, Health, Mesh, MeshConfig, RunError, ServiceName, authority::Units};

#[cfg(feature = "sandbox")]
use crate::{
    app::disturb_operations::Disturbed,
    grpc::FaultGrpc,
    worker::settle::{Due, settle},
};
use crate::{
    app::{
        App, Payers, Payments, Scans, Signer,
        execute_operations::{Acquirer, Executor},
    },
    grpc::{AcquirerGrpc, PayerGrpc, UserinfoGrpc, WalletGrpc},
    shops::Shops,
    worker::{follow::Follower, tell::Teller},
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
    // The acquirer's statements are long, and planning one costs more than running it.
    let pool = kvitt_postgres::connect_planning_once(&config.database_url, MOST_CONNECTIONS)?;
    let mesh_config = MeshConfig {
        access_url: config.access_url.clone(),
        service_secret: config.service_secret.clone(),
        process: config.process.clone(),
    };
    let mesh = Mesh::new(ServiceName::Wallet, &mesh_config)?;
    let payment = mesh.peer(&config.payment_url)?;
    // The lane ends after the server, which drains what it has accepted.
    let drained = CancellationToken::new();
    let acquirer = Acquirer::spawn(executor(&config, &pool, &clock), drained.clone());
    let follower = Follower::new(payment.clone(), pool.clone());
    let health = config.process.health();
    #[cfg(feature = "sandbox")]
    if config.sandbox {
        let due = Due { acquirer: acquirer.clone(), pool: pool.clone(), clock: clock.clone() };
        let follower = follower.clone();
        let settle = move || settle(due.clone(), follower.clone());
        tokio::spawn(follow_clock(&health, mesh.access(), clock.clone(), settle, shutdown.clone()));
    }
    let taken_back = Arc::new(Notify::new());
    let teller = Teller::new(pool.clone(), mesh.peer(&config.webhook_url)?, taken_back.clone());
    let app = App {
        pool: pool.clone(),
        clock: clock.clone(),
        payments: Payments::new(payment),
        scans: Scans::new(mesh.peer(&config.qr_url)?),
        payers: Payers::spawn(pool.clone(), drained.clone()),
        authority: Authority::new(&mesh, Units::of_merchant(mesh.peer(&config.merchant_url)?)),
        shops: Shops::new(reach(&config)),
        signer: Signer::new(mesh.access()),
        taken_back: taken_back.clone(),
        #[cfg(feature = "sandbox")]
        sandbox: config.sandbox,
        #[cfg(feature = "sandbox")]
        force_approve_express: config.force_approve_express,
    };
    let routes = routes(&config, app, acquirer.clone());
    let service = mesh.service();
    let serving = kvitt_runtime::serve(service, listener, routes, health.clone(), shutdown.clone());
    let lapsing = worker::lapse::run(acquirer.clone(), clock.clone(), shutdown.clone());
    let forgetting = worker::forget::run(pool.clone(), clock, shutdown.clone());
    let following = follower.follow(shutdown.clone());
    let telling = teller.run(shutdown.clone());
    let workers = async { tokio::join!(following, lapsing, forgetting, telling) };
    let working = work(&config, &pool, &health, workers, &shutdown);
    let outcome = tokio::try_join!(serving, working);
    drained.cancel();
    acquirer.ended().await;
    pool.close().await;
    outcome.map(|_| ())
}

/// Makes the database ready, then lets the workers work and keeps the health true to the database.
async fn work(
    config: &Config,
    pool: &PgPool,
    health: &Health,
    workers: impl Future<Output = ((), (), (), ())>,
    shutdown: &CancellationToken,
) -> Result<(), RunError> {
    let schema = Schema { migrations: &MIGRATIONS, is_awaited: config.process.schema_is_awaited() };
    match kvitt_postgres::prepare(&config.database_url, schema, shutdown).await {
        Ok(()) => {}
        Err(kvitt_postgres::Error::Stopped) => return Ok(()),
        Err(error) => return Err(error.into()),
    }
    let check = || async { store::ping(pool).await.is_ok() };
    tokio::join!(health.follow(check, shutdown.clone()), workers);
    Ok(())
}

#[cfg_attr(not(feature = "sandbox"), expect(unused_variables, reason = "the switch belongs to the sandbox"))]
fn executor(config: &Config, pool: &PgPool, clock: &Clock) -> Executor {
    let executor = Executor::new(pool.clone(), clock.clone());
    #[cfg(feature = "sandbox")]
    if config.sandbox {
        return executor.with_test_amounts();
    }
    executor
}

/// Which merchants' servers may be asked; a developer's own machine only in the sandbox.
#[cfg_attr(not(feature = "sandbox"), expect(unused_variables, reason = "the switch belongs to the sandbox"))]
fn reach(config: &Config) -> Policy {
    #[cfg(feature = "sandbox")]
    if config.sandbox {
        return Policy { loopback: Loopback::Allowed };
    }
    Policy::default()
}

/// What is served. Faults and test amounts exist only where the sandbox is switched on.
#[cfg_attr(not(feature = "sandbox"), expect(unused_variables, reason = "the switch belongs to the sandbox"))]
fn routes(config: &Config, app: App, acquirer: Acquirer) -> Routes {
    let pool = app.pool.clone();
    let routes = Routes::new(WalletServiceServer::new(WalletGrpc { app: app.clone() }))
        .add_service(PayerServiceServer::new(PayerGrpc { app: app.clone() }))
        .add_service(UserinfoServiceServer::new(UserinfoGrpc { app }));
    #[cfg(feature = "sandbox")]
    let acquirer = Disturbed::new(acquirer);
    #[cfg(feature = "sandbox")]
    let routes = match config.sandbox {
        true => routes.add_service(FaultServiceServer::new(FaultGrpc(acquirer.clone()))),
        false => routes,
    };
    routes.add_service(AcquirerServiceServer::new(AcquirerGrpc { acquirer, pool }))
}
