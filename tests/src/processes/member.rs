//! What runs, and what each is told when it starts.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Output, Stdio};

use serde::Deserialize;
use tokio::process::{Child, Command};
use uuid::Uuid;

use super::server::Server;
use crate::build::binaries;

/// A process of the mesh.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Member {
    /// The service `access`.
    Access,
    /// The service `merchant`.
    Merchant,
    /// The service `payment`; the wallet and the first gateway call this one.
    Payment,
    /// The service `wallet`.
    Wallet,
    /// The service `ordermanagement`.
    OrderManagement,
    /// The service `checkout`.
    Checkout,
    /// The service `webhook`.
    Webhook,
    /// The service `qr`.
    Qr,
    /// The service `settlement`.
    Settlement,
    /// The gateway.
    Gateway,
    /// Another `payment` on the same database.
    SecondPayment,
    /// Another gateway, which calls the second `payment` unless it is told otherwise.
    SecondGateway,
    /// One more `payment` on the same database, which nobody calls who is not told to.
    ThirdPayment,
    /// And one more.
    FourthPayment,
    /// Another `access`, as all of these on the database of the first one.
    SecondAccess,
    /// Another `merchant`.
    SecondMerchant,
    /// Another `wallet`.
    SecondWallet,
    /// Another `ordermanagement`.
    SecondOrderManagement,
    /// Another `checkout`.
    SecondCheckout,
    /// Another `webhook`.
    SecondWebhook,
    /// Another `qr`.
    SecondQr,
    /// Another `settlement`.
    SecondSettlement,
}

impl Member {
    /// A mesh without anything twice.
    pub const ALL_ONCE: [Self; 10] = [
        Self::Access,
        Self::Merchant,
        Self::Payment,
        Self::Wallet,
        Self::OrderManagement,
        Self::Checkout,
        Self::Webhook,
        Self::Qr,
        Self::Settlement,
        Self::Gateway,
    ];
    /// Two gateways, each in front of a `payment` of its own, which share a database.
    pub const PAYMENT_TWICE: [Self; 12] = [
        Self::Access,
        Self::Merchant,
        Self::Payment,
        Self::Wallet,
        Self::OrderManagement,
        Self::Checkout,
        Self::Webhook,
        Self::Qr,
        Self::Settlement,
        Self::Gateway,
        Self::SecondPayment,
        Self::SecondGateway,
    ];

    /// The other instance of the same service in a mesh that has everything twice.
    #[must_use]
    pub fn twin(self) -> Self {
        match self {
            Self::Access => Self::SecondAccess,
            Self::Merchant => Self::SecondMerchant,
            Self::Payment | Self::ThirdPayment => Self::SecondPayment,
            Self::Wallet => Self::SecondWallet,
            Self::OrderManagement => Self::SecondOrderManagement,
            Self::Checkout => Self::SecondCheckout,
            Self::Webhook => Self::SecondWebhook,
            Self::Qr => Self::SecondQr,
            Self::Settlement => Self::SecondSettlement,
            Self::Gateway => Self::SecondGateway,
            Self::SecondAccess => Self::Access,
            Self::SecondMerchant => Self::Merchant,
            Self::SecondPayment | Self::FourthPayment => Self::Payment,
            Self::SecondWallet => Self::Wallet,
            Self::SecondOrderManagement => Self::OrderManagement,
            Self::SecondCheckout => Self::Checkout,
            Self::SecondWebhook => Self::Webhook,
            Self::SecondQr => Self::Qr,
            Self::SecondSettlement => Self::Settlement,
            Self::SecondGateway => Self::Gateway,
        }
    }

    /// The name of the service.
    pub fn service(self) -> &'static str {
        match self {
            Self::Access | Self::SecondAccess => "access",
            Self::Merchant | Self::SecondMerchant => "merchant",
            Self::Payment | Self::SecondPayment | Self::ThirdPayment | Self::FourthPayment => "payment",
            Self::Wallet | Self::SecondWallet => "wallet",
            Self::OrderManagement | Self::SecondOrderManagement => "ordermanagement",
            Self::Checkout | Self::SecondCheckout => "checkout",
            Self::Webhook | Self::SecondWebhook => "webhook",
            Self::Qr | Self::SecondQr => "qr",
            Self::Settlement | Self::SecondSettlement => "settlement",
            Self::Gateway | Self::SecondGateway => "gateway",
        }
    }

    /// Runs its binary with these arguments alone, to its end.
    pub async fn run(self, arguments: &[&str]) -> Output {
        let mut command = Command::new(binaries().await.join(format!("kvitt-{}", self.service())));
        command.args(arguments).stdin(Stdio::null()).kill_on_drop(true);
        command.output().await.expect("the binary can be started")
    }

    /// Runs its binary with these variables alone, to its end.
    pub async fn run_with(self, settings: &[(String, String)]) -> Output {
        let mut command = Command::new(binaries().await.join(format!("kvitt-{}", self.service())));
        command.env_clear().envs(settings.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).kill_on_drop(true);
        command.output().await.expect("the binary can be started")
    }

    /// Starts its binary with these variables alone; it is killed when the answer is dropped.
    pub async fn spawn_with(self, settings: &[(&str, &str)]) -> Child {
        let mut command = Command::new(binaries().await.join(format!("kvitt-{}", self.service())));
        command.env_clear().envs(settings.iter().copied());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
        command.spawn().expect("the binary can be started")
    }

    /// Whom it calls.
    pub(super) fn peers(self) -> &'static [Self] {
        match self {
            Self::Access | Self::SecondAccess => &[Self::Wallet],
            Self::Merchant | Self::SecondMerchant => &[Self::Access],
            Self::Payment | Self::SecondPayment | Self::ThirdPayment | Self::FourthPayment => {
                &[Self::Access, Self::Merchant, Self::Wallet]
            }
            Self::Wallet | Self::SecondWallet => {
                &[Self::Access, Self::Merchant, Self::Payment, Self::Webhook, Self::Qr]
            }
            Self::OrderManagement
            | Self::SecondOrderManagement
            | Self::Checkout
            | Self::SecondCheckout
            | Self::Webhook
            | Self::SecondWebhook
            | Self::Settlement
            | Self::SecondSettlement => &[Self::Access, Self::Merchant, Self::Payment],
            Self::Qr | Self::SecondQr => {
                &[Self::Access, Self::Merchant, Self::Payment, Self::Wallet, Self::Webhook]
            }
            Self::Gateway => &[
                Self::Access,
                Self::Merchant,
                Self::Payment,
                Self::Wallet,
                Self::OrderManagement,
                Self::Checkout,
                Self::Webhook,
                Self::Qr,
                Self::Settlement,
            ],
            Self::SecondGateway => &[
                Self::Access,
                Self::Merchant,
                Self::SecondPayment,
                Self::Wallet,
                Self::OrderManagement,
                Self::Checkout,
                Self::Webhook,
                Self::Qr,
                Self::Settlement,
            ],
        }
    }

    /// Its binary with its settings, by environment variables alone.
    pub(super) fn command(
        self,
        binaries: &Path,
        ports: &BTreeMap<Self, Ports>,
        secrets: &Secrets,
        server: &Server,
    ) -> Command {
        let service = self.service();
        let mut command = Command::new(binaries.join(format!("kvitt-{service}")));
        let mut set = |name: &str, value: &str| {
            command.env(format!("KVITT_{}_{name}", service.to_uppercase()), value);
        };
        set("LISTEN", &format!("127.0.0.1:{}", ports[&self].service));
        set("SANDBOX", "true");
        for peer in self.peers() {
            let name = format!("{}_URL", peer.service().to_uppercase());
            set(&name, &format!("http://127.0.0.1:{}", ports[peer].service));
        }
        if service == "gateway" {
            // Merchants of the tests repeat a request until it is answered.
            set("RATE_LIMITS", "false");
        } else {
            set("DATABASE_URL", &server.url(&format!("kvitt_{service}")));
        }
        if service == "access" {
            set("SERVICE_SECRETS", &secrets.services(|_| true));
            set("KEY_ENCRYPTION_KEY", secrets.sealing_key(self));
            set("PEPPER", &secrets.pepper);
        } else {
            set("SERVICE_SECRET", secrets.of(service));
        }
        if service == "webhook" {
            set("KEY_ENCRYPTION_KEY", secrets.sealing_key(self));
        }
        if service == "payment" {
            set("CURSOR_KEY", secrets.sealing_key(self));
        }
        command.env("KVITT_LOG", "warn").env_remove("KVITT_CRASH_AT");
        command.stdin(Stdio::null()).stdout(Stdio::null()).kill_on_drop(true);
        command
    }
}

/// The secrets that `kvitt` made for the installation.
#[derive(Debug, Deserialize)]
pub(super) struct Secrets {
    key_encryption_key: String,
    pepper: String,
    cursor_key: String,
    webhook_key: String,
    services: BTreeMap<String, String>,
    keys: BTreeMap<String, Keys>,
}

#[derive(Debug, Deserialize)]
struct Keys {
    client_id: String,
    client_secret: String,
    primary: String,
}

impl Secrets {
    pub(super) fn read(file: &Path) -> Self {
        let text = std::fs::read(file).expect("an installation has secrets");
        serde_json::from_slice(&text).expect("secrets are JSON")
    }

    pub(super) fn of(&self, service: &str) -> &str {
        self.services.get(service).expect("everybody who calls has a secret")
    }

    pub(super) fn services(&self, wanted: impl Fn(&str) -> bool) -> String {
        let wanted = self.services.iter().filter(|(name, _)| wanted(name));
        wanted.map(|(name, secret)| format!("{name}={secret}")).collect::<Vec<_>>().join(",")
    }

    pub(super) fn sealing_key(&self, member: Member) -> &str {
        match member.service() {
            "access" => &self.key_encryption_key,
            "webhook" => &self.webhook_key,
            "payment" => &self.cursor_key,
            service => panic!("{service} seals nothing"),
        }
    }

    /// The keys of a unit, under the names that they have in an env file.
    pub(super) fn env(&self, unit: &str) -> BTreeMap<String, String> {
        let keys = self.keys.get(unit).expect("every demo unit has keys");
        let pairs = [
            ("CLIENT_ID", &keys.client_id),
            ("CLIENT_SECRET", &keys.client_secret),
            ("SUBSCRIPTION_KEY", &keys.primary),
        ];
        pairs.map(|(name, value)| (name.to_owned(), value.clone())).into()
    }
}

/// Below the ports that systems give to outgoing connections: what is down finds its port free again, and a caller of
/// what is down does not happen to call itself.
const PORTS: std::ops::Range<u16> = 20_000..32_000;

/// Where a member listens, and where it tells its health if it is asked to do that apart.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ports {
    pub(super) service: u16,
    pub(super) health: u16,
}

/// Free ports for each member.
pub(super) fn ports() -> BTreeMap<Member, Ports> {
    let (_, random) = Uuid::new_v4().as_u64_pair();
    let first =
        PORTS.start + u16::try_from(random % u64::from(PORTS.end - PORTS.start)).expect("below a u16");
    let mut candidates = (first..PORTS.end).chain(PORTS.start..first);
    let mut free = || {
        candidates
            .find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok())
            .expect("one of thousands of ports is free")
    };
    let first = Member::ALL_ONCE.into_iter().flat_map(|member| [member, member.twin()]);
    let all = first.chain([Member::ThirdPayment, Member::FourthPayment]);
    all.map(|member| (member, Ports { service: free(), health: free() })).collect()
}
