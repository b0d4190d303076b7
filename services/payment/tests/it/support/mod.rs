//! A stage: the service on a database of its own, among stand-ins for its peers.

mod access;
mod acquirer;
mod merchant;
mod shop;
mod wallet;

use std::net::SocketAddr;

use kvitt_payment::Config;
use kvitt_proto::{
    access::v1::{
        credential_service_server::CredentialServiceServer, token_service_server::TokenServiceServer,
    },
    acquirer::v1::acquirer_service_server::AcquirerServiceServer,
    error::v1::Reason,
    merchant::v1::merchant_service_server::MerchantServiceServer,
    refusal,
    wallet::v1::payer_service_server::PayerServiceServer,
};
use kvitt_runtime::{Clock, RunError, ServiceName};
use kvitt_testing::TestDatabase;
use sqlx::PgPool;
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use tonic::{Status, transport::server::TcpIncoming};

use access::Access;
use merchant::Merchant;
use shop::Tokens;

pub(crate) use acquirer::{Acquirer, Kind, Manner};
pub(crate) use merchant::{DIRECT_MSN, VM_MSN};
pub(crate) use shop::{Follower, Shop, minor, sums};
pub(crate) use wallet::{PHONE, TOKEN, Wallet};

/// By which name every sales unit knows the payer who shares something.
pub(crate) const SUB: &str = "6b9ff9ad-6cd2-4a41-9b3c-4f5b2b1f0a11";

/// The sales unit of every test that needs only one.
pub(crate) const MSN: u32 = 123_456;

/// The running service and everything round it.
pub(crate) struct Stage {
    pub(crate) acquirer: Acquirer,
    pub(crate) wallet: Wallet,
    pub(crate) clock: Clock,
    access: Access,
    database: TestDatabase,
    peers_url: String,
    running: Running,
}

struct Running {
    address: SocketAddr,
    shutdown: CancellationToken,
    ended: JoinHandle<Result<(), RunError>>,
}

impl Stage {
    pub(crate) async fn start() -> Self {
        let (access, acquirer, wallet) = (Access::new(), Acquirer::new(), Wallet::default());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let peers_url = format!("http://{}", listener.local_addr().unwrap());
        let peers = tonic::transport::Server::builder()
            .add_service(TokenServiceServer::new(access.clone()))
            .add_service(CredentialServiceServer::new(access.clone()))
            .add_service(MerchantServiceServer::new(Merchant))
            .add_service(AcquirerServiceServer::new(acquirer.clone()))
            .add_service(PayerServiceServer::new(wallet.clone()))
            .serve_with_incoming(TcpIncoming::from(listener));
        tokio::spawn(peers);
        let database = TestDatabase::create("payment", &kvitt_payment::MIGRATIONS).await;
        let clock = Clock::system();
        let running = Running::start(&database, &peers_url, &clock).await;
        Self { acquirer, wallet, clock, access, database, peers_url, running }
    }

    /// Stops the service and starts it again on the same database, at another address.
    pub(crate) async fn restart(&mut self) {
        self.begin_shutdown();
        (&mut self.running.ended).await.unwrap().unwrap();
        self.running = Running::start(&self.database, &self.peers_url, &self.clock).await;
    }

    pub(crate) fn begin_shutdown(&self) {
        self.running.shutdown.cancel();
    }

    /// For a test that gets in the database's way.
    pub(crate) fn pool(&self) -> &PgPool {
        self.database.pool()
    }

    /// A sales unit, whose client covers it alone, at the service as it runs now.
    pub(crate) fn shop(&self, msn: u32) -> Shop {
        let service = |name| self.access.service_token(name);
        let tokens = Tokens {
            client: self.access.client_token(msn),
            wallet: service(ServiceName::Wallet),
            checkout: service(ServiceName::Checkout),
        };
        Shop::new(&self.url(), msn, tokens)
    }

    /// A service of the mesh that follows everything.
    pub(crate) fn follower(&self) -> Follower {
        Follower::new(&self.url(), self.access.service_token(ServiceName::Wallet))
    }

    fn url(&self) -> String {
        format!("http://{}", self.running.address)
    }
}

impl Running {
    async fn start(database: &TestDatabase, peers_url: &str, clock: &Clock) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let config = Config {
            listen: address,
            database_url: database.url().clone(),
            access_url: peers_url.to_owned(),
            merchant_url: peers_url.to_owned(),
            wallet_url: peers_url.to_owned(),
            service_secret: "secret".into(),
            landing_url: "https://landing.kvitt.localhost/".to_owned(),
            native_scheme: "vippsMT".to_owned(),
            qr_image_url: "https://qr.kvitt.localhost/qr-images/v1/".to_owned(),
            cursor_key: "07".repeat(32).into(),
            parts: 2,
            sandbox: false,
            process: kvitt_runtime::Process::default(),
        };
        let shutdown = CancellationToken::new();
        let run = kvitt_payment::run(config, listener, clock.clone(), shutdown.clone());
        Self { address, shutdown, ended: tokio::spawn(run) }
    }
}

/// Why something was refused.
pub(crate) fn reason<T: std::fmt::Debug>(answer: Result<T, Status>) -> Reason {
    let status = answer.expect_err("this is refused");
    refusal::reason_of(&status).unwrap_or_else(|| panic!("not a refusal of the platform: {status:?}"))
}

/// The fields that a refusal names.
pub(crate) fn broken_fields<T: std::fmt::Debug>(answer: Result<T, Status>) -> Vec<String> {
    let status = answer.expect_err("this is refused");
    refusal::field_violations_of(&status).into_iter().map(|violation| violation.field).collect()
}
