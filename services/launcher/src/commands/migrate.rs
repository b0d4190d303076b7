//! `kvitt migrate`: the schemas, without the services.

use anyhow::Context;
use kvitt_launcher::Databases;
use kvitt_postgres::server::Existing;
use secrecy::SecretString;
use sqlx::migrate::Migrator;
use tokio_util::sync::CancellationToken;

use super::installation::{DATABASE_PREFIX, Installation, Place};

/// The options of `kvitt migrate`.
#[derive(Debug, clap::Args)]
#[command(mut_arg("log", |log| log.default_value("warn")))]
pub(crate) struct Migrate {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    pub(crate) telemetry: kvitt_runtime::main::TelemetryOptions,
}

pub(crate) async fn run(migrate: Migrate) -> anyhow::Result<()> {
    let installation = Installation::open(migrate.place)?;
    let databases = installation.databases(Existing::Keep).await?;
    let server = match &databases {
        Databases::Private(server) => server.url("postgres"),
        Databases::Url(url) => SecretString::from(url.as_str()),
    };
    let schemas: [(&str, &Migrator); 4] = [
        ("access", &kvitt_access::MIGRATIONS),
        ("merchant", &kvitt_merchant::MIGRATIONS),
        ("payment", &kvitt_payment::MIGRATIONS),
        ("wallet", &kvitt_wallet::MIGRATIONS),
    ];
    for (service, migrations) in schemas {
        bring_up_to_date(&server, service, migrations)
            .await
            .with_context(|| format!("database of {service}"))?;
    }
    if let Databases::Private(server) = databases {
        server.stop().await;
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
