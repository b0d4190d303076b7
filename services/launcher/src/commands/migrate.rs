//! `kvitt migrate`: the schemas, without the services; and the number of parts of payment's log.

use anyhow::Context;
use kvitt_launcher::Databases;
use kvitt_postgres::server::{Existing, PrivateServer};
use secrecy::SecretString;
use sqlx::migrate::Migrator;
use tokio_util::sync::CancellationToken;

use super::installation::{DATABASE_PREFIX, Installation, Opened, Place};

/// The options of `kvitt migrate`.
#[derive(Debug, clap::Args)]
#[command(mut_arg("log", |log| log.default_value("warn")))]
pub(crate) struct Migrate {
    #[command(flatten)]
    place: Place,
    /// Divides payment's log into this many parts from now on, at most 64: as many writers work side by side. What is
    /// written stays where it is, running services go over by themselves, and numbers of parts are never used again.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    parts: Option<u16>,
    #[command(flatten)]
    pub(crate) telemetry: kvitt_runtime::main::TelemetryOptions,
}

pub(crate) async fn run(migrate: Migrate) -> anyhow::Result<()> {
    let Migrate { place, parts, .. } = migrate;
    // The server's own locks are enough: many may do this at the same time, from anywhere.
    if let Some(url) = place.database_url() {
        return bring_all_up_to_date(&url, parts).await;
    }
    match Installation::open_or_find_in_use(place)? {
        Opened::Ours(installation) => match installation.databases(Existing::Keep).await? {
            Databases::Private(server) => {
                let outcome = bring_all_up_to_date(&server.url("postgres"), parts).await;
                server.stop().await;
                outcome
            }
            Databases::Url(url) => bring_all_up_to_date(&SecretString::from(url), parts).await,
        },
        Opened::InUse(place) => {
            let running = PrivateServer::url_of_running(&place.server_folder(), "postgres")?;
            let url = running.context(
                "another kvitt uses the data folder, and has no PostgreSQL server of its own; name its server with \
                 --database-url",
            )?;
            bring_all_up_to_date(&url, parts).await
        }
    }
}

async fn bring_all_up_to_date(server: &SecretString, parts: Option<u16>) -> anyhow::Result<()> {
    let schemas: [(&str, &Migrator); 9] = [
        ("access", &kvitt_access::MIGRATIONS),
        ("merchant", &kvitt_merchant::MIGRATIONS),
        ("payment", &kvitt_payment::MIGRATIONS),
        ("wallet", &kvitt_wallet::MIGRATIONS),
        ("ordermanagement", &kvitt_ordermanagement::MIGRATIONS),
        ("checkout", &kvitt_checkout::MIGRATIONS),
        ("webhook", &kvitt_webhook::MIGRATIONS),
        ("qr", &kvitt_qr::MIGRATIONS),
        ("settlement", &kvitt_settlement::MIGRATIONS),
    ];
    for (service, migrations) in schemas {
        bring_up_to_date(server, service, migrations)
            .await
            .with_context(|| format!("database of {service}"))?;
    }
    match parts {
        Some(parts) => divide(server, parts).await.context("could not divide payment's log"),
        None => Ok(()),
    }
}

async fn divide(server: &SecretString, parts: u16) -> anyhow::Result<()> {
    let url = kvitt_postgres::database_url(server, &format!("{DATABASE_PREFIX}payment"))?;
    let pool = kvitt_postgres::connect(&url, 1)?;
    let before = kvitt_payment::grow(&pool, parts).await.map_err(anyhow::Error::from_boxed);
    pool.close().await;
    match usize::from(parts) == before? {
        true => println!("payment's log has {parts} parts already"),
        false => println!("payment's log has {parts} parts from now on"),
    }
    Ok(())
}

async fn bring_up_to_date(server: &SecretString, service: &str, migrations: &Migrator) -> anyhow::Result<()> {
    let name = format!("{DATABASE_PREFIX}{service}");
    let url = kvitt_postgres::create_database(server, &name).await?;
    let pool = kvitt_postgres::connect_and_migrate(&url, 1, migrations, &CancellationToken::new()).await?;
    pool.close().await;
    let newest = migrations.iter().map(|migration| migration.version).max().unwrap_or_default();
    println!("{name} is at version {newest}");
    Ok(())
}
