//! The PostgreSQL server in front of which the mesh stands. It may be killed and started again, and keeps its address:
//! services do not learn a new one.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use kvitt_postgres::server::PrivateServer;
use kvitt_testing::TestServer;
use sqlx::postgres::PgConnectOptions;
use tokio::process::Command;

/// What a dead postmaster leaves behind ends by itself.
const BACKENDS_LIMIT: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(5);
/// The superuser of a private server.
const USER: &str = "kvitt";

#[derive(Debug)]
pub(super) struct Server {
    running: Option<PrivateServer>,
    data: PathBuf,
    /// A link to the folder of the socket, which is another one after each start.
    sockets: PathBuf,
}

impl Server {
    /// Takes over the server's data of a stopped `kvitt`.
    pub(super) async fn start(installation: &Path) -> Self {
        let (data, sockets) = (installation.join("postgres"), installation.join("sockets"));
        let mut server = Self { running: None, data, sockets };
        server.restart().await;
        server
    }

    pub(super) async fn restart(&mut self) {
        assert!(self.running.is_none(), "the server runs already");
        let running = TestServer::durable(&self.data).await;
        let note = fs::read_to_string(running.data().join("cluster/postmaster.pid"));
        let note = note.expect("a running server has its file");
        let folder = note.lines().nth(4).expect("the fifth line names the folder of the socket");
        let fresh = self.sockets.with_extension("new");
        symlink(folder, &fresh).expect("a link can be made");
        fs::rename(&fresh, &self.sockets).expect("a link can be replaced");
        self.running = Some(running);
    }

    pub(super) async fn kill(&mut self) {
        let server = self.running.take().expect("the server runs");
        let id = server.postmaster_id().expect("a running server has its file").to_string();
        let sent = Command::new("kill").args(["-KILL", &id]).status().await;
        assert!(sent.is_ok_and(|status| status.success()), "the signal can be sent");
        assert_ne!(server.ended().await.code(), Some(0), "that was no orderly end");
        let cluster = server.data().join("cluster").canonicalize().expect("the files are there");
        let begun = Instant::now();
        while somebody_works_in(&cluster) {
            assert!(begun.elapsed() < BACKENDS_LIMIT, "the backends of a dead postmaster do not end");
            tokio::time::sleep(PAUSE).await;
        }
    }

    pub(super) async fn stop(&mut self) {
        if let Some(server) = self.running.take() {
            server.stop().await;
        }
    }

    pub(super) fn url(&self, database: &str) -> String {
        format!("postgres:///{database}?host={}&user={USER}", self.sockets.display())
    }

    pub(super) fn options(&self, database: &str) -> PgConnectOptions {
        PgConnectOptions::new_without_pgpass().socket(&self.sockets).username(USER).database(database)
    }
}

/// Every process of a server has its data as working folder. Where there is no `/proc`, PostgreSQL finds out for itself
/// that its memory is still in use.
fn somebody_works_in(cluster: &Path) -> bool {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    processes.filter_map(|process| fs::read_link(process.path().join("cwd")).ok()).any(|cwd| cwd == cluster)
}
