//! Payments: create, authorize, capture, cancel, refund, and the log of their events.
//!
//! A call is decoded in `grpc`, gathered into a command in `app`, decided by `domain` inside a lane of `engine`, written
//! by `store` in one statement with everything else that waited, and only then answered. `worker` does what nobody
//! calls for: expiry, unanswered operations, clearing. This service never calls a merchant's server.

mod app;
pub mod audit;
pub mod bench;
mod config;
mod domain;
mod engine;
#[cfg(test)]
mod fixture;
mod grpc;
#[cfg(test)]
mod simulation;
mod store;
mod worker;

use kvitt_postgres::Schema;
use kvitt_proto::{
    payment::v1::{
        feed_service_server::FeedServiceServer, payment_service_server::PaymentServiceServer,
        transaction_service_server::TransactionServiceServer,
    },
    wallet::v1::payer_service_client::PayerServiceClient,
};
use kvitt_runtime::authority::Units;
#[cfg(feature = "sandbox")]
use kvitt_runtime::sandbox::follow_clock;
use kvitt_runtime::{Authority, Clock, Mesh, MeshConfig, RunError, ServiceName};
use sqlx::PgPool;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;

use app::{Acquirer, App, Cursors, Links, Merchants, Reads};
use domain::Callbacks;
use engine::{Engine, Parts};
use grpc::{FeedGrpc, PaymentGrpc, TransactionGrpc};

pub use config::Config;

/// The tables of this service.
pub static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!();

/// Connections for reads and workers.
const MOST_CONNECTIONS: u32 = 12;

/// Connections for the lanes: one for each open part.
const MOST_LANES: u32 = 64;

/// Bytes of the largest request. The log keeps requests for ever, and a lane's queue holds thousands of them; over
/// REST a body has half of it.
const LARGEST_REQUEST: usize = 128 * 1024;

/// Runs the service until `shutdown`; serves once its schema is migrated.
pub async fn run(
    config: Config,
    listener: TcpListener,
    clock: Clock,
    shutdown: CancellationToken,
) -> Result<(), RunError> {
    let schema = Schema { migrations: &MIGRATIONS, is_awaited: config.process.schema_is_awaited() };
    match kvitt_postgres::prepare(&config.database_url, schema, &shutdown).await {
        Ok(()) => {}
        Err(kvitt_postgres::Error::Stopped) => return Ok(()),
        Err(error) => return Err(error.into()),
    }
    let pool = kvitt_postgres::connect_planning_once(&config.database_url, MOST_CONNECTIONS)?;
    let parts = open(&pool, i16::try_from(config.parts)?).await?;
    let lanes = kvitt_postgres::connect_planning_once(&config.database_url, MOST_LANES)?;
    // The lanes and the workers that finish what was taken end after the server, which drains what it has accepted.
    let drained = CancellationToken::new();
    let engine = Engine::start(&lanes, parts, &clock, &drained);
    let (app, mesh) = assemble(&config, pool.clone(), engine, clock, &drained)?;

    let payments = PaymentServiceServer::new(PaymentGrpc { app: app.clone() });
    let routes = Routes::new(payments.max_decoding_message_size(LARGEST_REQUEST))
        .add_service(TransactionServiceServer::new(TransactionGrpc { app: app.clone() }))
        .add_service(FeedServiceServer::new(FeedGrpc { app: app.clone(), shutdown: shutdown.clone() }));
    let service = mesh.service();
    let health = config.process.health();
    #[cfg(feature = "sandbox")]
    if config.sandbox {
        let (settling, clock) = (app.clone(), app.clock.clone());
        let settle = move || worker::settle::settle(settling.clone());
        tokio::spawn(follow_clock(&health, mesh.access(), clock, settle, shutdown.clone()));
    }
    let check = || async { sqlx::query("SELECT 1").execute(&pool).await.is_ok() };
    let workers = async {
        tokio::join!(
            worker::attend::run(app.clone(), shutdown.clone()),
            worker::clear::run(app.clone(), shutdown.clone()),
            worker::look::run(app.clone(), shutdown.clone()),
            worker::transact::run(app.clone(), shutdown.clone()),
            worker::wake::run(app.clone(), shutdown.clone()),
            health.follow(check, shutdown.clone()),
        );
        Ok(())
    };
    let serving = kvitt_runtime::serve(service, listener, routes, health.clone(), shutdown.clone());
    let outcome = tokio::try_join!(serving, workers);
    drained.cancel();
    app.engine.ended().await;
    lanes.close().await;
    pool.close().await;
    outcome.map(|((), ())| ())
}

/// Opens the parts of the log in a database that has none, and a clearing cursor for each; answers the parts there are.
async fn open(pool: &PgPool, wanted: i16) -> Result<Parts, sqlx::Error> {
    let mut connection = pool.acquire().await?;
    store::heads::open(&mut connection, wanted).await?;
    store::clearing::start(&mut connection).await?;
    store::transactions::copy::start(&mut connection).await?;
    store::heads::all(&mut connection).await.map(Parts::new)
}

/// Divides the log into `parts` new parts and closes those it had; answers how many it had. Instances that run notice by
/// themselves. Nothing happens when the log has as many parts already.
pub async fn grow(pool: &PgPool, parts: u16) -> Result<usize, RunError> {
    let wanted = i16::try_from(parts)?;
    let before = open(pool, wanted).await?.open().len();
    if before != usize::from(parts) {
        kvitt_postgres::transaction!(pool, "grow", async |tx| -> Result<(), sqlx::Error> {
            store::heads::grow(tx, wanted).await?;
            store::clearing::start(tx).await
        })?;
    }
    Ok(before)
}

fn assemble(
    config: &Config,
    pool: PgPool,
    engine: Engine,
    clock: Clock,
    drained: &CancellationToken,
) -> Result<(App, Mesh), RunError> {
    let mesh_config = MeshConfig {
        access_url: config.access_url.clone(),
        service_secret: config.service_secret.clone(),
        process: config.process.clone(),
    };
    let mesh = Mesh::new(ServiceName::Payment, &mesh_config)?;
    let (merchant, wallet) = (mesh.peer(&config.merchant_url)?, mesh.peer(&config.wallet_url)?);
    let app = App {
        reads: Reads::spawn(pool.clone(), drained.clone()),
        pool,
        engine,
        clock,
        authority: Authority::new(&mesh, Units::of_merchant(merchant.clone())),
        merchants: Merchants::new(merchant),
        payers: PayerServiceClient::new(wallet.clone()),
        acquirer: Acquirer::new(wallet, drained.clone()),
        links: Links {
            landing_url: config.landing_url.clone(),
            native_scheme: config.native_scheme.clone(),
            qr_image_url: config.qr_image_url.clone(),
        },
        callbacks: callbacks(config),
        cursors: Cursors::try_new(&config.cursor_key)?,
    };
    Ok((app, mesh))
}

/// The sandbox's shops may be on this machine.
#[cfg(feature = "sandbox")]
fn callbacks(config: &Config) -> Callbacks {
    if config.sandbox { Callbacks::AlsoLoopback } else { Callbacks::Https }
}

#[cfg(not(feature = "sandbox"))]
fn callbacks(_: &Config) -> Callbacks {
    Callbacks::Https
}
