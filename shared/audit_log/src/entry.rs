//! What an entry says, and the hash that chains it.

use chrono::{DateTime, SubsecRound as _, Utc};
use kvitt_primitives::MerchantId;
use kvitt_runtime::{Caller, Principal};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// The hash of an entry.
pub(crate) type Hash = [u8; 32];

/// What is to be told.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Business time.
    pub at: DateTime<Utc>,
    /// Who; see [`actor`].
    pub actor: String,
    /// What was done, in words like `user.added`.
    pub action: &'static str,
    /// What it was done to, like `user:<uuid>`.
    pub subject: String,
    /// Whose Administrators may read the entry.
    pub merchant_id: Option<MerchantId>,
    /// What it was; `None` when it was not there.
    pub before: Option<Value>,
    /// What it became; `None` when it is gone.
    pub after: Option<Value>,
    /// The trace of the request; see [`trace_id`].
    pub trace_id: String,
}

/// An entry as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    /// Counts the entries up from 1.
    pub sequence: i64,
    /// Business time.
    pub at: DateTime<Utc>,
    /// Who.
    pub actor: String,
    /// What was done.
    pub action: String,
    /// To what.
    pub subject: String,
    /// Whose Administrators may read it.
    pub merchant_id: Option<MerchantId>,
    /// JSON.
    pub before: Option<String>,
    /// JSON.
    pub after: Option<String>,
    /// The trace of the request.
    pub trace_id: String,
}

/// Who is behind a call, as entries spell it.
pub fn actor(caller: &Caller) -> String {
    match caller.principal {
        Principal::User(id) => format!("user:{id}"),
        Principal::Client(id) => format!("client:{id}"),
        Principal::Service(name) => format!("service:{name}"),
    }
}

/// The trace of the current request, 32 hexadecimal digits; of its own where nothing is traced.
pub fn trace_id() -> String {
    let parent = kvitt_runtime::trace_parent();
    parent.split('-').nth(1).unwrap_or_default().to_owned()
}

impl Stored {
    /// The entry at its place in the chain. PostgreSQL keeps microseconds, so no more is hashed.
    pub(crate) fn of(entry: &Entry, sequence: i64) -> Self {
        let json = |value: &Option<Value>| value.as_ref().map(Value::to_string);
        Self {
            sequence,
            at: entry.at.trunc_subsecs(6),
            actor: entry.actor.clone(),
            action: entry.action.to_owned(),
            subject: entry.subject.clone(),
            merchant_id: entry.merchant_id,
            before: json(&entry.before),
            after: json(&entry.after),
            trace_id: entry.trace_id.clone(),
        }
    }

    /// The hash of the entry behind the one with this hash. Every part is preceded by its length, and what is absent is
    /// not what is empty, so no two entries are hashed alike.
    pub(crate) fn hash_after(&self, previous: &Hash) -> Hash {
        let merchant = self.merchant_id.map(|id| id.to_string());
        let mut sha = Sha256::new();
        sha.update(previous);
        sha.update(self.sequence.to_be_bytes());
        sha.update(self.at.timestamp_micros().to_be_bytes());
        for part in [
            Some(self.actor.as_str()),
            Some(&self.action),
            Some(&self.subject),
            merchant.as_deref(),
            self.before.as_deref(),
            self.after.as_deref(),
            Some(&self.trace_id),
        ] {
            // No text is that long.
            let length = part.map_or(u64::MAX, |text| text.len() as u64);
            sha.update(length.to_be_bytes());
            sha.update(part.unwrap_or_default());
        }
        sha.finalize().into()
    }
}
