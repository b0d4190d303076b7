//! What `access` says of clients and users, remembered until it says that they have changed.

use std::sync::Arc;

use kvitt_primitives::{ClientId, MerchantId, Msn, PartnerId, UserId};
use kvitt_proto::access::v1::credential_service_client::CredentialServiceClient;
use kvitt_proto::access::v1::{
    self, GetCoverageRequest, GetMembershipsRequest, ListCredentialChangesRequest,
    ResolveSubscriptionKeyRequest,
};
use sha2::{Digest as _, Sha256};
use tonic::Status;

use super::matrix::{Grants, KeyKind, Role};
use super::unreadable;
use crate::mesh::PeerChannel;
use crate::remembered::{Answer, Answers, Changed, Changes, Source};

/// How many clients', users' and subscription keys' answers are remembered, of each.
const REMEMBERED_LIMIT: u64 = 16_384;

/// What an API client's keys are for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// `None` for an unknown or revoked client.
    pub kind: Option<KeyKind>,
    /// The unit of a sales unit's keys, the units that accounting keys were granted; ascending.
    pub msns: Arc<[Msn]>,
    /// Whose management keys, or whose unit.
    pub merchant_id: Option<MerchantId>,
    /// Whose partner or management keys.
    pub partner_id: Option<PartnerId>,
}

/// A user's part in a merchant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// The merchant.
    pub merchant_id: MerchantId,
    /// What they are there.
    pub role: Role,
    /// The units they were given, ascending; empty for an Administrator, who has them all.
    pub units: Vec<(Msn, Grants)>,
}

impl Membership {
    /// What they have on the unit of this merchant; `None` when they do not see it.
    pub fn on(&self, msn: &Msn) -> Option<Grants> {
        if self.role == Role::Administrator {
            return Some(Grants::default());
        }
        let found = self.units.binary_search_by(|(given, _)| given.cmp(msn));
        found.ok().map(|index| self.units[index].1)
    }
}

/// The service `access`, and what it has said.
#[derive(Debug)]
pub(super) struct Access {
    client: CredentialServiceClient<PeerChannel>,
    pub(super) clients: Answers<ClientId, Arc<Client>>,
    pub(super) users: Answers<UserId, Arc<[Membership]>>,
    /// By the SHA-256 of the subscription key.
    pub(super) owners: Answers<[u8; 32], ClientId>,
}

/// Who has changed.
#[derive(Clone, Copy, Debug)]
pub(super) enum Holder {
    Client(ClientId),
    User(UserId),
}

impl Access {
    pub(super) fn new(channel: PeerChannel) -> Self {
        Self {
            client: CredentialServiceClient::new(channel),
            clients: Answers::at_most(REMEMBERED_LIMIT),
            users: Answers::at_most(REMEMBERED_LIMIT),
            owners: Answers::at_most(REMEMBERED_LIMIT),
        }
    }

    pub(super) async fn client(&self, client: ClientId) -> Result<Answer<Arc<Client>>, Status> {
        let request = GetCoverageRequest { client_id: client.to_string() };
        let covered = self.client.clone().get_coverage(request).await?.into_inner();
        let kind = match covered.kind() {
            v1::KeyKind::Unspecified => None,
            kind => KeyKind::from_proto(kind.into()),
        };
        let msns = covered.msns.iter().map(|msn| msn.parse().map_err(|_| unreadable("an MSN")));
        let owner = covered.owner.unwrap_or_default();
        let client = Client {
            kind,
            msns: msns.collect::<Result<_, _>>()?,
            merchant_id: given(&owner.merchant_id, "a merchant id")?,
            partner_id: given(&owner.partner_id, "a partner id")?,
        };
        Ok(Answer { value: Arc::new(client), revision: covered.revision })
    }

    pub(super) async fn user(&self, user: UserId) -> Result<Answer<Arc<[Membership]>>, Status> {
        let request = GetMembershipsRequest { user_id: user.to_string() };
        let answer = self.client.clone().get_memberships(request).await?.into_inner();
        let memberships = answer.memberships.iter().map(membership).collect::<Result<_, _>>()?;
        Ok(Answer { value: memberships, revision: answer.revision })
    }

    pub(super) async fn owner_of(&self, key: &str) -> Result<Answer<ClientId>, Status> {
        let request = ResolveSubscriptionKeyRequest { subscription_key: key.to_owned() };
        let owner = self.client.clone().resolve_subscription_key(request).await?.into_inner();
        let value = owner.client_id.parse().map_err(|_| unreadable("a client id"))?;
        Ok(Answer { value, revision: owner.revision })
    }
}

/// Keys are remembered by what they hash to.
pub(super) fn hash(key: &str) -> [u8; 32] {
    Sha256::digest(key).into()
}

impl Source for Access {
    type Key = Holder;

    async fn changes(&self, after_revision: i64) -> Result<Changes<Holder>, Status> {
        let request = ListCredentialChangesRequest { after_revision };
        let changes = self.client.clone().list_credential_changes(request).await?.into_inner();
        let revision = changes.revision;
        if changes.all {
            return Ok(Changes { revision, changed: Changed::All });
        }
        let client = |id: &String| id.parse().map(Holder::Client).map_err(|_| unreadable("a client id"));
        let user = |id: &String| id.parse().map(Holder::User).map_err(|_| unreadable("a user id"));
        let holders = changes.client_ids.iter().map(client).chain(changes.user_ids.iter().map(user));
        Ok(Changes { revision, changed: Changed::These(holders.collect::<Result<_, _>>()?) })
    }

    /// A key may have changed its owner with any change of a client; whose it was before nobody says.
    async fn forget(&self, changed: Changed<Holder>) {
        let Changed::These(holders) = changed else {
            self.owners.forget_all();
            self.clients.forget_all();
            self.users.forget_all();
            return;
        };
        if holders.iter().any(|holder| matches!(holder, Holder::Client(_))) {
            self.owners.forget_all();
        }
        for holder in &holders {
            match holder {
                Holder::Client(client) => self.clients.forget(client).await,
                Holder::User(user) => self.users.forget(user).await,
            }
        }
    }
}

fn membership(wire: &v1::Membership) -> Result<Membership, Status> {
    let mut units = Vec::with_capacity(wire.units.len());
    for unit in &wire.units {
        let grants =
            Grants { transaction_management: unit.transaction_management, developer: unit.developer };
        units.push((unit.msn.parse::<Msn>().map_err(|_| unreadable("an MSN"))?, grants));
    }
    units.sort_by(|(one, _), (next, _)| one.cmp(next));
    Ok(Membership {
        merchant_id: wire.merchant_id.parse().map_err(|_| unreadable("a merchant id"))?,
        role: Role::from_proto(wire.role).ok_or_else(|| unreadable("a role"))?,
        units,
    })
}

/// An id that may be empty.
fn given<T: std::str::FromStr>(text: &str, what: &str) -> Result<Option<T>, Status> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| unreadable(what))
}
