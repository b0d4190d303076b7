//! What a caller may do. The verifier proves who calls; this asks `access` what their keys cover, and remembers the
//! answer until `access` says that it has changed. What is known of that is at most [`MAX_AGE`] old, which is what "at
//! once" means on this platform: a key that was taken away stops working within that time.

use std::sync::Arc;

use kvitt_primitives::{ClientId, Msn};
use kvitt_proto::access::v1::credential_service_client::CredentialServiceClient;
use kvitt_proto::access::v1::{
    GetCoverageRequest, ListCredentialChangesRequest, ResolveSubscriptionKeyRequest,
};
use kvitt_proto::error::v1::Reason;
use kvitt_proto::refusal;
use sha2::{Digest, Sha256};
use tonic::Status;

use crate::caller::{Caller, Principal, ServiceName};
use crate::mesh::{Mesh, PeerChannel};
use crate::remembered::{Answer, Answers, Changed, Changes, Remembered, Source};

pub use crate::remembered::MAX_AGE;

/// How many clients' answers are remembered, and how many subscription keys'.
const REMEMBERED_LIMIT: u64 = 16_384;

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
    access: Remembered<Access>,
}

impl Authority {
    /// Asks the `access` of `mesh`.
    pub fn new(mesh: &Mesh) -> Self {
        Self {
            access: Remembered::new(Access {
                client: CredentialServiceClient::new(mesh.access()),
                coverage: Answers::at_most(REMEMBERED_LIMIT),
                owners: Answers::at_most(REMEMBERED_LIMIT),
            }),
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
        let access = self.access.source();
        let covered = self.access.get(&access.coverage, &client, access.coverage_of(client)).await;
        covered.map_err(|status| failure(&status))
    }

    /// Whose subscription key this is; SUBSCRIPTION_KEY_INVALID when it is nobody's.
    pub async fn subscription_key_owner(&self, key: &str) -> Result<ClientId, Status> {
        if key.len() > SUBSCRIPTION_KEY_LENGTH_LIMIT {
            return Err(refusal::status(Reason::SubscriptionKeyInvalid, "the subscription key is unknown"));
        }
        let access = self.access.source();
        let hash = Sha256::digest(key).into();
        let owner = self.access.get(&access.owners, &hash, access.owner_of(key)).await;
        owner.map_err(|status| failure(&status))
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

/// The service `access`, and what it has said.
#[derive(Debug)]
struct Access {
    client: CredentialServiceClient<PeerChannel>,
    coverage: Answers<ClientId, Arc<[Msn]>>,
    /// By the SHA-256 of the subscription key.
    owners: Answers<[u8; 32], ClientId>,
}

impl Access {
    async fn coverage_of(&self, client: ClientId) -> Result<Answer<Arc<[Msn]>>, Status> {
        let request = GetCoverageRequest { client_id: client.to_string() };
        let covered = self.client.clone().get_coverage(request).await?.into_inner();
        let msns = covered.msns.iter().map(|msn| msn.parse().map_err(|_| unreadable("an MSN")));
        Ok(Answer { value: msns.collect::<Result<_, _>>()?, revision: covered.revision })
    }

    async fn owner_of(&self, key: &str) -> Result<Answer<ClientId>, Status> {
        let request = ResolveSubscriptionKeyRequest { subscription_key: key.to_owned() };
        let owner = self.client.clone().resolve_subscription_key(request).await?.into_inner();
        Ok(Answer { value: client_id(&owner.client_id)?, revision: owner.revision })
    }
}

impl Source for Access {
    type Key = ClientId;

    async fn changes(&self, after_revision: i64) -> Result<Changes<ClientId>, Status> {
        let request = ListCredentialChangesRequest { after_revision };
        let changes = self.client.clone().list_credential_changes(request).await?.into_inner();
        let changed = if changes.all {
            Changed::All
        } else {
            Changed::These(changes.client_ids.iter().map(|id| client_id(id)).collect::<Result<_, _>>()?)
        };
        Ok(Changes { revision: changes.revision, changed })
    }

    /// A key may have changed its owner with any change; whose it was before nobody says.
    async fn forget(&self, changed: Changed<ClientId>) {
        match changed {
            Changed::These(clients) if clients.is_empty() => {}
            Changed::These(clients) => {
                self.owners.forget_all();
                for client in &clients {
                    self.coverage.forget(client).await;
                }
            }
            Changed::All => {
                self.owners.forget_all();
                self.coverage.forget_all();
            }
        }
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

fn client_id(text: &str) -> Result<ClientId, Status> {
    text.parse().map_err(|_| unreadable("a client id"))
}

fn unreadable(what: &str) -> Status {
    refusal::status(Reason::Internal, format!("access answered with {what} that cannot be read"))
}
