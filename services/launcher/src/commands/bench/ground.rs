//! The server on which everything is measured, and the folder of the installation.

use std::{
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use kvitt_launcher::Databases;
use kvitt_postgres::server::{Existing, PrivateServer};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use sqlx::PgPool;
use tempfile::TempDir;

use super::{
    super::installation::{DATABASE_PREFIX, Installation, Place},
    Server, proc,
};

/// Names the databases on a server that is not ours.
const FOREIGN_PREFIX: &str = "kvitt_bench_";
/// Every database that the benchmark makes.
const DATABASES: [&str; 9] =
    ["access", "merchant", "payment", "wallet", "webhook", "qr", "settlement", "engine", "pgbench"];
const SERVER_ENDS_WITHIN: Duration = Duration::from_secs(20);
/// What a server must do before its figures mean anything.
const DURABLE: [&str; 3] = ["fsync", "synchronous_commit", "full_page_writes"];

/// A durable server with room for the benchmark. A server and a folder of our own go when this is dropped.
#[derive(Debug)]
pub(crate) struct Ground {
    admin: PgPool,
    server: Option<PrivateServer>,
    url: SecretString,
    prefix: &'static str,
    postmaster: Option<u32>,
    installation: Installation,
    // Last: it goes when nobody uses it any more.
    _folder: Option<Temporary>,
}

/// A folder that is gone afterwards, but not before the server in it has ended.
#[derive(Debug)]
struct Temporary(TempDir);

/// Counters of the write-ahead log.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Wal {
    pub(crate) syncs: i64,
    pub(crate) bytes: i64,
}

/// What the server is.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Description {
    pub(crate) version: String,
    /// Settings that somebody chose: those of the private server, or of the one that was named.
    pub(crate) settings: Vec<String>,
}

impl Ground {
    /// Starts the private server or takes the one that was named, and asserts that it is durable.
    pub(crate) async fn open(options: Server) -> anyhow::Result<Self> {
        let Server { keep, database_url, pg_bin, no_download } = options;
        let (data, folder) = match keep {
            Some(data) => (empty(data)?, None),
            None => {
                let folder = Temporary::create()?;
                (folder.0.path().to_owned(), Some(folder))
            }
        };
        let installation = Installation::open(Place::new(data, pg_bin, no_download, database_url))?;
        let (server, url, prefix) = match installation.databases(Existing::Keep).await? {
            Databases::Private(server) => {
                let url = server.url("postgres");
                (Some(server), url, DATABASE_PREFIX)
            }
            Databases::Url(url) => (None, SecretString::from(url), FOREIGN_PREFIX),
        };
        let admin = kvitt_postgres::connect(&url, 2)?;
        durable(&admin).await?;
        let backend: i32 = sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&admin).await?;
        let postmaster = u32::try_from(backend).ok().and_then(proc::postmaster_of);
        let ground = Self { admin, server, url, prefix, postmaster, installation, _folder: folder };
        ground.drop_databases().await?;
        Ok(ground)
    }

    /// The folder of the installation.
    pub(crate) fn data(&self) -> &Path {
        self.installation.data()
    }

    /// The server's first process, where it is on this machine.
    pub(crate) fn postmaster(&self) -> Option<u32> {
        self.postmaster
    }

    /// Makes a database of the benchmark's and answers its URL.
    pub(crate) async fn create_database(&self, name: &str) -> anyhow::Result<SecretString> {
        debug_assert!(DATABASES.contains(&name), "{name} would not be dropped");
        kvitt_postgres::create_database(&self.url, &self.named(name)).await?;
        self.database_url(name)
    }

    /// The URL of a database of the benchmark's, in the form that was given to us: other programs read it too.
    pub(crate) fn database_url(&self, name: &str) -> anyhow::Result<SecretString> {
        let mut url =
            url::Url::parse(self.url.expose_secret()).context("--database-url is not the URL of a server")?;
        url.set_path(&self.named(name));
        Ok(SecretString::from(String::from(url)))
    }

    fn named(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// How much has been written ahead so far.
    pub(crate) async fn wal(&self) -> anyhow::Result<Wal> {
        let bytes = "SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint";
        let version: i32 = sqlx::query_scalar("SELECT current_setting('server_version_num')::integer")
            .fetch_one(&self.admin)
            .await?;
        // Since version 18 syncs are counted with all other input and output.
        let syncs = if version < 180_000 {
            "SELECT wal_sync FROM pg_stat_wal"
        } else {
            "SELECT coalesce(sum(fsyncs), 0)::bigint FROM pg_stat_io WHERE object = 'wal'"
        };
        Ok(Wal {
            syncs: sqlx::query_scalar(syncs).fetch_one(&self.admin).await?,
            bytes: sqlx::query_scalar(bytes).fetch_one(&self.admin).await?,
        })
    }

    /// How many are connected to a database; what a connection has counted is only certain to show when it has ended.
    pub(crate) async fn connections(&self, name: &str) -> anyhow::Result<i64> {
        let count = "SELECT count(*) FROM pg_stat_activity WHERE datname = $1";
        Ok(sqlx::query_scalar(count).bind(self.named(name)).fetch_one(&self.admin).await?)
    }

    /// Where the server's programs are, if it says so.
    pub(crate) async fn program_folder(&self) -> Option<PathBuf> {
        if let Some(folder) = self.installation.program_folder() {
            return Some(folder.to_owned());
        }
        let folder = "SELECT setting FROM pg_config WHERE name = 'BINDIR'";
        let folder: Option<String> = sqlx::query_scalar(folder).fetch_optional(&self.admin).await.ok()?;
        folder.map(PathBuf::from)
    }

    /// What a reader of the figures must know of the server.
    pub(crate) async fn description(&self) -> anyhow::Result<Description> {
        let chosen = "SELECT name || '=' || current_setting(name) FROM pg_settings
            WHERE source NOT IN ('default', 'client', 'override', 'session') AND setting IS DISTINCT FROM boot_val
            AND name NOT LIKE 'lc\\_%' AND name NOT LIKE 'log\\_%' AND name NOT LIKE 'unix\\_%'
            AND name NOT IN ('TimeZone', 'DateStyle', 'default_text_search_config', 'listen_addresses',
                'dynamic_shared_memory_type', 'data_directory', 'hba_file', 'ident_file', 'config_file', 'port',
                'ssl', 'ssl_cert_file', 'ssl_key_file', 'cluster_name', 'external_pid_file', 'application_name')
            ORDER BY name";
        Ok(Description {
            version: sqlx::query_scalar("SHOW server_version").fetch_one(&self.admin).await?,
            settings: sqlx::query_scalar(chosen).fetch_all(&self.admin).await?,
        })
    }

    /// Drops what is on a server that is not ours, and stops the one that is.
    pub(crate) async fn close(self) -> anyhow::Result<()> {
        if self.server.is_none() {
            self.drop_databases().await?;
        }
        self.admin.close().await;
        if let Some(server) = self.server {
            server.stop().await;
        }
        Ok(())
    }

    async fn drop_databases(&self) -> anyhow::Result<()> {
        for name in DATABASES {
            kvitt_postgres::drop_database(&self.url, &self.named(name)).await?;
        }
        Ok(())
    }
}

/// A folder that is kept must not hold anything that the benchmark would mix with its own.
fn empty(folder: PathBuf) -> anyhow::Result<PathBuf> {
    std::fs::create_dir_all(&folder).with_context(|| format!("could not create {}", folder.display()))?;
    let mut entries =
        std::fs::read_dir(&folder).with_context(|| format!("could not read {}", folder.display()))?;
    if entries.next().is_some() {
        bail!("{} is not empty; --keep wants a folder of its own", folder.display());
    }
    Ok(folder)
}

impl Temporary {
    /// One that the server's user can reach, also when we are root.
    fn create() -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("kvitt-bench-").tempdir();
        let folder = folder.context("could not create a temporary folder")?;
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755))?;
        Ok(Self(folder))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // Its watcher has been told; a folder that is still written to cannot be removed whole.
        let running = self.0.path().join("postgres/cluster/postmaster.pid");
        let deadline = Instant::now() + SERVER_ENDS_WITHIN;
        while running.exists() && Instant::now() < deadline {
            std::thread::park_timeout(Duration::from_millis(10));
        }
    }
}

async fn durable(admin: &PgPool) -> anyhow::Result<()> {
    for name in DURABLE {
        let value: String = sqlx::query_scalar("SELECT current_setting($1)")
            .bind(name)
            .fetch_one(admin)
            .await
            .context("could not ask the PostgreSQL server for its settings")?;
        if value != "on" {
            bail!(
                "{name} is {value} on this PostgreSQL server; figures of a server that may lose data mean nothing"
            );
        }
    }
    Ok(())
}
