//! Between the messages of the contract and the domain. A message that breaks rules names every field at once.

use kvitt_primitives::{ClientId, Invalid, MerchantId, Msn, UserId};
use kvitt_proto::{access::v1, refusal::FieldViolation, time};
use kvitt_runtime::VerificationKey;
use kvitt_signing::Message;

use super::owner;
use crate::{
    app::{AccountingGrant, Changed, Of, Which},
    domain::{
        credentials::{ClientSecret, Credentials, Secrets, SubscriptionKey, SubscriptionKeys},
        owner::{KeyKind, Owner},
    },
    store::{
        credentials::Coverage,
        revision::{AsOf, ChangedHolders},
    },
};

pub(super) type Violations = Vec<FieldViolation>;

pub(super) fn credentials(message: v1::CreateCredentialsRequest) -> Result<Credentials, Violations> {
    let mut broken = Vec::new();
    let client_id = check(&mut broken, "clientId", message.client_id.parse());
    let client_secret = check(&mut broken, "clientSecret", ClientSecret::try_new(message.client_secret));
    let kind = match message.kind {
        // As callers were answered before there were kinds.
        0 => Some(KeyKind::SalesUnit),
        kind => known(&mut broken, "kind", owner::kind(kind)),
    };
    let given = [message.primary_subscription_key, message.secondary_subscription_key];
    let keys = kind.and_then(|kind| subscription_keys(&mut broken, kind, given));
    let said = v1::KeyOwner { msn: message.msn, ..message.owner.unwrap_or_default() };
    let owner = kind.and_then(|kind| owner::owner(&mut broken, kind, &said, "msn"));
    match (client_id, client_secret, keys, owner) {
        (Some(client_id), Some(client_secret), Some(subscription_keys), Some(owner)) => {
            Ok(Credentials { client_id, owner, secrets: Secrets { client_secret, subscription_keys } })
        }
        _ => Err(broken),
    }
}

pub(super) fn issue_keys(message: v1::IssueKeysRequest) -> Result<(ClientId, Owner), Violations> {
    let mut broken = Vec::new();
    let client_id = check(&mut broken, "clientId", message.client_id.parse());
    let kind = known(&mut broken, "kind", owner::kind(message.kind));
    let said = message.owner.unwrap_or_default();
    let owner = kind.and_then(|kind| owner::owner(&mut broken, kind, &said, "owner.msn"));
    client_id.zip(owner).ok_or(broken)
}

pub(super) fn list_keys(message: &v1::ListKeysRequest) -> Result<Of, Violations> {
    let mut broken = Vec::new();
    let of = match (message.msn.as_str(), message.partner_id.as_str()) {
        ("", "") => {
            broken.push(FieldViolation::new("msn", "is required, unless partnerId is given"));
            None
        }
        (msn, "") => check(&mut broken, "msn", msn.parse()).map(Of::Unit),
        ("", partner_id) => check(&mut broken, "partnerId", partner_id.parse()).map(Of::Partner),
        (_, _) => {
            broken.push(FieldViolation::new("partnerId", "must be empty when msn is given"));
            None
        }
    };
    of.ok_or(broken)
}

pub(super) fn regenerate_key(message: &v1::RegenerateKeyRequest) -> Result<Which, Violations> {
    let mut broken = Vec::new();
    let client_id = check(&mut broken, "clientId", message.client_id.parse());
    let slot = known(&mut broken, "slot", owner::slot(message.slot));
    client_id.zip(slot).map(|(client_id, slot)| Which { client_id, slot }).ok_or(broken)
}

/// No part may look like the end of another: what is signed could be read in two ways.
pub(super) fn sign_callback(
    message: &v1::SignCallbackRequest,
) -> Result<(ClientId, Message<'_>), Violations> {
    let mut broken = Vec::new();
    let client_id = check(&mut broken, "clientId", message.client_id.parse());
    let mut part = |field: &str, text: &str, most: usize, also: &[u8]| {
        let fits = |byte: u8| (byte.is_ascii_graphic() && byte != b';') || also.contains(&byte);
        if text.is_empty() || text.len() > most || !text.bytes().all(fits) {
            broken.push(FieldViolation::new(field, "must be visible ASCII characters, and not too long"));
        }
    };
    part("method", &message.method, 16, &[]);
    part("host", &message.host, 300, &[]);
    part("pathAndQuery", &message.path_and_query, 2500, b";");
    part("date", &message.date, 29, b" ");
    part("contentSha256", &message.content_sha256, 44, &[]);
    let parts = Message {
        method: &message.method,
        path_and_query: &message.path_and_query,
        date: &message.date,
        host: &message.host,
        content_sha256: &message.content_sha256,
    };
    client_id.filter(|_| broken.is_empty()).map(|client_id| (client_id, parts)).ok_or(broken)
}

pub(super) fn accounting_grant(
    message: &v1::SetAccountingGrantRequest,
) -> Result<AccountingGrant, Violations> {
    let mut broken = Vec::new();
    let msn = check(&mut broken, "msn", message.msn.parse());
    let client_id = check(&mut broken, "clientId", message.client_id.parse());
    let granted = message.granted;
    msn.zip(client_id).map(|(msn, client_id)| AccountingGrant { msn, client_id, granted }).ok_or(broken)
}

pub(super) fn administrator(
    message: &v1::GrantAdministratorRequest,
) -> Result<(MerchantId, UserId), Violations> {
    let mut broken = Vec::new();
    let merchant_id = check(&mut broken, "merchantId", message.merchant_id.parse());
    let user_id = check(&mut broken, "userId", message.user_id.parse());
    merchant_id.zip(user_id).ok_or(broken)
}

pub(super) fn unit_of(message: &v1::RegisterSalesUnitRequest) -> Result<(Msn, MerchantId), Violations> {
    let mut broken = Vec::new();
    let msn = check(&mut broken, "msn", message.msn.parse());
    let merchant_id = check(&mut broken, "merchantId", message.merchant_id.parse());
    msn.zip(merchant_id).ok_or(broken)
}

/// One value that a field has to hold.
pub(super) fn one<T: std::str::FromStr<Err = Invalid>>(field: &str, text: &str) -> Result<T, Violations> {
    text.parse().map_err(|invalid: Invalid| vec![FieldViolation::new(field, invalid.rule)])
}

pub(super) fn after_revision(revision: i64) -> Result<i64, Violations> {
    if revision < 0 {
        return Err(vec![FieldViolation::new("afterRevision", "must not be negative")]);
    }
    Ok(revision)
}

pub(super) fn coverage_to_proto(covered: AsOf<Option<Coverage>>) -> v1::GetCoverageResponse {
    let AsOf { value, revision } = covered;
    let Some(Coverage { owner, msns }) = value else {
        return v1::GetCoverageResponse { revision, ..Default::default() };
    };
    v1::GetCoverageResponse {
        msns: msns.iter().map(ToString::to_string).collect(),
        revision,
        kind: owner::kind_to_proto(owner.kind()).into(),
        owner: Some(owner::owner_to_proto(&owner)),
    }
}

pub(super) fn changes_to_proto(changes: AsOf<Changed>) -> v1::ListCredentialChangesResponse {
    let (ChangedHolders { clients, users }, all) = match changes.value {
        Changed::These(holders) => (holders, false),
        Changed::All => (ChangedHolders::default(), true),
    };
    v1::ListCredentialChangesResponse {
        revision: changes.revision,
        client_ids: clients.iter().map(ToString::to_string).collect(),
        all,
        user_ids: users.iter().map(ToString::to_string).collect(),
    }
}

pub(super) fn verification_key_to_proto(key: VerificationKey) -> v1::VerificationKey {
    v1::VerificationKey {
        kid: key.kid,
        public_key: key.public_key.to_vec(),
        retires_at: Some(time::to_proto(key.retires_at)),
    }
}

/// Keeps a valid value, and notes the rule a broken one breaks.
pub(super) fn check<T>(broken: &mut Violations, field: &str, value: Result<T, Invalid>) -> Option<T> {
    value.map_err(|invalid| broken.push(FieldViolation::new(field, invalid.rule))).ok()
}

/// Keeps a value of a list, and notes that one is not on it.
fn known<T>(broken: &mut Violations, field: &str, value: Option<T>) -> Option<T> {
    if value.is_none() {
        broken.push(FieldViolation::new(field, "must be one of the values listed"));
    }
    value
}

/// The subscription keys of keys of this kind: two, or none at all.
fn subscription_keys(
    broken: &mut Violations,
    kind: KeyKind,
    [primary, secondary]: [String; 2],
) -> Option<Option<SubscriptionKeys>> {
    const FIELDS: [&str; 2] = ["primarySubscriptionKey", "secondarySubscriptionKey"];
    if !kind.has_subscription_keys() {
        let given = FIELDS.into_iter().zip([&primary, &secondary]).filter(|(_, key)| !key.is_empty());
        let given: Vec<_> =
            given.map(|(field, _)| FieldViolation::new(field, "is not for keys of this kind")).collect();
        let none = given.is_empty();
        broken.extend(given);
        return none.then_some(None);
    }
    let primary = check(broken, FIELDS[0], SubscriptionKey::try_new(primary));
    let secondary = check(broken, FIELDS[1], SubscriptionKey::try_new(secondary));
    let (primary, secondary) = primary.zip(secondary)?;
    check(broken, FIELDS[1], SubscriptionKeys::try_new(primary, secondary)).map(Some)
}
