//! Writes down that somebody tried what they may not: a member of a merchant who would manage its users, or change what
//! they may do themselves. Nothing was changed by then, so the entry has a transaction of its own.

use chrono::{DateTime, Utc};
use kvitt_audit_log::Entry;
use kvitt_primitives::{MerchantId, UserId};
use kvitt_runtime::{Caller, Principal};
use serde_json::json;

use super::{App, audit, told};
use crate::error::Error;

/// What was tried.
pub(super) struct Tried {
    pub(super) action: &'static str,
    pub(super) merchant_id: MerchantId,
    /// With whom, where they are known.
    pub(super) user_id: Option<UserId>,
}

/// The outcome, once its refusal is written down.
pub(super) async fn noted<T>(
    app: &App,
    caller: &Caller,
    tried: Tried,
    now: DateTime<Utc>,
    outcome: Result<T, Error>,
) -> Result<T, Error> {
    if let (Principal::User(_), Err(Error::NotPermitted | Error::OwnRole)) = (caller.principal, &outcome) {
        let Tried { action, merchant_id, user_id } = tried;
        let subject = user_id.map_or_else(|| format!("merchant:{merchant_id}"), told::subject);
        kvitt_postgres::transaction!(&app.pool, "user_refused", async |tx| -> Result<(), Error> {
            let entry = Entry {
                merchant_id: Some(merchant_id),
                after: Some(json!({ "tried": action })),
                ..audit::entry(caller, "user.refused", subject.clone(), now)
            };
            Ok(kvitt_audit_log::append(tx, &entry).await?)
        })?;
    }
    outcome
}
