//! Tells merchants what happens to their payments, and keeps what became of every try.
//!
//! `worker::follow` reads payment's log and writes down, in the transaction that moves its cursor, what each registration
//! is to be told. `worker::send` claims what is due, calls the merchant's server through the egress crate, signs every try
//! anew, and writes down how it ended. Who is called when is `domain::desk`; when again, `domain::schedule`. Everything that
//! is waiting is in the database: a process holds what it sends just now and nothing else, and what it had claimed when it
//! ended is sent by another.
//!
//! To tell of something new: its type in `domain::event`, its body in `domain::payload`, and where it comes from in
//! `worker::follow`.

mod app;
mod config;
mod domain;
#[cfg(test)]
mod fixture;
mod grpc;
mod store;
mod worker;

use std::sync::Arc;

use kvitt_egress::{Egress, Policy};
use kvitt_envelope::{KeyEncryptionKey, reseal};
#[cfg(feature = "sandbox")]
use kvitt_faults::grpc::FaultGrpc;
use kvitt_feed::Follower;
use kvitt_postgres::Schema;
#[cfg(feature = "sandbox")]
use kvitt_proto::sandbox::v1::fault_service_server::FaultServiceServer;
use kvitt_proto::webhook::v1::{
    callback_service_server::CallbackServiceServer, dashboard_service_server::DashboardServiceServer,
    delivery_service_server::DeliveryServiceServer, webhook_service_server::WebhookServiceServer,
};
#[cfg(feature = "sandbox")]
use kvitt_runtime::sandbox::follow_clock;
use kvitt_runtime::{Authority, Clock, Health, Mesh, MeshConfig, RunError, ServiceName, authority::Units};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;

use crate::{
    app::{App, Payments, Wake},
    worker::{due::Due, follow::Telling, send::Sender},
};

pub use config::Config;

/// The tables of this service.
pub static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!();

/// Connections to the database that one instance opens at most.
const MOST_CONNECTIONS: u32 = 12;
/// Of those, beside them, whose commits need not be durable: parts of the log and the sender.
const MOST_REPEATABLE: u32 = 4;

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
    let mesh = Mesh::new(ServiceName::Webhook, &mesh_config)?;
    let health = config.process.health();
    let units = Units::of_merchant(mesh.peer(&config.merchant_url)?);
    let policy = policy(&config);
    let app = App {
        pool: pool.clone(),
        clock: clock.clone(),
        authority: Authority::new(&mesh, units.clone()),
        units,
        payments: Payments::new(mesh.peer(&config.payment_url)?),
        egress: Egress::new(policy),
        policy,
        key: Arc::new(KeyEncryptionKey::try_new(&config.key_encryption_key)?),
        wake: Wake::default(),
        pings: app::Pings::new(),
        #[cfg(feature = "sandbox")]
        faults: app::Faults::default(),
    };
    // What is made from the log, and what is claimed, is made again when it is lost; what was delivered never is.
    let repeatable = kvitt_postgres::connect_repeatable(&config.database_url, MOST_REPEATABLE)?;
    let telling = Telling { app: app.clone() };
    let follower = Follower::new(mesh.peer(&config.payment_url)?, repeatable.clone(), telling);
    let sender = Sender::new(app.clone()).claiming_through(repeatable.clone());
    let due = Due::new(app.clone());
    #[cfg(feature = "sandbox")]
    if config.sandbox {
        let (due, follower) = (due.clone(), follower.clone());
        let settle = move || worker::settle::settle(due.clone(), follower.clone());
        tokio::spawn(follow_clock(&health, mesh.access(), clock, settle, shutdown.clone()));
    }
    let routes = routes(&app, config.sandbox);
    let service = mesh.service();
    let serving = kvitt_runtime::serve(service, listener, routes, health.clone(), shutdown.clone());
    let working = work(&config, &app, (follower, due, sender), &health, &shutdown);
    let outcome = tokio::try_join!(serving, working);
    repeatable.close().await;
    pool.close().await;
    outcome.map(|_| ())
}

/// What is served. `sandbox` adds what exists only there.
fn routes(app: &App, sandbox: bool) -> Routes {
    let grpc = || grpc::Grpc { app: app.clone() };
    let routes = Routes::new(WebhookServiceServer::new(grpc()))
        .add_service(DeliveryServiceServer::new(grpc()))
        .add_service(CallbackServiceServer::new(grpc()))
        .add_service(DashboardServiceServer::new(grpc()));
    #[cfg(feature = "sandbox")]
    if sandbox {
        return routes.add_service(FaultServiceServer::new(FaultGrpc(app.faults.clone())));
    }
    #[cfg(not(feature = "sandbox"))]
    let _ = sandbox;
    routes
}

/// Makes the database ready, then follows payment's log, sends what is due, and keeps the health true to the database.
async fn work(
    config: &Config,
    app: &App,
    (follower, due, sender): (Follower<Telling>, Due, Sender),
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
        sender.run(shutdown.clone()),
        worker::look::run(app.clone(), shutdown.clone()),
        reseal::run(&app.pool, &app.key, store::sealed::COLUMNS, shutdown),
    );
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
