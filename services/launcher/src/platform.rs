//! The platform as one value.

use std::{
    collections::BTreeMap,
    fs, io,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    process::ExitStatus,
    time::Duration,
};

use kvitt_postgres::server::PrivateServer;
use kvitt_runtime::{Clock, Mesh, MeshConfig, RunError, ServiceName};
use secrecy::SecretString;
use tokio::{net::TcpListener, time::timeout};
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};

use crate::{
    demo::{Demo, MAIN_PAYER, VM_NUMBER},
    parts::{Common, Parts, Sockets, Urls},
    secrets::Secrets,
    seed,
};

/// A service that does not serve by then will not.
const START_LIMIT: Duration = Duration::from_secs(60);
const ASK_AGAIN: Duration = Duration::from_millis(5);

/// What to start.
#[derive(Debug)]
pub struct Options {
    /// Where the services keep their data.
    pub databases: Databases,
    /// Names the databases: `kvitt_` gives `kvitt_payment`.
    pub database_prefix: String,
    /// Where the secrets of this installation are kept.
    pub data_dir: PathBuf,
    /// The gateway's port on loopback; 0 takes any free one.
    pub gateway_port: u16,
    /// How long an access token of a client lives.
    pub token_life_seconds: u32,
    /// Whether the gateway limits how often it is called, as upstream's does.
    pub rate_limits: bool,
    /// Whether Express payments can be approved by force, with the default shipping option.
    pub force_approve_express: bool,
    /// Business time.
    pub clock: Clock,
}

/// Where the services keep their data.
#[derive(Debug)]
pub enum Databases {
    /// On a server of our own, which stops with the platform.
    Private(PrivateServer),
    /// On the server with this URL, whatever database it names.
    Url(String),
}

/// Where everything listens, on loopback.
#[derive(Clone, Copy, Debug)]
pub struct Addresses {
    /// HTTP.
    pub gateway: SocketAddr,
    /// gRPC.
    pub access: SocketAddr,
    /// gRPC.
    pub merchant: SocketAddr,
    /// gRPC.
    pub payment: SocketAddr,
    /// gRPC.
    pub wallet: SocketAddr,
    /// gRPC.
    pub order_management: SocketAddr,
    /// gRPC.
    pub checkout: SocketAddr,
    /// gRPC.
    pub webhook: SocketAddr,
    /// Where `qr` listens.
    pub qr: SocketAddr,
    /// What is paid out.
    pub settlement: SocketAddr,
}

/// Why the platform did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Another program listens there.
    #[error("port {0} on 127.0.0.1 is in use; --port takes another one, --port 0 any free one")]
    PortInUse(u16),
    /// A socket could not be opened.
    #[error("could not listen on 127.0.0.1")]
    Listen(#[source] io::Error),
    /// The secrets could not be read or kept.
    #[error("could not keep the secrets in {}", .0.display())]
    Secrets(PathBuf, #[source] io::Error),
    /// A database could not be created.
    #[error("could not prepare the databases")]
    Database(#[source] kvitt_postgres::Error),
    /// A service ended instead of serving.
    #[error("{} ended while it started", .0.as_str())]
    Part(ServiceName, #[source] RunError),
    /// A service does not serve.
    #[error("{} does not serve after {} s", .0.as_str(), START_LIMIT.as_secs())]
    NotServing(ServiceName),
    /// The demo data could not be seeded.
    #[error("could not seed the demo data")]
    Seed(#[source] RunError),
}

/// What ended although nobody asked for it.
#[derive(Debug, thiserror::Error)]
pub enum Ended {
    /// A service.
    #[error("{} ended", .0.as_str())]
    Service(ServiceName, #[source] Option<RunError>),
    /// The private PostgreSQL server.
    #[error("PostgreSQL ended ({0})")]
    Server(ExitStatus),
}

/// A running platform. Dropping it ends everything at once; [`stop`](Self::stop) lets requests at hand end first.
#[derive(Debug)]
pub struct Platform {
    addresses: Addresses,
    demo: Demo,
    clock: Clock,
    secrets: Secrets,
    parts: Parts,
    server: Option<PrivateServer>,
}

impl Platform {
    /// Starts everything, and answers when every service serves and the demo data is there.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let sockets = Sockets::bind(options.gateway_port).await?;
        let addresses = sockets.addresses().map_err(StartError::Listen)?;
        let secrets = secrets(&options.data_dir)?;
        let databases = create_databases(&options.databases, &options.database_prefix).await?;
        let demo = Demo::of(&secrets);
        let common = Common {
            addresses,
            secrets: secrets.clone(),
            databases,
            token_life_seconds: options.token_life_seconds,
            rate_limits: options.rate_limits,
            force_approve_express: options.force_approve_express,
            clock: options.clock.clone(),
        };
        let parts = Parts::start(sockets, &common);
        let server = match options.databases {
            Databases::Private(server) => Some(server),
            Databases::Url(_) => None,
        };
        let mut platform = Self { addresses, demo, clock: options.clock, secrets, parts, server };
        platform.become_ready().await?;
        Ok(platform)
    }

    /// A part that ends while the others start is the reason to show, not those who wait for it.
    async fn become_ready(&mut self) -> Result<(), StartError> {
        let Self { addresses, demo, secrets, parts, .. } = self;
        let readying = async {
            everyone_serves(addresses).await?;
            let access_url = format!("http://{}", addresses.access);
            let service_secret = secrets.service(ServiceName::Launcher);
            let config =
                MeshConfig { access_url, service_secret, process: kvitt_runtime::Process::default() };
            let mesh = Mesh::new(ServiceName::Launcher, &config).map_err(StartError::Seed)?;
            seed::seed(&mesh, addresses, demo).await.map_err(StartError::Seed)
        };
        tokio::select! {
            ready = readying => ready,
            (name, result) = parts.next_end() => {
                Err(StartError::Part(name, result.err().unwrap_or_else(|| "it was not told to".into())))
            }
        }
    }

    /// Where everything listens.
    pub fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    /// The demo data with its keys.
    pub fn demo(&self) -> &Demo {
        &self.demo
    }

    /// The business clock that all services share.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// What a service proves itself to `access` with; the operator is the service `launcher`.
    pub fn service_secret(&self, name: ServiceName) -> SecretString {
        self.secrets.service(name)
    }

    /// The private server, when there is one.
    pub fn server(&self) -> Option<&PrivateServer> {
        self.server.as_ref()
    }

    /// What `.kvitt/env` says. The names are an interface that scripts rely on.
    pub fn env(&self) -> BTreeMap<String, String> {
        let unit = self.demo.main_unit();
        let at = self.addresses;
        let pairs = [
            ("BASE_URL", format!("http://{}", at.gateway)),
            ("CLIENT_ID", unit.keys.client_id.clone()),
            ("CLIENT_SECRET", unit.keys.client_secret.clone()),
            ("SUBSCRIPTION_KEY", unit.keys.primary.clone()),
            ("MSN", unit.plan.msn.to_owned()),
            ("TEST_PHONE", MAIN_PAYER.phone_number.to_owned()),
            ("VM_NUMBER", VM_NUMBER.msn.to_owned()),
            ("GRPC_ACCESS", at.access.to_string()),
            ("GRPC_MERCHANT", at.merchant.to_string()),
            ("GRPC_PAYMENT", at.payment.to_string()),
            ("GRPC_WALLET", at.wallet.to_string()),
            ("GRPC_ORDERMANAGEMENT", at.order_management.to_string()),
            ("GRPC_CHECKOUT", at.checkout.to_string()),
            ("GRPC_WEBHOOK", at.webhook.to_string()),
            ("GRPC_QR", at.qr.to_string()),
            ("GRPC_SETTLEMENT", at.settlement.to_string()),
        ];
        pairs.map(|(name, value)| (name.to_owned(), value)).into()
    }

    /// Waits until a part ends although nobody asked for it.
    pub async fn ended(&mut self) -> Ended {
        let server = async {
            match &self.server {
                Some(server) => server.ended().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            (name, result) = self.parts.next_end() => Ended::Service(name, result.err()),
            status = server => Ended::Server(status),
        }
    }

    /// Lets the requests at hand end, stops the services, then the private server.
    pub async fn stop(mut self) -> Result<(), RunError> {
        let outcome = self.parts.stop().await;
        if let Some(server) = self.server {
            server.stop().await;
        }
        outcome
    }
}

impl Sockets {
    async fn bind(gateway_port: u16) -> Result<Self, StartError> {
        let gateway = bind(gateway_port).await.map_err(|error| match error.kind() {
            io::ErrorKind::AddrInUse => StartError::PortInUse(gateway_port),
            _ => StartError::Listen(error),
        })?;
        let any = || async { bind(0).await.map_err(StartError::Listen) };
        Ok(Self {
            gateway,
            access: any().await?,
            merchant: any().await?,
            payment: any().await?,
            wallet: any().await?,
            order_management: any().await?,
            checkout: any().await?,
            webhook: any().await?,
            qr: any().await?,
            settlement: any().await?,
        })
    }

    fn addresses(&self) -> io::Result<Addresses> {
        Ok(Addresses {
            gateway: self.gateway.local_addr()?,
            access: self.access.local_addr()?,
            merchant: self.merchant.local_addr()?,
            payment: self.payment.local_addr()?,
            wallet: self.wallet.local_addr()?,
            order_management: self.order_management.local_addr()?,
            checkout: self.checkout.local_addr()?,
            webhook: self.webhook.local_addr()?,
            qr: self.qr.local_addr()?,
            settlement: self.settlement.local_addr()?,
        })
    }
}

async fn bind(port: u16) -> io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await
}

fn secrets(data_dir: &Path) -> Result<Secrets, StartError> {
    let file = data_dir.join("secrets.json");
    fs::create_dir_all(data_dir)
        .and_then(|()| Secrets::load_or_create(&file))
        .map_err(|source| StartError::Secrets(file, source))
}

async fn create_databases(databases: &Databases, prefix: &str) -> Result<Urls, StartError> {
    let server = match databases {
        Databases::Private(server) => server.url("postgres"),
        Databases::Url(url) => SecretString::from(url.as_str()),
    };
    let create = async |service: ServiceName| {
        kvitt_postgres::create_database(&server, &format!("{prefix}{}", service.as_str())).await
    };
    let (access, merchant, payment, wallet, order_management, checkout, webhook, qr, settlement) =
        tokio::try_join!(
            create(ServiceName::Access),
            create(ServiceName::Merchant),
            create(ServiceName::Payment),
            create(ServiceName::Wallet),
            create(ServiceName::OrderManagement),
            create(ServiceName::Checkout),
            create(ServiceName::Webhook),
            create(ServiceName::Qr),
            create(ServiceName::Settlement),
        )
        .map_err(StartError::Database)?;
    Ok(Urls { access, merchant, payment, wallet, order_management, checkout, webhook, qr, settlement })
}

async fn everyone_serves(addresses: &Addresses) -> Result<(), StartError> {
    tokio::try_join!(
        serves(ServiceName::Access, addresses.access),
        serves(ServiceName::Merchant, addresses.merchant),
        serves(ServiceName::Payment, addresses.payment),
        serves(ServiceName::Wallet, addresses.wallet),
        serves(ServiceName::OrderManagement, addresses.order_management),
        serves(ServiceName::Checkout, addresses.checkout),
        serves(ServiceName::Webhook, addresses.webhook),
        serves(ServiceName::Qr, addresses.qr),
        serves(ServiceName::Settlement, addresses.settlement),
    )?;
    Ok(())
}

async fn serves(name: ServiceName, address: SocketAddr) -> Result<(), StartError> {
    let channel = kvitt_runtime::channel(&format!("http://{address}")).expect("an address makes a URL");
    let mut health = HealthClient::new(channel);
    let asking = async {
        loop {
            let answer = health.check(HealthCheckRequest::default()).await;
            if answer.is_ok_and(|answer| answer.into_inner().status() == ServingStatus::Serving) {
                return;
            }
            tokio::time::sleep(ASK_AGAIN).await;
        }
    };
    timeout(START_LIMIT, asking).await.map_err(|_| StartError::NotServing(name))
}
