//! Between the messages of the contract and the domain. A message that breaks rules names every field at once.

use kvitt_primitives::{ClientId, Invalid};
use kvitt_proto::{access::v1, refusal::FieldViolation, time};
use kvitt_runtime::VerificationKey;

use crate::{
    app::Changed,
    domain::credentials::{ClientSecret, Credentials, SubscriptionKey, SubscriptionKeys},
    store::revision::AsOf,
};

pub(super) type Violations = Vec<FieldViolation>;

pub(super) fn credentials(message: v1::CreateCredentialsRequest) -> Result<Credentials, Violations> {
    let mut broken = Vec::new();
    let client_id = check(&mut broken, "clientId", message.client_id.parse());
    let client_secret = check(&mut broken, "clientSecret", ClientSecret::try_new(message.client_secret));
    let primary = SubscriptionKey::try_new(message.primary_subscription_key);
    let primary = check(&mut broken, "primarySubscriptionKey", primary);
    let secondary = SubscriptionKey::try_new(message.secondary_subscription_key);
    let secondary = check(&mut broken, "secondarySubscriptionKey", secondary);
    let keys = primary.zip(secondary).and_then(|(primary, secondary)| {
        check(&mut broken, "secondarySubscriptionKey", SubscriptionKeys::try_new(primary, secondary))
    });
    let msn = check(&mut broken, "msn", message.msn.parse());
    match (client_id, client_secret, keys, msn) {
        (Some(client_id), Some(client_secret), Some(subscription_keys), Some(msn)) => {
            Ok(Credentials { client_id, client_secret, subscription_keys, msn })
        }
        _ => Err(broken),
    }
}

pub(super) fn client_id(text: &str) -> Result<ClientId, Violations> {
    text.parse().map_err(|invalid: Invalid| vec![FieldViolation::new("clientId", invalid.rule)])
}

pub(super) fn after_revision(revision: i64) -> Result<i64, Violations> {
    if revision < 0 {
        return Err(vec![FieldViolation::new("afterRevision", "must not be negative")]);
    }
    Ok(revision)
}

pub(super) fn changes_to_proto(changes: AsOf<Changed>) -> v1::ListCredentialChangesResponse {
    let (clients, all) = match changes.value {
        Changed::These(clients) => (clients, false),
        Changed::All => (Vec::new(), true),
    };
    let client_ids = clients.iter().map(ToString::to_string).collect();
    v1::ListCredentialChangesResponse { revision: changes.revision, client_ids, all }
}

pub(super) fn verification_key_to_proto(key: VerificationKey) -> v1::VerificationKey {
    v1::VerificationKey {
        kid: key.kid,
        public_key: key.public_key.to_vec(),
        retires_at: Some(time::to_proto(key.retires_at)),
    }
}

/// Keeps a valid value, and notes the rule a broken one breaks.
fn check<T>(broken: &mut Violations, field: &str, value: Result<T, Invalid>) -> Option<T> {
    value.map_err(|invalid| broken.push(FieldViolation::new(field, invalid.rule))).ok()
}
