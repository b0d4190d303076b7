//! Makes one secret of a set of keys anew.

use chrono::{DateTime, Utc};
use kvitt_audit_log::Entry;
use kvitt_primitives::ClientId;
use kvitt_runtime::{Caller, Principal};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use sqlx::PgConnection;

use super::{
    App, audit, fresh, keep,
    manage_keys::{Refused, may_manage},
    only_people,
};
use crate::{
    domain::credentials::{KeySet, Slot},
    error::Error,
    store::{
        keys::{self as store, NewSecret},
        revision,
    },
};

/// One secret of a set.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Which {
    pub(crate) client_id: ClientId,
    pub(crate) slot: Slot,
}

/// The new secret. The one in its place before proves nothing any more; the others of the set stay.
pub(crate) async fn regenerate_key(
    app: &App,
    caller: &Caller,
    which: Which,
    now: DateTime<Utc>,
) -> Result<SecretString, Error> {
    only_people(caller)?;
    let Which { client_id, slot } = which;
    let secret = fresh::secret(slot)?;
    let done = kvitt_postgres::transaction!(&app.pool, "regenerate_key", async |tx| -> Result<
        Result<(), Refused>,
        Error,
    > {
        let revision = revision::advance(tx).await?;
        let set = store::find(tx, client_id).await?;
        let set = match handled(tx, caller, set, now).await? {
            Ok(set) => set,
            Err(refused) => return Ok(Err(refused)),
        };
        let kind = set.owner.kind();
        if slot != Slot::ClientSecret && !kind.has_subscription_keys() {
            return Err(Error::NoSubscriptionKeys);
        }
        let kept = keep::is_kept(kind, slot);
        let sealed = kept.then(|| keep::seal(app, client_id, slot, secret.expose_secret()));
        let new = NewSecret {
            slot,
            hash: keep::hash(app, client_id, slot, secret.expose_secret()),
            sealed: sealed.transpose()?,
        };
        store::replace(tx, client_id, &new, revision).await.map_err(keep::meaning)?;
        let entry = Entry {
            merchant_id: set.owner.merchant_id(),
            after: Some(json!({ "slot": slot.as_str(), "keys": audit::owner(&set.owner) })),
            ..audit::entry(caller, "keys.regenerated", format!("client:{client_id}"), now)
        };
        kvitt_audit_log::append(tx, &entry).await?;
        Ok(Ok(()))
    })?;
    done?;
    Ok(secret)
}

/// The set, when it is active and the caller may handle it: the operator every one, a user those of sales units. What they
/// do not see is refused like what is not there.
async fn handled(
    tx: &mut PgConnection,
    caller: &Caller,
    set: Option<KeySet>,
    now: DateTime<Utc>,
) -> Result<Result<KeySet, Refused>, Error> {
    if let Principal::Service(_) = caller.principal {
        return set.filter(|set| set.active).ok_or(Error::NoSuchKeys).map(Ok);
    }
    let set = set.ok_or(Error::NoSuchKeys)?;
    let msn = set.owner.msn().ok_or(Error::NoSuchKeys)?;
    match may_manage(tx, caller, msn, now).await {
        Ok(Ok(_)) if !set.active => Err(Error::NoSuchKeys),
        Ok(Ok(_)) => Ok(Ok(set)),
        Ok(Err(refused)) => Ok(Err(refused)),
        Err(Error::NoSuchUnit) => Err(Error::NoSuchKeys),
        Err(error) => Err(error),
    }
}
