//! Payments as they are looked for: copied from the log, and searched.

pub(crate) mod copy;
pub(crate) mod search;

use chrono::{DateTime, Utc};
use kvitt_primitives::{Currency, Money, Msn, PaymentId, Reference};
use uuid::Uuid;

use crate::domain::{Origin, Sums, transaction::Status};

/// A payment in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Transaction {
    pub(crate) msn: Msn,
    pub(crate) payment_id: PaymentId,
    pub(crate) reference: Reference,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) changed_at: DateTime<Utc>,
    pub(crate) status: Status,
    pub(crate) origin: Origin,
    /// As created.
    pub(crate) amount: Money,
    pub(crate) sums: Sums,
    pub(crate) description: String,
    pub(crate) payment_link_id: Option<Uuid>,
    /// Only of payments to a VM number, like the message.
    pub(crate) payer_name: Option<String>,
    pub(crate) message: Option<String>,
}

/// What payments of one currency and status amount to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sum {
    pub(crate) status: Status,
    pub(crate) currency: Currency,
    pub(crate) count: i64,
    /// As created, together.
    pub(crate) amount: i64,
    pub(crate) sums: Sums,
}

/// The stored numbers of a status.
pub(crate) fn number(status: Status) -> i16 {
    match status {
        Status::Requested => 1,
        Status::Rejected => 2,
        Status::Expired => 3,
        Status::Reserved => 4,
        Status::Cancelled => 5,
        Status::Captured => 6,
        Status::Refunded => 7,
    }
}

fn status_from_number(stored: i16) -> Result<Status, sqlx::Error> {
    let found = Status::ALL.into_iter().find(|status| number(*status) == stored);
    found.ok_or_else(|| super::unreadable("status"))
}
