//! What is kept of a set of keys, and how it is added: for the use cases that make one.

use chrono::{DateTime, Utc};
use kvitt_audit_log::Entry;
use kvitt_primitives::{ClientId, MerchantId, Msn};
use kvitt_runtime::Caller;
use sqlx::PgConnection;

use super::{App, audit};
use crate::{
    domain::{
        credentials::{Credentials, Secrets, Slot},
        owner::{KeyKind, Owner},
    },
    envelope::{self, Purpose},
    error::Error,
    hashing::Hash,
    store::{
        credentials::{self as store, Hashes, Kept, SealedSecrets},
        keys, units,
    },
};

/// What stands in the tables: hashes of all secrets, and those that are needed again sealed.
pub(super) fn keep(app: &App, credentials: &Credentials) -> Result<Kept, Error> {
    let Credentials { client_id, owner, secrets } = credentials;
    let sealed = seal_kept(app, *client_id, owner.kind(), secrets)?;
    let client_secret = hash(app, *client_id, Slot::ClientSecret, secrets.client_secret.expose());
    let subscription_keys = secrets.subscription_keys.as_ref().map(|keys| {
        [
            hash(app, *client_id, Slot::Primary, keys.primary().expose()),
            hash(app, *client_id, Slot::Secondary, keys.secondary().expose()),
        ]
    });
    let hashes = Hashes { client_secret, subscription_keys };
    Ok(Kept { client_id: *client_id, owner: owner.clone(), hashes, sealed })
}

/// Whether a secret of keys of this kind is needed again.
pub(super) fn is_kept(kind: KeyKind, slot: Slot) -> bool {
    kind.is_shown_again() || (slot == Slot::ClientSecret && kind.signs_callbacks())
}

/// The keyed hash of one secret.
pub(super) fn hash(app: &App, client_id: ClientId, slot: Slot, secret: &str) -> Hash {
    match slot {
        Slot::ClientSecret => app.pepper.client_secret(client_id, secret),
        Slot::Primary | Slot::Secondary => app.pepper.subscription_key(secret),
    }
}

/// One secret, sealed.
pub(super) fn seal(
    app: &App,
    client_id: ClientId,
    slot: Slot,
    secret: &str,
) -> Result<Vec<u8>, envelope::Error> {
    app.key_encryption_key.seal_text(purpose(slot), client_id.as_uuid(), secret)
}

/// What the sealed secret of a slot is.
pub(super) fn purpose(slot: Slot) -> Purpose {
    match slot {
        Slot::ClientSecret => Purpose::ClientSecret,
        Slot::Primary => Purpose::PrimarySubscriptionKey,
        Slot::Secondary => Purpose::SecondarySubscriptionKey,
    }
}

/// Adds a set that is new, and tells the audit log.
pub(super) async fn add(
    tx: &mut PgConnection,
    caller: &Caller,
    kept: &Kept,
    revision: i64,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    if let Owner::SalesUnit { msn, merchant_id } = &kept.owner {
        know_unit(tx, msn, *merchant_id).await?;
        // The index does not count sets that are older than owners.
        if keys::find_sealed(tx, msn).await?.is_some() {
            return Err(Error::UnitHasKeys);
        }
    }
    store::insert(tx, kept, revision, now).await.map_err(meaning)?;
    tell(tx, caller, kept, now).await
}

/// Tells the audit log that a set was issued.
pub(super) async fn tell(
    tx: &mut PgConnection,
    caller: &Caller,
    kept: &Kept,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let issued = Entry {
        merchant_id: kept.owner.merchant_id(),
        after: Some(audit::owner(&kept.owner)),
        ..audit::entry(caller, "keys.issued", format!("client:{}", kept.client_id), now)
    };
    Ok(kvitt_audit_log::append(tx, &issued).await?)
}

/// Makes a unit known as this merchant's, or refuses when it is another's.
pub(super) async fn know_unit(
    tx: &mut PgConnection,
    msn: &Msn,
    merchant_id: MerchantId,
) -> Result<(), Error> {
    units::insert(tx, msn, merchant_id).await?;
    if units::find_merchant(tx, msn).await? == Some(merchant_id) {
        Ok(())
    } else {
        Err(Error::UnitOfAnotherMerchant)
    }
}

/// What a refusal of the database says of the keys.
pub(super) fn meaning(error: sqlx::Error) -> Error {
    match kvitt_postgres::violated_constraint(&error) {
        Some(store::KEY_OF_ANOTHER_CLIENT) => Error::SubscriptionKeyTaken,
        Some(store::UNIT_HAS_KEYS) => Error::UnitHasKeys,
        Some(_) | None => Error::Database(error),
    }
}

fn seal_kept(
    app: &App,
    client_id: ClientId,
    kind: KeyKind,
    secrets: &Secrets,
) -> Result<SealedSecrets, envelope::Error> {
    let seal = |slot, secret: Option<&str>| {
        let kept = secret.filter(|_| is_kept(kind, slot));
        kept.map(|secret| seal(app, client_id, slot, secret)).transpose()
    };
    let keys = secrets.subscription_keys.as_ref();
    Ok(SealedSecrets {
        client_secret: seal(Slot::ClientSecret, Some(secrets.client_secret.expose()))?,
        primary: seal(Slot::Primary, keys.map(|keys| keys.primary().expose()))?,
        secondary: seal(Slot::Secondary, keys.map(|keys| keys.secondary().expose()))?,
    })
}
