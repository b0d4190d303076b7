//! What a registration may ask to be told of (contract-payments section 7.2), and what happens to payments.

use chrono::{DateTime, Utc};
use kvitt_primitives::{EventId, Money, Msn, Reference};

/// A type of event, by upstream's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct EventType(&'static str);

/// Every type that may be registered. This platform has the payments' and the check-in so far; the others are taken as upstream takes them,
/// and told of when there is something to tell.
const ALL: [&str; 24] = [
    "donations.agreement.amount-changed.v1",
    "donations.agreement.started.v1",
    "donations.agreement.stopped.v1",
    "donations.agreement.withdrawal-day-changed.v1",
    "epayments.payment.aborted.v1",
    "epayments.payment.authorized.v1",
    "epayments.payment.cancelled.v1",
    "epayments.payment.captured.v1",
    "epayments.payment.created.v1",
    "epayments.payment.expired.v1",
    "epayments.payment.refunded.v1",
    "epayments.payment.terminated.v1",
    "login.merchant-initiated.ping.v1",
    "recurring.agreement-activated.v1",
    "recurring.agreement-expired.v1",
    "recurring.agreement-rejected.v1",
    "recurring.agreement-stopped.v1",
    "recurring.charge-canceled.v1",
    "recurring.charge-captured.v1",
    "recurring.charge-creation-failed.v1",
    "recurring.charge-failed.v1",
    "recurring.charge-refunded.v1",
    "recurring.charge-reserved.v1",
    CHECKED_IN,
];

/// Of this one, a unit has one registration.
const CHECKED_IN: &str = "user.checked-in.v1";

/// Registrations of one type that one owner may have (contract-payments section 7.1).
const MOST: i64 = 25;

impl EventType {
    /// The type of this name, if there is one.
    pub(crate) fn of_name(name: &str) -> Option<Self> {
        ALL.into_iter().find(|known| *known == name).map(Self)
    }

    /// Of a payer who is there.
    pub(crate) const CHECKED_IN: Self = Self(CHECKED_IN);

    pub(crate) fn as_str(self) -> &'static str {
        self.0
    }

    /// How many registrations of it one owner may have.
    pub(crate) fn most(self) -> i64 {
        if self.0 == CHECKED_IN { 1 } else { MOST }
    }
}

macro_rules! names {
    ($($name:ident $word:literal $event_type:literal)*) => {
        /// What happens to a payment.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Name {
            $($name,)*
        }

        impl Name {
            #[cfg(test)]
            pub(crate) const ALL: &[Self] = &[$(Self::$name,)*];

            /// Upstream's word for it in the body.
            pub(crate) fn word(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)*
                }
            }

            /// The type that registrations ask for.
            pub(crate) fn event_type(self) -> EventType {
                match self {
                    $(Self::$name => EventType($event_type),)*
                }
            }
        }
    };
}

names! {
    Created "CREATED" "epayments.payment.created.v1"
    Aborted "ABORTED" "epayments.payment.aborted.v1"
    Expired "EXPIRED" "epayments.payment.expired.v1"
    Cancelled "CANCELLED" "epayments.payment.cancelled.v1"
    Captured "CAPTURED" "epayments.payment.captured.v1"
    Refunded "REFUNDED" "epayments.payment.refunded.v1"
    Authorized "AUTHORIZED" "epayments.payment.authorized.v1"
    Terminated "TERMINATED" "epayments.payment.terminated.v1"
}

/// One thing that happened to a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) msn: Msn,
    pub(crate) reference: Reference,
    pub(crate) event_id: EventId,
    pub(crate) name: Name,
    /// Of this event, not a sum.
    pub(crate) amount: Money,
    pub(crate) occurred_at: DateTime<Utc>,
    /// Empty when no key of the merchant caused it.
    pub(crate) idempotency_key: String,
    pub(crate) success: bool,
    pub(crate) capture_guaranteed_until: Option<DateTime<Utc>>,
    /// The payer, where the payment shares data; empty otherwise.
    pub(crate) sub: String,
    /// Whether the payer chose how the goods are sent.
    pub(crate) ships: bool,
    /// Why an approval failed; empty otherwise.
    pub(crate) decline_reason: String,
}

impl Event {
    /// Whether what the payer shares belongs to it, which is not in the log.
    pub(crate) fn shares(&self) -> bool {
        self.name == Name::Authorized && self.success && (!self.sub.is_empty() || self.ships)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_of_a_payment_has_its_type() {
        for name in Name::ALL {
            let expected = format!("epayments.payment.{}.v1", name.word().to_lowercase());
            assert_eq!(name.event_type().as_str(), expected);
            assert_eq!(EventType::of_name(&expected), Some(name.event_type()));
        }
    }

    #[test]
    fn names_are_exact_and_only_check_ins_are_told_once() {
        for name in
            ["", "epayments.payment.created.v2", "EPAYMENTS.PAYMENT.CREATED.V1", " user.checked-in.v1"]
        {
            assert_eq!(EventType::of_name(name), None, "{name}");
        }
        let few: Vec<_> =
            ALL.into_iter().filter(|name| EventType::of_name(name).unwrap().most() == 1).collect();
        assert_eq!(few, ["user.checked-in.v1"]);
        assert!(ALL.is_sorted(), "a registration's events are in alphabetical order");
    }
}
