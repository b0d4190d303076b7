//! What a caller may do. The verifier proves who calls; this asks `access` what their keys cover, and remembers the
//! answer for at most [`MAX_AGE`], which is what "at once" means on this platform: a key that was taken away stops
//! working within that time.

use std::hash::Hash;
use std::sync::Arc;
use std::time::{Duration, Instant};

use kvitt_primitives::{ClientId, Msn};
use kvitt_proto::access::v1::credential_service_client::CredentialServiceClient;
use kvitt_proto::access::v1::{GetCoverageRequest, ResolveSubscriptionKeyRequest};
use kvitt_proto::error::v1::Reason;
use kvitt_proto::refusal;
use moka::future::Cache;
use sha2::{Digest, Sha256};
use tonic::Status;

use crate::caller::{Caller, Principal, ServiceName};
use crate::context::{self, Context};
use crate::mesh::{Mesh, PeerChannel};

/// The oldest answer that is still given, counted from the moment `access` was asked.
pub const MAX_AGE: Duration = Duration::from_secs(2);

/// How many clients' answers are remembered, and how many subscription keys'.
const REMEMBERED_LIMIT: u64 = 16_384;

/// How long asking `access` may take, whoever asks: one question serves all who wait for it.
const ASK_LIMIT: Duration = Duration::from_secs(5);

/// A longer subscription key is none of ours.
const SUBSCRIPTION_KEY_LENGTH_LIMIT: usize = 256;

/// What may be done for a sales unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Create a payment.
    CreatePayment,
    /// Read a payment or its events.
    ReadPayment,
    /// Capture a payment.
    CapturePayment,
    /// Refund a payment.
    RefundPayment,
    /// Cancel a payment.
    CancelPayment,
    /// Approve a payment in the payer's place, in the sandbox.
    ForceApprove,
    /// Read the sales unit's attributes.
    ReadSalesUnit,
    /// Follow the log of payments.
    FollowFeed,
}

/// Answers what callers may do; clones share what they remember.
#[derive(Clone, Debug)]
pub struct Authority {
    access: CredentialServiceClient<PeerChannel>,
    coverage: Cache<ClientId, Answer<Arc<[Msn]>>>,
    owners: Cache<[u8; 32], Answer<ClientId>>,
}

impl Authority {
    /// Asks the `access` of `mesh`.
    pub fn new(mesh: &Mesh) -> Self {
        Self {
            access: CredentialServiceClient::new(mesh.access()),
            coverage: remembering(),
            owners: remembering(),
        }
    }

    /// Passes when `caller` may do `action` for the sales unit `msn`. A client's keys have to cover the unit
    /// (MSN_NOT_COVERED), whichever service forwards the request; a service on its own may do what
    /// [`may_alone`] lists (PERMISSION_DENIED).
    pub async fn may(&self, caller: &Caller, action: Action, msn: &Msn) -> Result<(), Status> {
        match caller.principal {
            Principal::Client(client) if self.msns(client).await?.contains(msn) => Ok(()),
            Principal::Client(_) => Err(refusal::status(
                Reason::MsnNotCovered,
                "the keys behind the access token do not cover this merchant serial number",
            )),
            Principal::Service(service) if may_alone(service, action) => Ok(()),
            Principal::Service(_) => {
                Err(refusal::status(Reason::PermissionDenied, "a service may not do this without a client"))
            }
        }
    }

    /// The sales units that a client's keys cover, ascending; none for an unknown client.
    pub async fn msns(&self, client: ClientId) -> Result<Arc<[Msn]>, Status> {
        remember(&self.coverage, client, async || {
            let request = GetCoverageRequest { client_id: client.to_string() };
            let covered = self.access.clone().get_coverage(request).await?.into_inner().msns;
            covered.iter().map(|msn| msn.parse().map_err(|_| unreadable("an MSN"))).collect()
        })
        .await
    }

    /// Whose subscription key this is; SUBSCRIPTION_KEY_INVALID when it is nobody's.
    pub async fn subscription_key_owner(&self, key: &str) -> Result<ClientId, Status> {
        if key.len() > SUBSCRIPTION_KEY_LENGTH_LIMIT {
            return Err(refusal::status(Reason::SubscriptionKeyInvalid, "the subscription key is unknown"));
        }
        remember(&self.owners, Sha256::digest(key).into(), async || {
            let request = ResolveSubscriptionKeyRequest { subscription_key: key.to_owned() };
            let owner = self.access.clone().resolve_subscription_key(request).await?.into_inner().client_id;
            owner.parse().map_err(|_| unreadable("a client id"))
        })
        .await
    }
}

/// What a service may do on its own, for work that no client asked for. Everything else needs a client's token.
pub fn may_alone(service: ServiceName, action: Action) -> bool {
    match service {
        // Shows payers what they are asked to approve, and follows the log for its inbox.
        ServiceName::Wallet => {
            matches!(action, Action::ReadPayment | Action::ReadSalesUnit | Action::FollowFeed)
        }
        // Drives pending operations and expiries on.
        ServiceName::Payment => matches!(action, Action::ReadSalesUnit),
        // The operator looks at everything and moves no money, but may play the payer in the sandbox.
        ServiceName::Launcher => matches!(
            action,
            Action::ReadPayment | Action::ReadSalesUnit | Action::FollowFeed | Action::ForceApprove
        ),
        ServiceName::Access | ServiceName::Merchant | ServiceName::Gateway => false,
    }
}

/// What `access` said, and when it was asked.
#[derive(Clone, Debug)]
struct Answer<V> {
    value: V,
    asked_at: Instant,
}

/// Forgets an answer when it is [`MAX_AGE`] old.
struct UntilMaxAge;

impl<K, V> moka::Expiry<K, Answer<V>> for UntilMaxAge {
    fn expire_after_create(&self, _key: &K, answer: &Answer<V>, now: Instant) -> Option<Duration> {
        Some(MAX_AGE.saturating_sub(now.saturating_duration_since(answer.asked_at)))
    }
}

fn remembering<K, V>() -> Cache<K, Answer<V>>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    Cache::builder().max_capacity(REMEMBERED_LIMIT).expire_after(UntilMaxAge).build()
}

/// The remembered answer, or a new one; requests that come while `ask` runs share its answer. A failure is not
/// remembered. `ask` runs without the token and the deadline of the request that happened to be first.
async fn remember<K, V, A, F>(cache: &Cache<K, Answer<V>>, key: K, ask: A) -> Result<V, Status>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
    A: FnOnce() -> F,
    F: Future<Output = Result<V, Status>>,
{
    let asking = async {
        let asked_at = Instant::now();
        let deadline = Some(tokio::time::Instant::now() + ASK_LIMIT);
        let value = context::scope(Context { token: None, deadline }, ask()).await?;
        Ok(Answer { value, asked_at })
    };
    match cache.try_get_with(key, asking).await {
        Ok(answer) => Ok(answer.value),
        Err(status) => Err(failure(&status)),
    }
}

/// What the failure of a question means to the one who asked something else.
fn failure(status: &Status) -> Status {
    match refusal::reason_of(status) {
        Some(Reason::SubscriptionKeyInvalid) => status.clone(),
        Some(Reason::Unavailable | Reason::Overloaded | Reason::DeadlineExceeded) => {
            refusal::status(Reason::Unavailable, "what the caller may do cannot be looked up right now")
        }
        _ => {
            tracing::error!(%status, "access refused to say what a caller may do");
            refusal::status(Reason::Internal, "what the caller may do cannot be looked up")
        }
    }
}

fn unreadable(what: &str) -> Status {
    refusal::status(Reason::Internal, format!("access answered with {what} that cannot be read"))
}
