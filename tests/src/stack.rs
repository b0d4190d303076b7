use std::fs::Permissions;
use std::net::SocketAddr;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::mpsc;
use std::time::Duration;

use kvitt_launcher::{Databases, Options, Platform};
use kvitt_proto::sandbox::v1::AdvanceClockRequest;
use kvitt_proto::sandbox::v1::advance_clock_request::Target;
use kvitt_runtime::{Clock, ServiceName};
use kvitt_testing::TestServer;
use secrecy::ExposeSecret as _;
use tempfile::TempDir;

use crate::Mesh;

/// How a stack of one's own differs from the shared one.
#[derive(Clone, Debug, Default)]
pub struct StackPlan {
    /// How long clients' tokens live, when not an hour.
    pub token_life_seconds: Option<u32>,
    /// Whether nothing acknowledged may be lost, so that the stack can be restarted.
    pub durable: bool,
    /// Whether the gateway limits how often it is called.
    pub rate_limits: bool,
    /// Whether Express payments can be approved by force.
    pub force_approve_express: bool,
    /// A server of the test's own instead of a private one.
    pub database_url: Option<String>,
}

/// The API keys of a sales unit.
#[derive(Clone, Debug)]
pub struct Keys {
    /// GUID of the API client.
    pub client_id: String,
    /// The client's secret.
    pub client_secret: String,
    /// The primary subscription key.
    pub primary: String,
    /// The secondary subscription key.
    pub secondary: String,
    /// Merchant serial number; empty for keys that are not a sales unit's.
    pub msn: String,
    /// The unit's only currency, for example `NOK`.
    pub currency: String,
}

/// The platform in this process.
#[derive(Debug)]
pub struct Stack {
    platform: Platform,
    units: Vec<(String, Keys)>,
    plan: StackPlan,
    /// The data of a durable stack.
    folder: Option<TempDir>,
}

impl Stack {
    /// The stack that all tests of this process share. It runs on a runtime of its own, which outlives every test.
    /// Nobody moves its clock.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Stack> = OnceLock::new();
        SHARED.get_or_init(|| {
            let (started, waiting) = mpsc::sync_channel(1);
            std::thread::spawn(move || {
                let runtime = tokio::runtime::Runtime::new().expect("a runtime can be made");
                runtime.block_on(async {
                    started.send(Self::own(StackPlan::default()).await).expect("the test waits");
                    std::future::pending::<()>().await;
                });
            });
            waiting.recv().expect("the shared stack starts")
        })
    }

    /// A stack of the test's own, on the test's runtime, with a clock that may be moved.
    pub async fn own(plan: StackPlan) -> Self {
        let folder = (plan.durable || plan.database_url.is_some()).then(reachable_folder);
        let platform = start(&plan, folder.as_ref()).await;
        let units = platform.demo().units.iter().map(keys);
        let units = units.chain(platform.demo().keys.iter().map(owned_keys)).collect();
        Self { platform, units, plan, folder }
    }

    /// Stops everything and starts it again on the same data, on other ports. Only for a durable stack.
    #[must_use]
    pub async fn restarted(self) -> Self {
        let Self { platform, units, plan, folder } = self;
        assert!(plan.durable, "the data of this stack goes with its server");
        platform.stop().await.expect("the platform stops in order");
        let platform = start(&plan, folder.as_ref()).await;
        Self { platform, units, plan, folder }
    }

    /// Stops everything, in order.
    pub async fn stop(self) {
        self.platform.stop().await.expect("the platform stops in order");
    }

    /// Where the gateway listens.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.platform.addresses().gateway)
    }

    /// Where access, merchant, payment, wallet, order management, checkout, webhook, qr and settlement
    /// listen.
    pub fn services(&self) -> [SocketAddr; 9] {
        let at = self.platform.addresses();
        [
            at.access,
            at.merchant,
            at.payment,
            at.wallet,
            at.order_management,
            at.checkout,
            at.webhook,
            at.qr,
            at.settlement,
        ]
    }

    /// The business clock.
    pub fn clock(&self) -> &Clock {
        self.platform.clock()
    }

    /// Moves the business clock as the operator does, and comes back when all that became due is done. Only for a stack
    /// of one's own.
    pub async fn advance(&self, by: Duration) {
        let by = by.try_into().expect("a test stays within the bounds");
        let request = AdvanceClockRequest { target: Some(Target::By(by)) };
        let advanced = Mesh::operator(self).await.clock().advance_clock(request).await;
        advanced.expect("the clock can be moved");
    }

    /// The keys of a demo unit, or `partner`, `partner_management`, `merchant_management`, `accounting`.
    pub fn keys(&self, unit: &str) -> &Keys {
        let found = self.units.iter().find(|(name, _)| name == unit);
        &found.unwrap_or_else(|| panic!("there are no demo keys {unit}")).1
    }

    /// A payer with plenty of money in this currency.
    pub fn phone(&self, currency: &str) -> &'static str {
        self.payer(match currency {
            "DKK" => "danish",
            "EUR" => "finnish",
            _ => "norwegian",
        })
    }

    /// A Norwegian payer with 5 kroner.
    pub fn poor_phone(&self) -> &'static str {
        self.payer("poor")
    }

    /// A Norwegian payer who is a child.
    pub fn young_phone(&self) -> &'static str {
        self.payer("young")
    }

    /// A Norwegian payer without cards.
    pub fn cardless_phone(&self) -> &'static str {
        self.payer("without_cards")
    }

    fn payer(&self, name: &str) -> &'static str {
        let found = self.platform.demo().payer(name);
        found.unwrap_or_else(|| panic!("there is no demo payer {name}")).phone_number
    }

    /// What a service proves itself with; the operator is the service `launcher`.
    pub fn service_secret(&self, name: ServiceName) -> String {
        self.platform.service_secret(name).expose_secret().to_owned()
    }
}

const PREFIX: &str = "kvitt_";
const HOUR_SECONDS: u32 = 3600;

/// Every start has a clock of its own: what time it was is for the platform to know.
async fn start(plan: &StackPlan, folder: Option<&TempDir>) -> Platform {
    let (databases, data_dir) = match (folder, &plan.database_url) {
        (Some(folder), Some(url)) => (Databases::Url(url.clone()), folder.path().to_owned()),
        (Some(folder), None) => {
            let server = TestServer::durable(&folder.path().join("postgres")).await;
            (Databases::Private(server), folder.path().to_owned())
        }
        (None, _) => {
            let server = TestServer::throwaway().await;
            let data_dir = beside_the_server(server.data());
            (Databases::Private(server), data_dir)
        }
    };
    let options = Options {
        databases,
        database_prefix: PREFIX.to_owned(),
        data_dir,
        gateway_port: 0,
        token_life_seconds: plan.token_life_seconds.unwrap_or(HOUR_SECONDS),
        rate_limits: plan.rate_limits,
        force_approve_express: plan.force_approve_express,
        clock: Clock::system(),
    };
    Platform::start(options).await.expect("the platform starts")
}

/// A folder that goes when a throwaway server goes: its user must own what it is to remove.
fn beside_the_server(data: &Path) -> PathBuf {
    let folder = data.join("installation");
    std::fs::create_dir(&folder).expect("a folder can be made in the server's");
    let owner = std::fs::metadata(data).expect("the server's folder is there");
    chown(&folder, Some(owner.uid()), Some(owner.gid())).expect("a folder can be handed over");
    folder
}

/// A temporary folder that PostgreSQL's user can reach when the tests run as root.
pub fn reachable_folder() -> TempDir {
    let mut builder = tempfile::Builder::new();
    builder.prefix("kvitt-").permissions(Permissions::from_mode(0o755));
    builder.tempdir().expect("a temporary folder can be made")
}

fn owned_keys(owned: &kvitt_launcher::demo::OwnedKeys) -> (String, Keys) {
    let keys = Keys {
        client_id: owned.keys.client_id.clone(),
        client_secret: owned.keys.client_secret.clone(),
        primary: owned.keys.primary.clone(),
        secondary: owned.keys.secondary.clone(),
        msn: String::new(),
        currency: "NOK".to_owned(),
    };
    (owned.plan.name.to_owned(), keys)
}

fn keys(unit: &kvitt_launcher::demo::Unit) -> (String, Keys) {
    let keys = Keys {
        client_id: unit.keys.client_id.clone(),
        client_secret: unit.keys.client_secret.clone(),
        primary: unit.keys.primary.clone(),
        secondary: unit.keys.secondary.clone(),
        msn: unit.plan.msn.to_owned(),
        currency: unit.plan.merchant.market.currency().code().to_owned(),
    };
    (unit.plan.name.to_owned(), keys)
}
