//! A delivery as it is shown to whoever asks what became of it.

use chrono::{DateTime, Utc};
use kvitt_primitives::{DeliveryId, EventId, Msn, WebhookId};

use super::{Attempt, Kind, State};

/// A delivery with tries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) delivery_id: DeliveryId,
    pub(crate) msn: Msn,
    pub(crate) kind: Kind,
    /// None for eCom's calls.
    pub(crate) webhook_id: Option<WebhookId>,
    pub(crate) url: String,
    /// Of the payment; empty for what is about none.
    pub(crate) reference: String,
    /// Empty for eCom's calls.
    pub(crate) event_type: String,
    pub(crate) event_id: EventId,
    pub(crate) occurred_at: DateTime<Utc>,
    pub(crate) state: State,
    /// How many tries there were at all.
    pub(crate) attempt_count: i32,
    /// Only while it is pending.
    pub(crate) next_attempt_at: Option<DateTime<Utc>>,
    /// Empty once it is forgotten, and while it lacks what a payer shares.
    pub(crate) body: String,
    /// Oldest first.
    pub(crate) attempts: Vec<ShownAttempt>,
}

/// One try, as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ShownAttempt {
    /// 1 for the first of the delivery.
    pub(crate) number: i32,
    pub(crate) attempt: Attempt,
    /// When it was to be tried again.
    pub(crate) next_attempt_at: Option<DateTime<Utc>>,
}
