//! The services as parts of one process: started together, stopped from the edge inwards.

use std::{collections::BTreeMap, net::SocketAddr, time::Duration};

use kvitt_runtime::{Clock, Process, RunError, ServiceName};
use secrecy::SecretString;
use tokio::{net::TcpListener, task::JoinSet, time::timeout};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};
use tracing::warn;

use crate::{Addresses, secrets::Secrets};

/// Services drain within 10 s by themselves; a part that takes longer is given up.
const STOP_LIMIT: Duration = Duration::from_secs(15);

/// Callers stop before those whom they call, so that a request at hand finds everything it needs.
const STOP_ORDER: [&[ServiceName]; 6] = [
    &[ServiceName::Gateway],
    &[ServiceName::OrderManagement, ServiceName::Checkout, ServiceName::Settlement],
    &[ServiceName::Qr, ServiceName::Wallet],
    &[ServiceName::Webhook],
    &[ServiceName::Merchant, ServiceName::Payment],
    &[ServiceName::Access],
];

/// "A couple of minutes" until a test unit is there.
const TEST_UNIT_DELAY_SECONDS: u32 = 120;

/// Whether time may be moved and payers are simulated.
const SANDBOX: bool = cfg!(feature = "sandbox");

/// The sockets of all parts; they are bound before anything runs, so that every part knows every address.
#[derive(Debug)]
pub(crate) struct Sockets {
    pub(crate) gateway: TcpListener,
    pub(crate) access: TcpListener,
    pub(crate) merchant: TcpListener,
    pub(crate) payment: TcpListener,
    pub(crate) wallet: TcpListener,
    pub(crate) order_management: TcpListener,
    pub(crate) checkout: TcpListener,
    pub(crate) webhook: TcpListener,
    pub(crate) qr: TcpListener,
    pub(crate) settlement: TcpListener,
}

/// What all parts are told.
#[derive(Debug)]
pub(crate) struct Common {
    pub(crate) addresses: Addresses,
    pub(crate) secrets: Secrets,
    pub(crate) databases: Urls,
    pub(crate) token_life_seconds: u32,
    pub(crate) rate_limits: bool,
    pub(crate) force_approve_express: bool,
    pub(crate) clock: Clock,
}

/// The database of each service that has one.
#[derive(Debug)]
pub(crate) struct Urls {
    pub(crate) access: SecretString,
    pub(crate) merchant: SecretString,
    pub(crate) payment: SecretString,
    pub(crate) wallet: SecretString,
    pub(crate) order_management: SecretString,
    pub(crate) checkout: SecretString,
    pub(crate) webhook: SecretString,
    pub(crate) qr: SecretString,
    pub(crate) settlement: SecretString,
}

/// The running services.
#[derive(Debug)]
pub(crate) struct Parts {
    running: JoinSet<(ServiceName, Result<(), RunError>)>,
    stops: BTreeMap<ServiceName, CancellationToken>,
}

impl Parts {
    pub(crate) fn start(sockets: Sockets, common: &Common) -> Self {
        let mut parts = Self { running: JoinSet::new(), stops: BTreeMap::new() };
        let clock = || common.clock.clone();
        let config = common.access();
        parts.add(ServiceName::Access, |stop| kvitt_access::run(config, sockets.access, clock(), stop));
        let config = common.merchant();
        parts.add(ServiceName::Merchant, |stop| kvitt_merchant::run(config, sockets.merchant, clock(), stop));
        let config = common.payment();
        parts.add(ServiceName::Payment, |stop| kvitt_payment::run(config, sockets.payment, clock(), stop));
        let config = common.wallet();
        parts.add(ServiceName::Wallet, |stop| kvitt_wallet::run(config, sockets.wallet, clock(), stop));
        let config = common.order_management();
        let listener = sockets.order_management;
        parts.add(ServiceName::OrderManagement, |stop| {
            kvitt_ordermanagement::run(config, listener, clock(), stop)
        });
        let config = common.checkout();
        parts.add(ServiceName::Checkout, |stop| kvitt_checkout::run(config, sockets.checkout, clock(), stop));
        let config = common.webhook();
        parts.add(ServiceName::Webhook, |stop| kvitt_webhook::run(config, sockets.webhook, clock(), stop));
        let config = common.qr();
        parts.add(ServiceName::Qr, |stop| kvitt_qr::run(config, sockets.qr, clock(), stop));
        let config = common.settlement();
        parts.add(ServiceName::Settlement, |stop| {
            kvitt_settlement::run(config, sockets.settlement, clock(), stop)
        });
        let config = common.gateway();
        parts.add(ServiceName::Gateway, |stop| kvitt_gateway::run(config, sockets.gateway, clock(), stop));
        parts
    }

    fn add<F>(&mut self, name: ServiceName, run: impl FnOnce(CancellationToken) -> F)
    where
        F: Future<Output = Result<(), RunError>> + Send + 'static,
    {
        let stop = CancellationToken::new();
        let part = AbortOnDropHandle::new(tokio::spawn(run(stop.clone())));
        self.stops.insert(name, stop);
        // A task around the task, so that a panic is known by its part's name.
        self.running.spawn(async move { (name, part.await.unwrap_or_else(|panic| Err(panic.into()))) });
    }

    /// Waits until any part has ended.
    pub(crate) async fn next_end(&mut self) -> (ServiceName, Result<(), RunError>) {
        match self.running.join_next().await {
            Some(ended) => ended.expect("the outer task neither panics nor is aborted"),
            None => std::future::pending().await,
        }
    }

    /// Stops all parts; the first error of one of them is the answer.
    pub(crate) async fn stop(&mut self) -> Result<(), RunError> {
        let mut outcome = Ok(());
        for group in STOP_ORDER {
            for name in group {
                self.stops[name].cancel();
            }
            let ended = timeout(STOP_LIMIT, self.wait_for(group)).await;
            outcome =
                outcome.and(ended.unwrap_or_else(|_| Err(format!("{group:?} did not stop in time").into())));
        }
        outcome
    }

    async fn wait_for(&mut self, group: &[ServiceName]) -> Result<(), RunError> {
        let mut outcome = Ok(());
        while group.iter().any(|name| self.stops.contains_key(name)) && !self.running.is_empty() {
            let (name, result) = self.next_end().await;
            self.stops.remove(&name);
            if let Err(error) = &result {
                warn!(part = name.as_str(), error = %error, "ended with an error");
            }
            outcome = outcome.and(result);
        }
        outcome
    }
}

impl Common {
    fn url(address: SocketAddr) -> String {
        format!("http://{address}")
    }

    fn access(&self) -> kvitt_access::Config {
        let secret = |service| kvitt_access::ServiceSecret { service, secret: self.secrets.service(service) };
        kvitt_access::Config {
            listen: self.addresses.access,
            database_url: self.databases.access.clone(),
            service_secrets: Secrets::services().map(secret).to_vec(),
            key_encryption_key: self.secrets.key_encryption_key(),
            pepper: self.secrets.pepper(),
            token_life_seconds: self.token_life_seconds,
            wallet_url: Some(Self::url(self.addresses.wallet)),
            sandbox: SANDBOX,
            process: Process::default(),
        }
    }

    fn merchant(&self) -> kvitt_merchant::Config {
        kvitt_merchant::Config {
            listen: self.addresses.merchant,
            database_url: self.databases.merchant.clone(),
            access_url: Self::url(self.addresses.access),
            service_secret: self.secrets.service(ServiceName::Merchant),
            test_unit_delay_seconds: TEST_UNIT_DELAY_SECONDS,
            sandbox: SANDBOX,
            process: Process::default(),
        }
    }

    fn payment(&self) -> kvitt_payment::Config {
        kvitt_payment::Config {
            listen: self.addresses.payment,
            database_url: self.databases.payment.clone(),
            access_url: Self::url(self.addresses.access),
            merchant_url: Self::url(self.addresses.merchant),
            wallet_url: Self::url(self.addresses.wallet),
            service_secret: self.secrets.service(ServiceName::Payment),
            landing_url: "https://landing.kvitt.localhost/".to_owned(),
            native_scheme: "vippsMT".to_owned(),
            qr_image_url: format!("{}/qr-images/v1/", Self::url(self.addresses.gateway)),
            cursor_key: self.secrets.cursor_key(),
            parts: 2,
            sandbox: SANDBOX,
            process: Process::default(),
        }
    }

    fn wallet(&self) -> kvitt_wallet::Config {
        kvitt_wallet::Config {
            listen: self.addresses.wallet,
            database_url: self.databases.wallet.clone(),
            access_url: Self::url(self.addresses.access),
            merchant_url: Self::url(self.addresses.merchant),
            payment_url: Self::url(self.addresses.payment),
            webhook_url: Self::url(self.addresses.webhook),
            qr_url: Self::url(self.addresses.qr),
            service_secret: self.secrets.service(ServiceName::Wallet),
            sandbox: SANDBOX,
            force_approve_express: self.force_approve_express,
            process: Process::default(),
        }
    }

    fn order_management(&self) -> kvitt_ordermanagement::Config {
        kvitt_ordermanagement::Config {
            listen: self.addresses.order_management,
            database_url: self.databases.order_management.clone(),
            access_url: Self::url(self.addresses.access),
            merchant_url: Self::url(self.addresses.merchant),
            payment_url: Self::url(self.addresses.payment),
            service_secret: self.secrets.service(ServiceName::OrderManagement),
            sandbox: SANDBOX,
            process: Process::default(),
        }
    }

    fn checkout(&self) -> kvitt_checkout::Config {
        kvitt_checkout::Config {
            listen: self.addresses.checkout,
            database_url: self.databases.checkout.clone(),
            access_url: Self::url(self.addresses.access),
            merchant_url: Self::url(self.addresses.merchant),
            payment_url: Self::url(self.addresses.payment),
            service_secret: self.secrets.service(ServiceName::Checkout),
            frontend_url: kvitt_checkout::DEFAULT_FRONTEND_URL.to_owned(),
            api_url: Self::url(self.addresses.gateway),
            sandbox: SANDBOX,
            process: Process::default(),
        }
    }

    fn webhook(&self) -> kvitt_webhook::Config {
        kvitt_webhook::Config {
            listen: self.addresses.webhook,
            database_url: self.databases.webhook.clone(),
            access_url: Self::url(self.addresses.access),
            merchant_url: Self::url(self.addresses.merchant),
            payment_url: Self::url(self.addresses.payment),
            service_secret: self.secrets.service(ServiceName::Webhook),
            key_encryption_key: self.secrets.webhook_key(),
            sandbox: SANDBOX,
            process: Process::default(),
        }
    }

    fn settlement(&self) -> kvitt_settlement::Config {
        kvitt_settlement::Config {
            listen: self.addresses.settlement,
            database_url: self.databases.settlement.clone(),
            access_url: Self::url(self.addresses.access),
            merchant_url: Self::url(self.addresses.merchant),
            payment_url: Self::url(self.addresses.payment),
            service_secret: self.secrets.service(ServiceName::Settlement),
            smtp_url: None,
            mail_from: kvitt_settlement::DEFAULT_MAIL_FROM.to_owned(),
            sandbox: SANDBOX,
            process: Process::default(),
        }
    }

    fn qr(&self) -> kvitt_qr::Config {
        let edge = Self::url(self.addresses.gateway);
        kvitt_qr::Config {
            listen: self.addresses.qr,
            database_url: self.databases.qr.clone(),
            access_url: Self::url(self.addresses.access),
            merchant_url: Self::url(self.addresses.merchant),
            payment_url: Self::url(self.addresses.payment),
            wallet_url: Self::url(self.addresses.wallet),
            webhook_url: Self::url(self.addresses.webhook),
            service_secret: self.secrets.service(ServiceName::Qr),
            code_url: format!("{edge}/q/"),
            image_url: format!("{edge}/qr-images/v1/"),
            link_url: kvitt_qr::DEFAULT_LINK_URL.to_owned(),
            sandbox: SANDBOX,
            process: Process::default(),
        }
    }

    fn gateway(&self) -> kvitt_gateway::Config {
        kvitt_gateway::Config {
            listen: self.addresses.gateway,
            access_url: Self::url(self.addresses.access),
            merchant_url: Self::url(self.addresses.merchant),
            payment_url: Self::url(self.addresses.payment),
            wallet_url: Self::url(self.addresses.wallet),
            order_management_url: Self::url(self.addresses.order_management),
            checkout_url: Self::url(self.addresses.checkout),
            webhook_url: Self::url(self.addresses.webhook),
            qr_url: Self::url(self.addresses.qr),
            settlement_url: Self::url(self.addresses.settlement),
            service_secret: self.secrets.service(ServiceName::Gateway),
            sandbox: SANDBOX,
            rate_limits: self.rate_limits,
            trust_forwarded_for: false,
            prefill_url: kvitt_gateway::DEFAULT_PREFILL_URL.to_owned(),
            deeplink_url: kvitt_gateway::DEFAULT_DEEPLINK_URL.to_owned(),
            process: Process::default(),
        }
    }
}
