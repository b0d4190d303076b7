//! The mesh as a cluster runs it: the services' own binaries, each a process on a port of its own, in front of a durable
//! PostgreSQL server that is a process too. Every one of them can be killed and started again.
//!
//! The installation is made by `kvitt up`, as a user makes it: its databases, secrets and demo data. Then `kvitt` is
//! stopped, and the services' binaries take over what it left.

mod certificates;
mod member;
mod server;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use kvitt_launcher::demo::UNITS;
use reqwest::Client;
use sqlx::postgres::PgConnectOptions;
use tempfile::TempDir;
use tokio::process::{Child, Command};

pub use certificates::Certificates;
pub use member::Member;
use member::{Ports, Secrets, ports};
use server::Server;

use crate::build::binaries;
use crate::process::{Kvitt, audit_at};
use crate::{Mesh, Shop, reachable_folder};

/// Recovery of a server and the start of all services, in a debug build on a busy machine.
const HEALTHY_LIMIT: Duration = Duration::from_secs(120);
const STOP_LIMIT: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(20);

/// A running mesh of processes. Dropping it kills everything.
#[derive(Debug)]
pub struct Processes {
    running: BTreeMap<Member, Child>,
    server: Server,
    binaries: PathBuf,
    ports: BTreeMap<Member, Ports>,
    secrets: Secrets,
    /// Where the mesh has mutual TLS.
    certificates: Option<Certificates>,
    /// Of the payer with plenty of money.
    phone: String,
    http: Client,
    folder: TempDir,
}

impl Processes {
    /// Makes an installation and starts these members on it; answers when all are healthy.
    pub async fn start(members: &[Member]) -> Self {
        let mut processes = Self::install().await;
        processes.start_all(members).await;
        processes
    }

    /// The same, with mutual TLS between the members. What is in front of the gateway is not.
    pub async fn start_secured(members: &[Member]) -> Self {
        let mut processes = Self::install().await;
        processes.certificates = Some(Certificates::create(processes.folder.path()));
        processes.start_all(members).await;
        processes
    }

    async fn start_all(&mut self, members: &[Member]) {
        for member in members {
            self.restart(*member, None);
        }
        self.healthy().await;
    }

    /// An installation that nobody runs.
    pub async fn install() -> Self {
        let folder = reachable_folder();
        let kvitt = Kvitt::start(folder.path()).await;
        let phone = kvitt.env["TEST_PHONE"].clone();
        assert_eq!(kvitt.interrupt().await.code(), Some(0), "kvitt stops in order");
        Self {
            running: BTreeMap::new(),
            server: Server::start(folder.path()).await,
            binaries: binaries().await.to_owned(),
            ports: ports(),
            secrets: Secrets::read(&folder.path().join("secrets.json")),
            certificates: None,
            phone,
            http: Client::new(),
            folder,
        }
    }

    /// The certificates of a mesh that was started with them.
    pub fn certificates(&self) -> &Certificates {
        self.certificates.as_ref().expect("the mesh is secured")
    }

    /// What a service proves itself with to `access`.
    pub fn secret(&self, service: &str) -> &str {
        self.secrets.of(service)
    }

    /// What each service proves itself with, as `access` is told it, of those services that are wanted.
    pub fn service_secrets(&self, wanted: impl Fn(&str) -> bool) -> String {
        self.secrets.services(wanted)
    }

    /// The key with which a member seals what it keeps, or gives away.
    pub fn sealing_key(&self, member: Member) -> &str {
        self.secrets.sealing_key(member)
    }

    /// What a member has logged since it was installed.
    pub fn log_of(&self, member: Member) -> String {
        std::fs::read_to_string(self.log(member)).unwrap_or_default()
    }

    /// A demo unit's system, in front of this gateway.
    pub async fn shop(&self, gateway: Member, unit: &str) -> Shop {
        let plan = UNITS.iter().find(|plan| plan.name == unit).expect("a demo unit");
        let mut env = self.secrets.env(unit);
        let others = [("MSN", plan.msn), ("BASE_URL", &self.url(gateway)), ("TEST_PHONE", self.phone())];
        env.extend(others.map(|(name, value)| (name.to_owned(), value.to_owned())));
        Shop::of_env(&env).await
    }

    /// The phone number of the payer with plenty of money.
    pub fn phone(&self) -> &str {
        &self.phone
    }

    /// A caller with the launcher's identity.
    pub async fn operator(&self) -> Mesh {
        use Member::{Access, Checkout, Merchant, OrderManagement, Payment, Qr, Settlement, Wallet, Webhook};
        let services =
            [Access, Merchant, Payment, Wallet, OrderManagement, Checkout, Webhook, Qr, Settlement]
                .map(|member| self.address(member));
        Mesh::operator_at(services, self.secrets.of("launcher").to_owned()).await
    }

    /// How to reach a database of the server.
    pub fn database(&self, name: &str) -> PgConnectOptions {
        self.server.options(name)
    }

    /// Starts a member, which does not run, on its port. `crash_at` names the passing of a point at which it ends.
    pub fn restart(&mut self, member: Member, crash_at: Option<&str>) {
        let mut command = self.command(member);
        if let Some(crash_at) = crash_at {
            command.args(["--crash-at", crash_at]);
        }
        self.run(member, command);
    }

    /// Starts a member, which does not run, with other settings than its own.
    pub fn start_with(&mut self, member: Member, settings: &[(&str, &str)]) {
        let mut command = self.command(member);
        command.envs(settings.iter().copied());
        self.run(member, command);
    }

    /// Starts a member, which does not run, as if there were no certificates.
    pub fn start_plainly(&mut self, member: Member) {
        let command = member.command(&self.binaries, &self.ports, &self.secrets, &self.server);
        self.run(member, command);
    }

    /// Starts a member, which does not run, as one of two of everything: it calls both instances of its peers, tells its health
    /// on a port of its own, and goes on serving for [`Self::LEAVING`] when it is told to stop.
    pub fn start_as_one_of_two(&mut self, member: Member) {
        let mut command = self.command(member);
        for peer in member.peers() {
            let name =
                format!("KVITT_{}_{}_URL", member.service().to_uppercase(), peer.service().to_uppercase());
            command.env(name, format!("{},{}", self.url(*peer), self.url(peer.twin())));
        }
        command.env("KVITT_HEALTH_LISTEN", self.health_address(member).to_string());
        command.env("KVITT_DRAIN_WAIT", Self::LEAVING.as_secs().to_string());
        self.run(member, command);
    }

    /// How long one of two goes on serving after it was told to stop.
    pub const LEAVING: Duration = Duration::from_secs(1);

    /// Where one of two tells its health.
    pub fn health_address(&self, member: Member) -> SocketAddr {
        ([127, 0, 0, 1], self.ports[&member].health).into()
    }

    /// Members that are started from now on are of another build, whose binaries lie there.
    pub fn take_binaries(&mut self, folder: PathBuf) {
        self.binaries = folder;
    }

    fn command(&self, member: Member) -> Command {
        let mut command = member.command(&self.binaries, &self.ports, &self.secrets, &self.server);
        if let Some(certificates) = &self.certificates {
            certificates.secure(member, &mut command);
        }
        command
    }

    /// Where a member listens, when it runs.
    pub fn address(&self, member: Member) -> SocketAddr {
        ([127, 0, 0, 1], self.ports[&member].service).into()
    }

    fn run(&mut self, member: Member, mut command: Command) {
        let log = std::fs::OpenOptions::new().create(true).append(true).open(self.log(member));
        command.stderr(log.expect("a log can be opened"));
        let child = command.spawn().expect("the binary can be started");
        assert!(self.running.insert(member, child).is_none(), "{member:?} runs already");
    }

    /// SIGKILL to members; waits until they are gone.
    pub async fn kill(&mut self, members: &[Member]) {
        let mut killed = Vec::new();
        for member in members {
            let mut child = self.running.remove(member).expect("it runs");
            child.start_kill().expect("the process can be killed");
            killed.push(child);
        }
        for mut child in killed {
            child.wait().await.expect("the process can be waited for");
        }
    }

    /// SIGTERM, as a cluster sends it, to a member, which then ends by itself.
    pub async fn terminate(&self, member: Member) {
        let id = self.running.get(&member).and_then(Child::id).expect("it runs").to_string();
        let sent = Command::new("kill").args(["-TERM", &id]).status().await;
        assert!(sent.is_ok_and(|status| status.success()), "the signal can be sent");
    }

    /// What a member has in memory, in KiB.
    pub fn resident_kib(&self, member: Member) -> u64 {
        let id = self.running.get(&member).and_then(Child::id).expect("it runs");
        let status = std::fs::read_to_string(format!("/proc/{id}/status")).expect("it can be looked at");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("it has a size");
        line.trim().trim_end_matches(" kB").parse().expect("a number")
    }

    /// Waits until a member ends by itself; None when it still runs after this time.
    pub async fn ended(&mut self, member: Member, limit: Duration) -> Option<ExitStatus> {
        let child = self.running.get_mut(&member).expect("it runs");
        let status = tokio::time::timeout(limit, child.wait()).await.ok()?;
        self.running.remove(&member);
        Some(status.expect("the process can be waited for"))
    }

    /// SIGKILL to the postmaster; waits until it and the backends that it leaves are gone.
    pub async fn kill_postgres(&mut self) {
        self.server.kill().await;
    }

    /// Starts the server again on what is on disk.
    pub async fn restart_postgres(&mut self) {
        self.server.restart().await;
    }

    /// Waits until every gateway says that everything it needs serves. Nobody may end meanwhile.
    pub async fn healthy(&mut self) {
        let begun = Instant::now();
        for gateway in [Member::Gateway, Member::SecondGateway] {
            let url = format!("{}/health", self.url(gateway));
            while self.running.contains_key(&gateway) {
                let answer = self.http.get(&url).timeout(Duration::from_secs(3)).send().await;
                if answer.is_ok_and(|answer| answer.status().is_success()) {
                    break;
                }
                self.nobody_ended();
                assert!(begun.elapsed() < HEALTHY_LIMIT, "not healthy in time\n{}", self.logs());
                tokio::time::sleep(PAUSE).await;
            }
        }
    }

    fn nobody_ended(&mut self) {
        let mut ended = Vec::new();
        for (member, child) in &mut self.running {
            let status = child.try_wait().expect("the process can be asked");
            ended.extend(status.map(|status| format!("{member:?} has ended by itself ({status})")));
        }
        assert!(ended.is_empty(), "{ended:?}\n{}", self.logs());
    }

    /// Runs `kvitt audit` on the databases; answers its last line, which says that nothing is wrong.
    pub async fn audited(&self) -> Result<String, String> {
        let output = audit_at(&self.server.url("postgres")).await;
        let lines = String::from_utf8_lossy(&output.stdout).into_owned();
        if output.status.code() == Some(0) {
            return Ok(lines.trim().to_owned());
        }
        Err(format!("{lines}{}", String::from_utf8_lossy(&output.stderr)))
    }

    /// The ends of all logs.
    pub fn logs(&self) -> String {
        let tail = |member: &Member| {
            let text = std::fs::read_to_string(self.log(*member)).unwrap_or_default();
            let lines: Vec<&str> = text.lines().collect();
            format!("== {member:?}\n{}\n", lines[lines.len().saturating_sub(LOG_LINES)..].join("\n"))
        };
        self.ports.keys().map(tail).collect()
    }

    /// Ends everything.
    pub async fn stop(&mut self) {
        let members: Vec<Member> = self.running.keys().copied().collect();
        self.kill(&members).await;
        tokio::time::timeout(STOP_LIMIT, self.server.stop()).await.expect("the server stops in time");
    }

    fn log(&self, member: Member) -> PathBuf {
        self.folder.path().join(format!("{member:?}.log"))
    }

    fn url(&self, member: Member) -> String {
        format!("http://{}", self.address(member))
    }
}

/// Of each log, when a test fails.
const LOG_LINES: usize = 15;
