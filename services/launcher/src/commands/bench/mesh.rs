//! The mesh as separate processes: this binary again, with `kvitt serve`.

use std::{
    env,
    fs::{self, File},
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::Stdio,
    thread,
    time::Duration,
};

use anyhow::{Context as _, bail};
use kvitt_launcher::{Addresses, secrets::Secrets};
use kvitt_runtime::{MeshConfig, ServiceName};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::{
    net::TcpStream,
    process::{Child, Command},
    time::{sleep, timeout},
};
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};

use super::{Ground, proc};

/// Tokio's own setting.
const THREADS: &str = "TOKIO_WORKER_THREADS";
/// In the order in which they are started; they are stopped the other way round. What no payment needs is left out.
pub(crate) const SERVICES: [ServiceName; 5] = [
    ServiceName::Access,
    ServiceName::Merchant,
    ServiceName::Payment,
    ServiceName::Wallet,
    ServiceName::Gateway,
];
/// What events are made with and told by.
pub(crate) const TELLING: [ServiceName; 5] = [
    ServiceName::Access,
    ServiceName::Merchant,
    ServiceName::Payment,
    ServiceName::Wallet,
    ServiceName::Webhook,
];
/// What codes and links are made, drawn and paid with.
pub(crate) const SCANNING: [ServiceName; 7] = [
    ServiceName::Access,
    ServiceName::Merchant,
    ServiceName::Payment,
    ServiceName::Wallet,
    ServiceName::Webhook,
    ServiceName::Qr,
    ServiceName::Gateway,
];
/// What payments are made with before they are settled.
pub(crate) const SETTLING: [ServiceName; 4] =
    [ServiceName::Access, ServiceName::Merchant, ServiceName::Payment, ServiceName::Wallet];
const START_LIMIT: Duration = Duration::from_secs(60);
const STOP_LIMIT: Duration = Duration::from_secs(30);
const ASK_AGAIN: Duration = Duration::from_millis(10);
/// No token has to be renewed while something is measured.
const TOKEN_LIFE_SECONDS: u32 = 86_400;

/// The running services. Dropping it kills them.
#[derive(Debug)]
pub(crate) struct Mesh {
    pub(crate) addresses: Addresses,
    secrets: Secrets,
    processes: Vec<Process>,
    /// Of payment's log.
    parts: u16,
}

#[derive(Debug)]
struct Process {
    name: ServiceName,
    child: Child,
    log: PathBuf,
}

impl Mesh {
    /// Starts each of these services on its own database and waits until all serve.
    pub(crate) async fn start(ground: &Ground, parts: u16, services: &[ServiceName]) -> anyhow::Result<Self> {
        let secrets = Secrets::load_or_create(&ground.data().join("secrets.json"))
            .context("could not keep the secrets of the mesh")?;
        let mut mesh = Self { addresses: free_addresses()?, secrets, processes: Vec::new(), parts };
        mesh.add(ground, services).await?;
        Ok(mesh)
    }

    /// Starts another service, once what it is to find is there.
    pub(crate) async fn start_also(&mut self, ground: &Ground, name: ServiceName) -> anyhow::Result<()> {
        self.add(ground, &[name]).await
    }

    async fn add(&mut self, ground: &Ground, services: &[ServiceName]) -> anyhow::Result<()> {
        let logs = ground.data().join("logs");
        fs::create_dir_all(&logs).with_context(|| format!("could not create {}", logs.display()))?;
        for name in services.iter().copied() {
            let database = match name {
                ServiceName::Gateway => None,
                _ => Some(ground.create_database(name.as_str()).await?),
            };
            let settings = self.settings(name, database.as_ref(), self.parts);
            self.processes.push(spawn(name, &settings, &logs)?);
        }
        timeout(START_LIMIT, self.everyone_serves()).await.unwrap_or_else(|_| {
            bail!("the services do not serve after {} s; see {}", START_LIMIT.as_secs(), logs.display())
        })
    }

    /// The identity of a service of this mesh, to call others with.
    pub(crate) fn identity(&self, name: ServiceName) -> anyhow::Result<kvitt_runtime::Mesh> {
        let config = MeshConfig {
            access_url: format!("http://{}", self.addresses.access),
            service_secret: self.secrets.service(name),
            process: kvitt_runtime::Process::default(),
        };
        kvitt_runtime::Mesh::new(name, &config).map_err(anyhow::Error::from_boxed)
    }

    /// The processes, by the names of their services.
    pub(crate) fn watched(&self, ground: &Ground) -> proc::Watched {
        let process = |one: &Process| Some((one.name.as_str().to_owned(), one.child.id()?));
        proc::Watched {
            postmaster: ground.postmaster(),
            others: self.processes.iter().filter_map(process).collect(),
        }
    }

    /// The process of a service.
    pub(crate) fn process(&self, name: ServiceName) -> Option<u32> {
        self.processes.iter().find(|process| process.name == name)?.child.id()
    }

    /// Tells every service to stop, those first who call others, and waits for each.
    pub(crate) async fn stop(mut self) -> anyhow::Result<()> {
        while let Some(mut process) = self.processes.pop() {
            if let Some(id) = process.child.id() {
                Command::new("/bin/sh").args(["-c", "kill -TERM \"$0\"", &id.to_string()]).status().await?;
            }
            let ended = timeout(STOP_LIMIT, process.child.wait()).await;
            ended.with_context(|| format!("{} does not stop", process.name))??;
        }
        Ok(())
    }

    async fn everyone_serves(&mut self) -> anyhow::Result<()> {
        let at = self.addresses;
        let names: Vec<_> = self.processes.iter().map(|process| process.name).collect();
        let serving = async {
            for name in names {
                match name {
                    ServiceName::Gateway => {
                        while TcpStream::connect(at.gateway).await.is_err() {
                            sleep(ASK_AGAIN).await;
                        }
                    }
                    _ => serves(address(&at, name)).await?,
                }
            }
            anyhow::Ok(())
        };
        let ended = async {
            loop {
                for process in &mut self.processes {
                    if let Ok(Some(status)) = process.child.try_wait() {
                        return (process.name, process.log.clone(), status);
                    }
                }
                sleep(ASK_AGAIN).await;
            }
        };
        tokio::select! {
            serving = serving => serving,
            (name, log, status) = ended => {
                let log = fs::read_to_string(log).unwrap_or_default();
                bail!("{name} ended while it started ({status}): {}", log.trim().lines().last().unwrap_or_default());
            }
        }
    }

    /// The variables that configure a service, without their common beginning.
    fn settings(
        &self,
        name: ServiceName,
        database: Option<&SecretString>,
        parts: u16,
    ) -> Vec<(&'static str, String)> {
        let at = self.addresses;
        let url = |address: SocketAddr| format!("http://{address}");
        let shown = |secret: SecretString| secret.expose_secret().to_owned();
        let mut settings = vec![("LISTEN", address(&at, name).to_string()), ("SANDBOX", "true".to_owned())];
        settings.extend(database.map(|url| ("DATABASE_URL", shown(url.clone()))));
        if name == ServiceName::Access {
            let secret = |service| format!("{service}={}", shown(self.secrets.service(service)));
            settings.extend([
                ("SERVICE_SECRETS", Secrets::services().map(secret).join(",")),
                ("KEY_ENCRYPTION_KEY", shown(self.secrets.key_encryption_key())),
                ("PEPPER", shown(self.secrets.pepper())),
                ("TOKEN_LIFE_SECONDS", TOKEN_LIFE_SECONDS.to_string()),
            ]);
            return settings;
        }
        settings.extend([
            ("ACCESS_URL", url(at.access)),
            ("MERCHANT_URL", url(at.merchant)),
            ("PAYMENT_URL", url(at.payment)),
            ("WALLET_URL", url(at.wallet)),
            ("ORDERMANAGEMENT_URL", url(at.order_management)),
            ("CHECKOUT_URL", url(at.checkout)),
            ("WEBHOOK_URL", url(at.webhook)),
            ("QR_URL", url(at.qr)),
            ("SETTLEMENT_URL", url(at.settlement)),
            ("SERVICE_SECRET", shown(self.secrets.service(name))),
        ]);
        if name == ServiceName::Gateway {
            // The load is a few callers who do what many merchants would.
            settings.push(("RATE_LIMITS", "false".to_owned()));
        }
        if name == ServiceName::Webhook {
            settings.push(("KEY_ENCRYPTION_KEY", shown(self.secrets.webhook_key())));
        }
        if name == ServiceName::Payment {
            settings.push(("CURSOR_KEY", shown(self.secrets.cursor_key())));
            settings.push(("PARTS", parts.to_string()));
        }
        settings
    }
}

fn address(at: &Addresses, name: ServiceName) -> SocketAddr {
    match name {
        ServiceName::Access => at.access,
        ServiceName::Merchant => at.merchant,
        ServiceName::Payment => at.payment,
        ServiceName::Wallet => at.wallet,
        ServiceName::OrderManagement => at.order_management,
        ServiceName::Checkout => at.checkout,
        ServiceName::Webhook => at.webhook,
        ServiceName::Qr => at.qr,
        ServiceName::Settlement => at.settlement,
        ServiceName::Gateway | ServiceName::Launcher => at.gateway,
    }
}

/// Addresses that nobody listens on now. Every service has to know them before the first one starts.
fn free_addresses() -> anyhow::Result<Addresses> {
    let mut listeners = Vec::new();
    let mut address = || {
        let listener =
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("could not listen on 127.0.0.1")?;
        let address = listener.local_addr()?;
        // They stay open until all are known, so that none is given twice.
        listeners.push(listener);
        anyhow::Ok(address)
    };
    Ok(Addresses {
        gateway: address()?,
        access: address()?,
        merchant: address()?,
        payment: address()?,
        wallet: address()?,
        order_management: address()?,
        checkout: address()?,
        webhook: address()?,
        qr: address()?,
        settlement: address()?,
    })
}

/// Threads of each service. They share the machine with each other, with PostgreSQL and with the load generator, and more
/// of them mostly wake each other up.
fn threads() -> usize {
    thread::available_parallelism().map_or(1, |cores| cores.get().div_ceil(2))
}

/// Secrets go by the environment, since arguments are there for all to see.
fn spawn(name: ServiceName, settings: &[(&'static str, String)], logs: &Path) -> anyhow::Result<Process> {
    let log = logs.join(format!("{name}.log"));
    let output = File::create(&log).with_context(|| format!("could not create {}", log.display()))?;
    let mut command = Command::new(env::current_exe().context("could not find this program")?);
    command.args(["serve", name.as_str(), "--log", "warn"]);
    for (setting, value) in settings {
        command.env(format!("KVITT_{}_{setting}", name.as_str().to_uppercase()), value);
    }
    if env::var_os(THREADS).is_none() {
        command.env(THREADS, threads().to_string());
    }
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(output).kill_on_drop(true);
    let child = command.spawn().with_context(|| format!("could not start {name}"))?;
    Ok(Process { name, child, log })
}

async fn serves(address: SocketAddr) -> anyhow::Result<()> {
    let channel = kvitt_runtime::channel(&format!("http://{address}")).map_err(anyhow::Error::from_boxed)?;
    let mut health = HealthClient::new(channel);
    loop {
        let answer = health.check(HealthCheckRequest::default()).await;
        if answer.is_ok_and(|answer| answer.into_inner().status() == ServingStatus::Serving) {
            return Ok(());
        }
        sleep(ASK_AGAIN).await;
    }
}
