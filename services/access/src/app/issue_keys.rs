//! Issues a set of keys with random secrets.

use chrono::{DateTime, SubsecRound as _, Utc};
use kvitt_primitives::ClientId;
use kvitt_runtime::{Caller, Principal, ServiceName};

use super::{App, fresh, keep, may::permitted};
use crate::{
    domain::{
        credentials::{Credentials, KeySet, Secrets},
        owner::{KeyKind, Owner},
    },
    error::Error,
    store::{credentials as store, revision},
};

/// A set, and its secrets when it is new.
#[derive(Debug)]
pub(crate) struct Issued {
    pub(crate) keys: KeySet,
    pub(crate) secrets: Option<Secrets>,
}

/// Issues the set, once; the same again answers the set as it is by now, without secrets.
pub(crate) async fn issue_keys(
    app: &App,
    caller: &Caller,
    client_id: ClientId,
    owner: Owner,
    now: DateTime<Utc>,
) -> Result<Issued, Error> {
    permitted(may_issue(caller, owner.kind()))?;
    // As it is read again.
    let now = now.trunc_subsecs(6);
    let secrets = fresh::secrets(owner.kind())?;
    let credentials = Credentials { client_id, owner, secrets };
    let kept = keep::keep(app, &credentials)?;
    let stored =
        kvitt_postgres::transaction!(&app.pool, "issue_keys", async |tx| -> Result<Option<KeySet>, Error> {
            let revision = revision::advance(tx).await?;
            match store::find(tx, client_id).await? {
                Some((stored, _)) if stored.owner == kept.owner => Ok(Some(stored)),
                Some(_) => Err(Error::CredentialsExist),
                None => keep::add(tx, caller, &kept, revision, now).await.map(|()| None),
            }
        })?;
    Ok(match stored {
        Some(keys) => Issued { keys, secrets: None },
        None => Issued {
            keys: KeySet { client_id, owner: credentials.owner, active: true, created_at: now },
            secrets: Some(credentials.secrets),
        },
    })
}

/// The service `merchant` opens units; everything else is the operator's.
fn may_issue(caller: &Caller, kind: KeyKind) -> bool {
    caller.principal == Principal::Service(ServiceName::Launcher)
        || (kind == KeyKind::SalesUnit && caller.service() == Some(ServiceName::Merchant))
}
