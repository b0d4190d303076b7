//! The real `kvitt` binary in a process of its own, to be killed and started again.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use tokio::process::{Child, Command};

use crate::Mesh;
use crate::build::binaries;

/// A start includes the creation of databases in a debug build on a busy machine.
const START_LIMIT: Duration = Duration::from_secs(120);
const STOP_LIMIT: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(20);

/// A running `kvitt up`.
#[derive(Debug)]
pub struct Kvitt {
    child: Child,
    data: PathBuf,
    /// What its env file says.
    pub env: BTreeMap<String, String>,
}

impl Kvitt {
    /// Starts the binary on a data folder and waits until it has written its env file.
    pub async fn start(data: &Path) -> Self {
        let env_file = data.join("env");
        // A killed process leaves its file behind; what is read below must be the new one.
        if env_file.exists() {
            std::fs::remove_file(&env_file).expect("a former env file can be removed");
        }
        let mut command = Command::new(binaries().await.join("kvitt"));
        command.arg("up").arg("--data").arg(data).args(["--port", "0", "--rate-limits", "false"]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).kill_on_drop(true);
        let mut child = command.spawn().expect("the binary can be started");
        let begun = Instant::now();
        let env = loop {
            let text = std::fs::read_to_string(&env_file).unwrap_or_default();
            if text.contains("BASE_URL=") && text.ends_with('\n') {
                break parse_env(&text);
            }
            let ended = child.try_wait().expect("the process can be asked");
            assert!(ended.is_none(), "kvitt ended before it was ready: {ended:?}");
            assert!(begun.elapsed() < START_LIMIT, "kvitt is not ready after {START_LIMIT:?}");
            tokio::time::sleep(PAUSE).await;
        };
        Self { child, data: data.to_owned(), env }
    }

    /// SIGKILL, and waits until the process is gone.
    pub async fn kill(mut self) {
        self.child.kill().await.expect("the process can be killed");
    }

    /// SIGKILL to its PostgreSQL server, and the status with which the process ends: one part's end ends all.
    pub async fn kill_postgres(mut self) -> ExitStatus {
        let id = self.postmaster_file().lines().next().expect("the first line is the process id").to_owned();
        let sent = Command::new("kill").args(["-KILL", &id]).status().await;
        assert!(sent.is_ok_and(|status| status.success()), "the signal can be sent");
        let ended = tokio::time::timeout(STOP_LIMIT, self.child.wait()).await;
        ended.expect("kvitt ends in time").expect("the process can be waited for")
    }

    /// The folder of the socket of its PostgreSQL server.
    pub fn postgres_socket(&self) -> PathBuf {
        self.postmaster_file().lines().nth(4).expect("the fifth line names the folder of the socket").into()
    }

    fn postmaster_file(&self) -> String {
        let file = self.data.join("postgres/cluster/postmaster.pid");
        std::fs::read_to_string(file).expect("the private server runs in the data folder")
    }

    /// A caller with the launcher's identity.
    pub async fn operator(&self) -> Mesh {
        let secrets = std::fs::read(self.data.join("secrets.json")).expect("an installation has secrets");
        let secrets: serde_json::Value = serde_json::from_slice(&secrets).expect("secrets are JSON");
        let secret = secrets["services"]["launcher"].as_str().expect("the launcher has a secret").to_owned();
        let services = [
            "ACCESS",
            "MERCHANT",
            "PAYMENT",
            "WALLET",
            "ORDERMANAGEMENT",
            "CHECKOUT",
            "WEBHOOK",
            "QR",
            "SETTLEMENT",
        ]
        .map(|name| self.env[&format!("GRPC_{name}")].parse().expect("an address stands in the env file"));
        Mesh::operator_at(services, secret).await
    }

    /// SIGINT, as Ctrl-C sends it, and the status with which the process ends.
    pub async fn interrupt(mut self) -> ExitStatus {
        let id = self.child.id().expect("the process has not ended").to_string();
        let sent = Command::new("kill").args(["-INT", &id]).status().await;
        assert!(sent.is_ok_and(|status| status.success()), "the signal can be sent");
        let ended = tokio::time::timeout(STOP_LIMIT, self.child.wait()).await;
        ended.expect("kvitt ends in time").expect("the process can be waited for")
    }
}

/// The `kvitt` binary, not started yet.
pub async fn kvitt() -> Command {
    let mut command = Command::new(binaries().await.join("kvitt"));
    command.kill_on_drop(true);
    command
}

/// Runs `kvitt audit` on a data folder to its end.
pub async fn audit(data: &Path) -> Output {
    let mut command = Command::new(binaries().await.join("kvitt"));
    command.arg("audit").arg("--data").arg(data).stdin(Stdio::null()).kill_on_drop(true);
    command.output().await.expect("the binary can be started")
}

/// Runs `kvitt audit` on the databases of the server with this URL to its end.
pub async fn audit_at(server: &str) -> Output {
    let mut command = Command::new(binaries().await.join("kvitt"));
    command.args(["audit", "--database-url", server]).stdin(Stdio::null()).kill_on_drop(true);
    command.output().await.expect("the binary can be started")
}

/// Runs `kvitt clock` with these arguments on a data folder to its end.
pub async fn clock(data: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(binaries().await.join("kvitt"));
    command.arg("clock").args(arguments).arg("--data").arg(data).stdin(Stdio::null()).kill_on_drop(true);
    command.output().await.expect("the binary can be started")
}

/// The lines of `NAME=value` of an env file.
pub fn parse_env(text: &str) -> BTreeMap<String, String> {
    let pair =
        |line: &str| line.split_once('=').map(|(name, value)| (name.to_owned(), unquoted(value).to_owned()));
    text.lines().filter_map(pair).collect()
}

/// A value without the quotes that a shell would take off.
fn unquoted(value: &str) -> &str {
    let inner = |quote: char| value.strip_prefix(quote)?.strip_suffix(quote);
    inner('\'').or_else(|| inner('"')).unwrap_or(value)
}
