//! Ends a set of keys for good.

use chrono::{DateTime, Utc};
use kvitt_audit_log::Entry;
use kvitt_primitives::ClientId;
use kvitt_runtime::Caller;

use super::{App, audit, only_operator};
use crate::{
    error::Error,
    store::{keys as store, revision},
};

/// Ends the set; one that has ended stays so.
pub(crate) async fn revoke_keys(
    app: &App,
    caller: &Caller,
    client_id: ClientId,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    only_operator(caller)?;
    kvitt_postgres::transaction!(&app.pool, "revoke_keys", async |tx| -> Result<(), Error> {
        let revision = revision::advance(tx).await?;
        let set = store::find(tx, client_id).await?.ok_or(Error::NoSuchKeys)?;
        if !store::end(tx, client_id, revision).await? {
            return Ok(());
        }
        let entry = Entry {
            merchant_id: set.owner.merchant_id(),
            before: Some(audit::owner(&set.owner)),
            ..audit::entry(caller, "keys.revoked", format!("client:{client_id}"), now)
        };
        Ok(kvitt_audit_log::append(tx, &entry).await?)
    })
}
