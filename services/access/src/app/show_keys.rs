//! Shows the secrets of a sales unit's keys.

use chrono::{DateTime, Utc};
use kvitt_audit_log::Entry;
use kvitt_primitives::{ClientId, Msn};
use kvitt_runtime::Caller;
use secrecy::SecretString;
use serde_json::json;

use super::{
    App, audit, keep,
    manage_keys::{Refused, may_manage},
};
use crate::{
    domain::credentials::{KeySet, Slot},
    envelope,
    error::Error,
    store::{credentials::SealedSecrets, keys as store},
};

/// A set with its secrets. One that is older than their keeping is not there: it can be made anew.
#[derive(Debug)]
pub(crate) struct Shown {
    pub(crate) keys: KeySet,
    pub(crate) client_secret: Option<SecretString>,
    pub(crate) primary: Option<SecretString>,
    pub(crate) secondary: Option<SecretString>,
}

/// The unit's active set. That it was shown stands in the audit log before it is.
pub(crate) async fn show_keys(
    app: &App,
    caller: &Caller,
    msn: &Msn,
    now: DateTime<Utc>,
) -> Result<Shown, Error> {
    let shown = kvitt_postgres::transaction!(&app.pool, "show_keys", async |tx| -> Result<
        Result<Shown, Refused>,
        Error,
    > {
        let merchant_id = match may_manage(tx, caller, msn, now).await? {
            Ok(merchant_id) => merchant_id,
            Err(refused) => return Ok(Err(refused)),
        };
        let (keys, sealed) = store::find_sealed(tx, msn).await?.ok_or(Error::NoSuchKeys)?;
        let shown = open(app, keys, &sealed)?;
        let entry = Entry {
            merchant_id: Some(merchant_id),
            after: Some(json!({ "msn": msn.as_str() })),
            ..audit::entry(caller, "keys.shown", format!("client:{}", shown.keys.client_id), now)
        };
        kvitt_audit_log::append(tx, &entry).await?;
        Ok(Ok(shown))
    })?;
    Ok(shown?)
}

fn open(app: &App, keys: KeySet, sealed: &SealedSecrets) -> Result<Shown, envelope::Error> {
    let client_id = keys.client_id;
    Ok(Shown {
        client_secret: open_one(app, client_id, Slot::ClientSecret, sealed.client_secret.as_deref())?,
        primary: open_one(app, client_id, Slot::Primary, sealed.primary.as_deref())?,
        secondary: open_one(app, client_id, Slot::Secondary, sealed.secondary.as_deref())?,
        keys,
    })
}

fn open_one(
    app: &App,
    client_id: ClientId,
    slot: Slot,
    sealed: Option<&[u8]>,
) -> Result<Option<SecretString>, envelope::Error> {
    let open = |sealed| app.key_encryption_key.open_text(keep::purpose(slot), client_id.as_uuid(), sealed);
    sealed.map(open).transpose()
}
