//! Private servers for tests. Each is gone when its test process is gone, and its files with it.

use std::path::{Path, PathBuf};

use kvitt_postgres::server::{Download, Existing, Mode, PrivateServer, Settings};
use tokio::sync::OnceCell;
use uuid::Uuid;

/// A memory file system with less than this is left alone.
const ENOUGH_KIB: u64 = 1024 * 1024;

/// A server for tests.
///
/// Most tests share one that loses its data in a crash; a test of crashes wants a [`durable`](Self::durable) one.
#[derive(Debug)]
pub struct TestServer;

impl TestServer {
    /// The one server that all tests of this process share.
    pub async fn shared() -> &'static PrivateServer {
        static SHARED: OnceCell<PrivateServer> = OnceCell::const_new();
        SHARED.get_or_init(Self::throwaway).await
    }

    /// A server of the test's own, with the settings of the shared one.
    pub async fn throwaway() -> PrivateServer {
        let folder = fast_folder().join(format!("kvitt-test-{}", Uuid::new_v4().simple()));
        Self::start(folder, Mode::Throwaway).await
    }

    /// A server with the settings of production on a folder of the test's, which may hold data already.
    ///
    /// The folder must be reachable by an unprivileged user when the test runs as root: `tempfile::tempdir()` is not.
    pub async fn durable(data: &Path) -> PrivateServer {
        Self::start(data.to_owned(), Mode::Durable).await
    }

    async fn start(data: PathBuf, mode: Mode) -> PrivateServer {
        let bin = std::env::var_os("KVITT_PG_BIN").map(PathBuf::from);
        let settings = Settings { bin, data, mode, existing: Existing::Keep, download: Download::Allowed };
        PrivateServer::start(settings).await.expect("a private PostgreSQL server starts")
    }
}

/// Memory where there is enough of it, else the folder for temporary files.
fn fast_folder() -> PathBuf {
    let memory = Path::new("/dev/shm");
    if free_kib(memory).is_some_and(|free| free >= ENOUGH_KIB) {
        memory.to_owned()
    } else {
        std::env::temp_dir()
    }
}

/// The fourth column of the second line of `df`.
fn free_kib(folder: &Path) -> Option<u64> {
    let output = std::process::Command::new("df").arg("-kP").arg(folder).output().ok()?;
    String::from_utf8_lossy(&output.stdout).lines().nth(1)?.split_whitespace().nth(3)?.parse().ok()
}
