//! What use cases tell the audit log.

use chrono::{DateTime, Utc};
use kvitt_audit_log::Entry;
use kvitt_runtime::Caller;
use serde_json::{Map, Value};

use crate::domain::owner::Owner;

/// An entry of something that the caller did, without what it was before and after.
pub(super) fn entry(caller: &Caller, action: &'static str, subject: String, now: DateTime<Utc>) -> Entry {
    Entry {
        at: now,
        actor: kvitt_audit_log::actor(caller),
        action,
        subject,
        merchant_id: None,
        before: None,
        after: None,
        trace_id: kvitt_audit_log::trace_id(),
    }
}

/// Whose keys are. What people call the owner is left out: it may be a person's name.
pub(super) fn owner(owner: &Owner) -> Value {
    let said = [
        ("kind", Some(owner.kind().as_str().to_owned())),
        ("msn", owner.msn().map(ToString::to_string)),
        ("merchantId", owner.merchant_id().map(|id| id.to_string())),
        ("partnerId", owner.partner_id().map(|id| id.to_string())),
    ];
    let said = said.into_iter().filter_map(|(part, value)| Some((part.to_owned(), Value::String(value?))));
    Value::Object(said.collect::<Map<_, _>>())
}
