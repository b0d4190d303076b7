//! What the back office says to an order, once.

use chrono::{DateTime, Utc};

use super::{NotOpen, Order, Reason, Status, Step};

/// What is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Decision {
    Approve,
    Reject(Reason),
}

/// What that makes of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Decided now. An approval has still to have its effect.
    Decided(Box<Order>),
    /// It was decided so before.
    Repeated,
}

impl Order {
    /// The order once it is decided. The same decision again is answered; another one is refused.
    pub(crate) fn decided(&self, decision: &Decision, now: DateTime<Utc>) -> Result<Outcome, NotOpen> {
        let (step, reason) = match decision {
            Decision::Approve => (Step::Approve, None),
            Decision::Reject(reason) => (Step::Reject, Some(reason)),
        };
        let same = match self.status {
            Status::Completed => reason.is_none(),
            Status::Rejected => reason.is_some() && reason == self.reason.as_ref(),
            Status::Received | Status::MerchantViewed | Status::OrderSubmitted | Status::Expired => false,
        };
        if same {
            return Ok(Outcome::Repeated);
        }
        let order = self.after(step, now)?;
        Ok(Outcome::Decided(Box::new(Self { reason: reason.cloned(), decided_at: Some(now), ..order })))
    }
}
