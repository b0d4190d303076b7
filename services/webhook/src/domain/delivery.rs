//! One thing that a merchant's server is told, and the tries to tell it.

use std::net::SocketAddr;

use chrono::{DateTime, TimeDelta, Utc};
use kvitt_primitives::{DeliveryId, EventId, Msn, PartnerId, WebhookId};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// What is kept of an answer's body.
pub(crate) const KEPT_OF_ANSWER: usize = 2048;

/// Who is told: a registration, or a unit's own server where its eCom payments say that it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct EndpointId(Uuid);

impl EndpointId {
    pub(crate) fn from_uuid(id: Uuid) -> Self {
        Self(id)
    }

    pub(crate) fn as_uuid(self) -> Uuid {
        self.0
    }

    /// The server that hears of a unit's eCom payments. The same for all of them, so that what it cannot take holds back
    /// nobody else.
    pub(crate) fn of_ecom(msn: &Msn) -> Self {
        let hash = Sha256::digest(format!("ecom:{msn}"));
        let (bytes, _) = hash.split_first_chunk::<16>().expect("a hash has 32 bytes");
        Self(uuid::Builder::from_custom_bytes(*bytes).into_uuid())
    }
}

impl From<WebhookId> for EndpointId {
    fn from(id: WebhookId) -> Self {
        Self(id.as_uuid())
    }
}

/// Names a delivery by its place: the `number`-th that this endpoint is told about this payment.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    pub(crate) msn: Msn,
    pub(crate) endpoint_id: EndpointId,
    /// The payment's, or an id of its own for what is about none.
    pub(crate) reference: String,
    pub(crate) number: i32,
}

/// What is delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An event, to a registration.
    Webhook,
    /// eCom's transaction update. One try.
    EcomCallback,
    /// eCom's removal of a consent.
    ConsentRemoval,
    /// A test event. One try.
    Ping,
    /// A payer is there. An event to a registration too, but of no use for longer than a customer token is good.
    CheckIn,
}

impl Kind {
    pub(crate) const ALL: [Self; 5] =
        [Self::Webhook, Self::EcomCallback, Self::ConsentRemoval, Self::Ping, Self::CheckIn];

    /// The number of it in the tables.
    pub(crate) fn number(self) -> i16 {
        match self {
            Self::Webhook => 1,
            Self::EcomCallback => 2,
            Self::ConsentRemoval => 3,
            Self::Ping => 4,
            Self::CheckIn => 5,
        }
    }

    pub(crate) fn of_number(number: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.number() == number)
    }

    /// Whether there is one try, whatever comes of it.
    pub(crate) fn is_told_once(self) -> bool {
        match self {
            Self::EcomCallback | Self::Ping => true,
            Self::Webhook | Self::ConsentRemoval | Self::CheckIn => false,
        }
    }

    /// Whether it tells a registration of something that happened.
    pub(crate) fn is_event(self) -> bool {
        match self {
            Self::Webhook | Self::CheckIn => true,
            Self::EcomCallback | Self::ConsentRemoval | Self::Ping => false,
        }
    }
}

/// How far a delivery has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// It will be tried.
    Pending,
    /// The receiver took it.
    Delivered,
    /// It will not be tried again.
    GivenUp,
    /// Its registration ended before.
    Cancelled,
}

impl State {
    pub(crate) const ALL: [Self; 4] = [Self::Pending, Self::Delivered, Self::GivenUp, Self::Cancelled];

    /// The number of it in the tables and on the wire.
    pub(crate) fn number(self) -> i16 {
        match self {
            Self::Pending => 1,
            Self::Delivered => 2,
            Self::GivenUp => 3,
            Self::Cancelled => 4,
        }
    }

    pub(crate) fn of_number(number: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.number() == number)
    }
}

/// How a try ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// 2xx.
    Succeeded,
    /// Another status.
    Status,
    UrlRefused,
    AddressRefused,
    NotResolved,
    NotConnected,
    NotSecured,
    TimedOut,
    Broken,
    /// The process stopped in the middle.
    Interrupted,
    /// Lost on purpose.
    Lost,
}

impl Outcome {
    pub(crate) const ALL: [Self; 11] = [
        Self::Succeeded,
        Self::Status,
        Self::UrlRefused,
        Self::AddressRefused,
        Self::NotResolved,
        Self::NotConnected,
        Self::NotSecured,
        Self::TimedOut,
        Self::Broken,
        Self::Interrupted,
        Self::Lost,
    ];

    /// The number of it in the tables and on the wire.
    pub(crate) fn number(self) -> i16 {
        match self {
            Self::Succeeded => 1,
            Self::Status => 2,
            Self::UrlRefused => 3,
            Self::AddressRefused => 4,
            Self::NotResolved => 5,
            Self::NotConnected => 6,
            Self::NotSecured => 7,
            Self::TimedOut => 8,
            Self::Broken => 9,
            Self::Interrupted => 10,
            Self::Lost => 11,
        }
    }

    pub(crate) fn of_number(number: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.number() == number)
    }
}

/// One try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Attempt {
    /// When it began.
    pub(crate) at: DateTime<Utc>,
    pub(crate) took: TimeDelta,
    pub(crate) outcome: Outcome,
    pub(crate) address: Option<SocketAddr>,
    pub(crate) tls: bool,
    pub(crate) status: Option<u16>,
    /// At most [`KEPT_OF_ANSWER`] bytes.
    pub(crate) answer: Vec<u8>,
    /// In words; empty when nothing went wrong.
    pub(crate) error: String,
}

/// A delivery to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct New {
    pub(crate) msn: Msn,
    pub(crate) endpoint_id: EndpointId,
    pub(crate) reference: String,
    pub(crate) delivery_id: DeliveryId,
    pub(crate) partner_id: Option<PartnerId>,
    pub(crate) kind: Kind,
    pub(crate) url: String,
    pub(crate) event_type: String,
    pub(crate) event_id: EventId,
    pub(crate) body: String,
    /// Whether what the payer shares has to be added before the first try.
    pub(crate) incomplete: bool,
    /// What goes out as `Authorization`, sealed.
    pub(crate) sealed_token: Option<Vec<u8>>,
    pub(crate) occurred_at: DateTime<Utc>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_name_what_they_were_made_of() {
        assert!(Kind::ALL.iter().all(|kind| Kind::of_number(kind.number()) == Some(*kind)));
        assert!(State::ALL.iter().all(|state| State::of_number(state.number()) == Some(*state)));
        assert!(Outcome::ALL.iter().all(|outcome| Outcome::of_number(outcome.number()) == Some(*outcome)));
        assert_eq!((Kind::of_number(0), State::of_number(5), Outcome::of_number(12)), (None, None, None));
    }

    #[test]
    fn the_server_of_a_unit_is_always_the_same_and_nobody_elses() {
        let of = |msn: &str| EndpointId::of_ecom(&msn.parse().unwrap());
        assert_eq!(of("123456"), of("123456"));
        assert_ne!(of("123456"), of("123457"));
    }
}
