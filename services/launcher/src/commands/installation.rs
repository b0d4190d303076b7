//! One installation: a data folder that belongs to one process at a time, and the server that its databases are on.

use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use kvitt_launcher::Databases;
use kvitt_postgres::server::{Download, Existing, Mode, PrivateServer, Settings};
use kvitt_runtime::ServiceName;
use secrecy::SecretString;

/// Where an installation is, and which server it uses.
#[derive(Debug, clap::Args)]
pub(crate) struct Place {
    /// Folder for the state of this installation.
    #[arg(long, env = "KVITT_DATA", value_name = "DIR", default_value = ".kvitt")]
    data: PathBuf,
    /// Folder with the PostgreSQL programs `initdb` and `postgres`; found when not given.
    #[arg(long, env = "KVITT_PG_BIN", value_name = "DIR")]
    pg_bin: Option<PathBuf>,
    /// Never fetch a PostgreSQL server when none is found.
    #[arg(long, env = "KVITT_NO_DOWNLOAD")]
    no_download: bool,
    /// Use this PostgreSQL server instead of a private one; the user may create databases.
    #[arg(long, env = "KVITT_DATABASE_URL", value_name = "URL", hide_env_values = true)]
    database_url: Option<String>,
}

/// The services that have a database.
const WITH_DATABASE: [ServiceName; 9] = [
    ServiceName::Access,
    ServiceName::Merchant,
    ServiceName::Payment,
    ServiceName::Wallet,
    ServiceName::OrderManagement,
    ServiceName::Checkout,
    ServiceName::Webhook,
    ServiceName::Qr,
    ServiceName::Settlement,
];

/// Names the databases on whatever server they are on.
pub(crate) const DATABASE_PREFIX: &str = "kvitt_";

/// An installation that is ours until this is dropped.
#[derive(Debug)]
pub(crate) struct Installation {
    place: Place,
    _lock: File,
}

/// A data folder, ours or somebody else's.
#[derive(Debug)]
pub(crate) enum Opened {
    /// It is ours now.
    Ours(Installation),
    /// Another process has it.
    InUse(Place),
}

impl Place {
    /// A place that no command line named.
    pub(crate) fn new(
        data: PathBuf,
        pg_bin: Option<PathBuf>,
        no_download: bool,
        database_url: Option<String>,
    ) -> Self {
        Self { data, pg_bin, no_download, database_url }
    }

    /// The data folder.
    pub(crate) fn data(&self) -> &Path {
        &self.data
    }

    /// Where the private server's data was asked to be; it says itself where it is.
    pub(crate) fn server_folder(&self) -> PathBuf {
        self.data.join("postgres")
    }

    /// The server that was named, when one was.
    pub(crate) fn database_url(&self) -> Option<SecretString> {
        self.database_url.as_deref().map(SecretString::from)
    }
}

impl Installation {
    /// Takes the data folder, which is made when it is missing.
    pub(crate) fn open(place: Place) -> anyhow::Result<Self> {
        match Self::open_or_find_in_use(place)? {
            Opened::Ours(installation) => Ok(installation),
            Opened::InUse(place) => bail!(
                "{} is in use by another kvitt; stop it, or choose another folder with --data",
                place.data.display()
            ),
        }
    }

    /// Takes the data folder unless another process has it.
    pub(crate) fn open_or_find_in_use(place: Place) -> anyhow::Result<Opened> {
        let data = &place.data;
        fs::create_dir_all(data).with_context(|| format!("could not create {}", data.display()))?;
        let path = data.join("lock");
        let file = File::create(&path).with_context(|| format!("could not create {}", path.display()))?;
        match file.try_lock() {
            Ok(()) => Ok(Opened::Ours(Self { place, _lock: file })),
            Err(TryLockError::WouldBlock) => Ok(Opened::InUse(place)),
            Err(TryLockError::Error(error)) => Err(error).context("could not lock the data folder"),
        }
    }

    /// The data folder.
    pub(crate) fn data(&self) -> &Path {
        &self.place.data
    }

    /// Where the private server's data was asked to be; it says itself where it is.
    pub(crate) fn server_folder(&self) -> PathBuf {
        self.place.server_folder()
    }

    /// The folder of PostgreSQL's programs, when one was named.
    pub(crate) fn program_folder(&self) -> Option<&Path> {
        self.place.pg_bin.as_deref()
    }

    /// Starts the private server, or takes the one that was named. What is discarded is gone for good.
    pub(crate) async fn databases(&self, existing: Existing) -> anyhow::Result<Databases> {
        let databases = match &self.place.database_url {
            Some(url) => {
                if existing == Existing::Discard {
                    drop_databases(&SecretString::from(url.as_str())).await?;
                }
                Databases::Url(url.clone())
            }
            None => Databases::Private(self.private_server(existing).await?),
        };
        if existing == Existing::Discard {
            // Only now: secrets without their data are harmless, but not the other way round.
            remove(&self.place.data.join("secrets.json"))?;
        }
        Ok(databases)
    }

    async fn private_server(&self, existing: Existing) -> anyhow::Result<PrivateServer> {
        let download = if self.place.no_download { Download::Refused } else { Download::Allowed };
        let settings = Settings {
            bin: self.place.pg_bin.clone(),
            data: self.server_folder(),
            mode: Mode::Durable,
            existing,
            download,
        };
        PrivateServer::start(settings).await.context("could not start PostgreSQL")
    }
}

async fn drop_databases(server: &SecretString) -> anyhow::Result<()> {
    for service in WITH_DATABASE {
        kvitt_postgres::drop_database(server, &format!("{DATABASE_PREFIX}{}", service.as_str())).await?;
    }
    Ok(())
}

fn remove(file: &Path) -> anyhow::Result<()> {
    match fs::remove_file(file) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error).with_context(|| format!("could not remove {}", file.display())),
    }
}
