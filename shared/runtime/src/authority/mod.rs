//! What a caller may do. The verifier proves who calls; this asks `access` what their keys or their roles are for, and
//! `merchant` whose a sales unit is, and remembers the answers until those services say that they have changed. What is
//! known of that is at most [`MAX_AGE`] old, which is what "at once" means on this platform: a key or a role that was
//! taken away stops working within that time. The rules themselves are [`matrix`].
//!
//! Of what a caller may not see nothing is told: the refusal of a foreign thing is the refusal of an absent one.

use std::sync::Arc;

use kvitt_primitives::{ClientId, MerchantId, Msn, PartnerId, UserId};
use kvitt_proto::error::v1::Reason;
use kvitt_proto::refusal;
use tonic::Status;

use crate::caller::{Caller, Principal, ServiceName};
use crate::mesh::Mesh;
use crate::remembered::Remembered;

mod access;
pub mod matrix;
mod units;

pub use access::{Client, Membership};
pub use matrix::Action;
pub use units::{KnowsUnits, Unit, Units};

pub use crate::remembered::MAX_AGE;

use access::Access;
use matrix::{KeyKind, Role, key_permits, permits};

/// A longer subscription key is none of ours.
const SUBSCRIPTION_KEY_LENGTH_LIMIT: usize = 256;

/// Answers what callers may do; clones share what they remember.
#[derive(Clone, Debug)]
pub struct Authority {
    access: Remembered<Access>,
    units: Units,
}

/// Which sales units of a merchant a caller sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Visible {
    /// Every one.
    All,
    /// These, ascending.
    These(Vec<Msn>),
    /// Those that are linked to the partner.
    OfPartner(PartnerId),
}

impl Authority {
    /// Asks the `access` of `mesh`, and `units`.
    pub fn new(mesh: &Mesh, units: Units) -> Self {
        Self { access: Remembered::new(Access::new(mesh.access())), units }
    }

    /// Passes when `caller` may do `action` for the sales unit `msn`:
    /// - a client when its keys are of a kind that may, and cover the unit, whichever service forwards the request.
    ///   Foreign and absent units are MSN_NOT_COVERED, to partners PARTNER_NOT_LINKED, and NOT_FOUND where a partner's or
    ///   management keys only read the unit;
    /// - a user by their role and grants. A unit they do not see is NOT_FOUND, an action that they may not do there
    ///   PERMISSION_DENIED;
    /// - a service on its own when [`may_alone`] lists it (PERMISSION_DENIED).
    pub async fn may(&self, caller: &Caller, action: Action, msn: &Msn) -> Result<(), Status> {
        match caller.principal {
            Principal::Client(client) => self.client_may(client, action, msn).await,
            Principal::User(user) => {
                let merchant_id = self.unit(msn).await?.ok_or_else(no_such_unit)?.merchant_id;
                let memberships = self.memberships(user).await?;
                let part = memberships.iter().find(|part| part.merchant_id == merchant_id);
                let (role, grants) =
                    part.and_then(|part| Some((part.role, part.on(msn)?))).ok_or_else(no_such_unit)?;
                if permits(role, grants, action) { Ok(()) } else { Err(not_permitted()) }
            }
            Principal::Service(service) => service_may(service, action),
        }
    }

    /// Passes when `caller` may do `action` for the merchant as a whole: a user by their role, or by their grants on any
    /// of the units they were given; management keys of the merchant. A partner's keys may see a merchant, if the service
    /// that knows finds one of its units linked to the partner. A merchant of others is NOT_FOUND.
    pub async fn may_for(&self, caller: &Caller, action: Action, merchant: MerchantId) -> Result<(), Status> {
        match caller.principal {
            Principal::Client(client) => {
                let client = self.client(client).await?;
                let Some(kind) = client.kind else { return Err(no_such_merchant()) };
                // Other keys than management keys are for units; of a merchant as a whole they read what is known.
                let reads = matches!(action, Action::ReadSalesUnit | Action::SeeAllUnits);
                let permits = key_permits(kind, action) && (reads || kind == KeyKind::Management);
                match client.merchant_id {
                    Some(own) if own == merchant && permits => Ok(()),
                    Some(own) if own == merchant => Err(not_permitted()),
                    None if permits && reads && client.partner_id.is_some() => Ok(()),
                    Some(_) | None => Err(no_such_merchant()),
                }
            }
            Principal::User(user) => {
                let part = self.part(user, merchant).await?;
                let permitted = match part.role {
                    Role::Administrator => permits(part.role, Default::default(), action),
                    _ => part.units.iter().any(|(_, grants)| permits(part.role, *grants, action)),
                };
                if permitted { Ok(()) } else { Err(not_permitted()) }
            }
            Principal::Service(service) => service_may(service, action),
        }
    }

    /// Which units of a merchant `caller` sees, once [`Authority::may_for`] has passed for reading it.
    pub async fn visible(&self, caller: &Caller, merchant: MerchantId) -> Result<Visible, Status> {
        match caller.principal {
            Principal::Client(client) => {
                let client = self.client(client).await?;
                match (client.kind, client.partner_id) {
                    (Some(KeyKind::Management), None) => Ok(Visible::All),
                    (Some(KeyKind::Partner | KeyKind::Management), Some(partner)) => {
                        Ok(Visible::OfPartner(partner))
                    }
                    _ => Ok(Visible::These(client.msns.to_vec())),
                }
            }
            Principal::User(user) => {
                let part = self.part(user, merchant).await?;
                Ok(match part.role {
                    Role::Administrator => Visible::All,
                    _ => Visible::These(part.units.into_iter().map(|(msn, _)| msn).collect()),
                })
            }
            Principal::Service(_) => Ok(Visible::All),
        }
    }

    /// What a client's keys are for; of no kind for an unknown client.
    pub async fn client(&self, client: ClientId) -> Result<Arc<Client>, Status> {
        let access = self.access.source();
        let known = self.access.get(&access.clients, &client, access.client(client)).await;
        known.map_err(|status| failure(&status))
    }

    /// Where a user has a part; nowhere for an unknown user.
    pub async fn memberships(&self, user: UserId) -> Result<Arc<[Membership]>, Status> {
        let access = self.access.source();
        let known = self.access.get(&access.users, &user, access.user(user)).await;
        known.map_err(|status| failure(&status))
    }

    /// Whose subscription key this is; SUBSCRIPTION_KEY_INVALID when it is nobody's.
    pub async fn subscription_key_owner(&self, key: &str) -> Result<ClientId, Status> {
        if key.len() > SUBSCRIPTION_KEY_LENGTH_LIMIT {
            return Err(refusal::status(Reason::SubscriptionKeyInvalid, "the subscription key is unknown"));
        }
        let access = self.access.source();
        let owner = self.access.get(&access.owners, &access::hash(key), access.owner_of(key)).await;
        owner.map_err(|status| failure(&status))
    }

    async fn client_may(&self, client: ClientId, action: Action, msn: &Msn) -> Result<(), Status> {
        let client = self.client(client).await?;
        match client.kind {
            None => Err(not_covered()),
            Some(kind) if !key_permits(kind, action) => Err(not_permitted()),
            Some(KeyKind::SalesUnit | KeyKind::Psp) if client.msns.contains(msn) => Ok(()),
            Some(KeyKind::SalesUnit | KeyKind::Psp) => Err(not_covered()),
            Some(KeyKind::Accounting) if client.msns.contains(msn) => Ok(()),
            Some(KeyKind::Accounting) => Err(no_such_unit()),
            Some(kind @ (KeyKind::Partner | KeyKind::Management)) => {
                let unit = self.unit(msn).await?;
                let own = unit.is_some_and(|unit| match client.partner_id {
                    Some(partner) => unit.partner_id == Some(partner),
                    None => client.merchant_id == Some(unit.merchant_id),
                });
                match kind {
                    _ if own => Ok(()),
                    KeyKind::Partner if action != Action::ReadSalesUnit => Err(not_linked(msn.as_str())),
                    _ => Err(no_such_unit()),
                }
            }
        }
    }

    async fn unit(&self, msn: &Msn) -> Result<Option<Unit>, Status> {
        self.units.unit(msn).await.map_err(|status| failure(&status))
    }

    async fn part(&self, user: UserId, merchant: MerchantId) -> Result<Membership, Status> {
        let memberships = self.memberships(user).await?;
        memberships.iter().find(|part| part.merchant_id == merchant).cloned().ok_or_else(no_such_merchant)
    }
}

/// What a service may do on its own, for work that no client asked for. Everything else needs a client's token.
pub fn may_alone(service: ServiceName, action: Action) -> bool {
    match service {
        // Shows payers what they are asked to approve, and follows the log for its inbox.
        ServiceName::Wallet => {
            matches!(action, Action::ReadPayment | Action::ReadSalesUnit | Action::FollowFeed)
        }
        // Keeps the receipts that payments bring along.
        ServiceName::OrderManagement => matches!(action, Action::FollowFeed),
        // Creates the payments that payers begin, when no client is at hand, and follows them.
        ServiceName::Checkout => matches!(action, Action::CreatePayment | Action::ReadPayment),
        // Follows the log for what merchants are told, and reads what a payer shares with them.
        ServiceName::Webhook => {
            matches!(action, Action::ReadPayment | Action::ReadSalesUnit | Action::FollowFeed)
        }
        // Creates the payments that payers begin at a link or a VM number, and those that users ask for, and follows them. It
        // decides about no money, so it never captures.
        ServiceName::Qr => matches!(
            action,
            Action::CreatePayment | Action::ReadPayment | Action::ReadSalesUnit | Action::FollowFeed
        ),
        // Follows the log for what is paid out, and reads whom it is paid to.
        ServiceName::Settlement => matches!(action, Action::ReadSalesUnit | Action::FollowFeed),
        // Drives pending operations and expiries on.
        ServiceName::Payment => matches!(action, Action::ReadSalesUnit),
        // The operator does everything that a merchant's people do, and looks at everything. It moves no money, but may
        // play the payer in the sandbox.
        ServiceName::Launcher => !matches!(
            action,
            Action::CreatePayment
                | Action::CapturePayment
                | Action::RefundPayment
                | Action::CancelPayment
                | Action::RequestPayment
        ),
        ServiceName::Access | ServiceName::Merchant | ServiceName::Gateway => false,
    }
}

/// The refusal of a sales unit that is not there, or not for the caller to see. Whoever says so says it in these words.
pub fn no_such_unit() -> Status {
    refusal::status(Reason::NotFound, "there is no such sales unit")
}

/// The refusal of a merchant that is not there, or not for the caller to see.
pub fn no_such_merchant() -> Status {
    refusal::status(Reason::NotFound, "there is no such merchant")
}

/// The refusal of something that the caller's role, grants or keys do not allow where they see it.
pub fn not_permitted() -> Status {
    refusal::status(Reason::PermissionDenied, "the caller's role, grants or keys do not allow this")
}

fn not_covered() -> Status {
    refusal::status(
        Reason::MsnNotCovered,
        "the keys behind the access token do not cover this merchant serial number",
    )
}

/// The refusal of a sales unit that is not linked to the partner, or is not there, or is not named; in upstream's words
/// (contract-payments section 3).
pub fn not_linked(msn: &str) -> Status {
    let detail =
        format!("Invalid MSN: {msn}. Check your API keys and that the sales unit is linked to the partner.");
    refusal::status(Reason::PartnerNotLinked, detail)
}

fn service_may(service: ServiceName, action: Action) -> Result<(), Status> {
    if may_alone(service, action) {
        return Ok(());
    }
    Err(refusal::status(Reason::PermissionDenied, "a service may not do this without a client"))
}

/// What the failure of a question means to the one who asked something else.
fn failure(status: &Status) -> Status {
    match refusal::reason_of(status) {
        Some(Reason::SubscriptionKeyInvalid) => status.clone(),
        Some(Reason::Unavailable | Reason::Overloaded | Reason::DeadlineExceeded) => {
            refusal::status(Reason::Unavailable, "what the caller may do cannot be looked up right now")
        }
        _ => {
            tracing::error!(%status, "a service refused to say what a caller may do");
            refusal::status(Reason::Internal, "what the caller may do cannot be looked up")
        }
    }
}

fn unreadable(what: &str) -> Status {
    refusal::status(Reason::Internal, format!("a service answered with {what} that cannot be read"))
}
