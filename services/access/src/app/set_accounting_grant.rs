//! Lets an accounting client read the reports of a sales unit, or takes that back.

use chrono::{DateTime, Utc};
use kvitt_audit_log::Entry;
use kvitt_primitives::{ClientId, Msn};
use kvitt_runtime::{Action, Caller};
use serde_json::json;
use sqlx::PgConnection;

use super::{App, audit, may};
use crate::{
    domain::owner::KeyKind,
    error::Error,
    store::{accounting as store, keys, revision},
};

/// What shall be from now on.
#[derive(Debug)]
pub(crate) struct AccountingGrant {
    pub(crate) msn: Msn,
    pub(crate) client_id: ClientId,
    pub(crate) granted: bool,
}

/// Makes it so. Keys that are no accounting client's are refused like keys that are not there, so that nothing is told of
/// other people's.
pub(crate) async fn set_accounting_grant(
    app: &App,
    caller: &Caller,
    grant: &AccountingGrant,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let AccountingGrant { msn, client_id, granted } = grant;
    kvitt_postgres::transaction!(&app.pool, "set_accounting_grant", async |tx| -> Result<(), Error> {
        let revision = revision::advance(tx).await?;
        let merchant_id = may(tx, caller, Action::GrantAccounting, msn).await?;
        let (changed, action) = if *granted {
            only_accounting(tx, *client_id).await?;
            (store::grant(tx, *client_id, msn, now).await?, "accounting.granted")
        } else {
            (store::take_back(tx, *client_id, msn).await?, "accounting.revoked")
        };
        if !changed {
            return Ok(());
        }
        store::touch(tx, *client_id, revision).await?;
        let told = Some(json!({ "msn": msn.as_str() }));
        let (before, after) = if *granted { (None, told) } else { (told, None) };
        let entry = audit::entry(caller, action, format!("client:{client_id}"), now);
        let entry = Entry { merchant_id: Some(merchant_id), before, after, ..entry };
        Ok(kvitt_audit_log::append(tx, &entry).await?)
    })
}

async fn only_accounting(tx: &mut PgConnection, client_id: ClientId) -> Result<(), Error> {
    match keys::find(tx, client_id).await? {
        Some(set) if set.active && set.owner.kind() == KeyKind::Accounting => Ok(()),
        Some(_) | None => Err(Error::NoSuchKeys),
    }
}
