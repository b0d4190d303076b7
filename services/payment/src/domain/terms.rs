//! What was agreed when a payment was created.

use chrono::{DateTime, Utc};
use kvitt_primitives::{PaymentId, PhoneNumber};
use serde::{Deserialize, Serialize};

use super::{
    create::CAPTURE_DAYS,
    passthrough::Method,
    request::{Request, UserFlow},
};

/// What was agreed when the payment was created; never changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Terms {
    pub(crate) payment_id: PaymentId,
    pub(crate) redirect_token: String,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) expires_at: DateTime<Utc>,
    pub(crate) partial_capture: bool,
    /// Days after approval in which a capture is possible; not in the oldest rows.
    #[serde(default = "usual_capture_days")]
    pub(crate) capture_days: i16,
    /// Captured by itself on approval: by the unit in eCom, by the request elsewhere.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) direct_capture: bool,
    /// The customer's, where they were named by something else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) resolved_phone: Option<PhoneNumber>,
    pub(crate) request: Request,
}

fn usual_capture_days() -> i16 {
    CAPTURE_DAYS
}

/// The few of its terms that later decisions about a payment need.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Rules {
    pub(crate) method: Method,
    pub(crate) blocks_commercial_cards: bool,
    /// Whoever approves shares what they are asked for.
    pub(crate) shares: bool,
    /// Whoever approves chooses how the goods are sent.
    pub(crate) ships: bool,
    pub(crate) direct_capture: bool,
}

impl Terms {
    /// The customer's phone number, if the merchant named one.
    pub(crate) fn customer_phone(&self) -> Option<PhoneNumber> {
        self.resolved_phone.clone().or_else(|| self.request.phone_number())
    }

    /// The only payer who may approve: the one a push message goes to.
    pub(crate) fn exclusive_customer(&self) -> Option<PhoneNumber> {
        (self.request.user_flow == UserFlow::PushMessage).then(|| self.customer_phone()).flatten()
    }

    /// What later decisions need.
    pub(crate) fn rules(&self) -> Rules {
        Rules {
            method: self.request.method,
            blocks_commercial_cards: self.request.blocks_commercial_cards,
            shares: self.request.scopes().next().is_some(),
            ships: self.request.shipping.is_some(),
            direct_capture: self.direct_capture,
        }
    }
}
