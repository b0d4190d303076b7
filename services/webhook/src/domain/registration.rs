//! Who has asked to be told.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use kvitt_primitives::{Msn, PartnerId, WebhookId};

use super::EventType;

/// Characters of an unknown event type that are told back.
const LONGEST_QUOTED: usize = 100;

/// How far the clocks of two machines may lie apart: what happens right after a registration is told of, though it may bear
/// an earlier time.
const CLOCKS: TimeDelta = TimeDelta::seconds(5);

/// Whose a registration is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Owner {
    /// The sales unit itself.
    Unit(Msn),
    /// A partner, for one unit.
    Partner(PartnerId, Msn),
    /// A partner, for every unit that is linked to it, now and later.
    PartnerOfAll(PartnerId),
}

impl Owner {
    /// The unit that it is for; None for all of a partner's.
    pub(crate) fn msn(&self) -> Option<&Msn> {
        match self {
            Self::Unit(msn) | Self::Partner(_, msn) => Some(msn),
            Self::PartnerOfAll(_) => None,
        }
    }

    pub(crate) fn partner_id(&self) -> Option<PartnerId> {
        match self {
            Self::Unit(_) => None,
            Self::Partner(partner, _) | Self::PartnerOfAll(partner) => Some(*partner),
        }
    }
}

/// What has been asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Registration {
    pub(crate) webhook_id: WebhookId,
    pub(crate) owner: Owner,
    pub(crate) url: String,
    /// In alphabetical order, each once.
    pub(crate) events: Vec<EventType>,
    pub(crate) standard_webhooks: bool,
    pub(crate) registered_at: DateTime<Utc>,
    /// Since when every try has failed.
    pub(crate) silent_since: Option<DateTime<Utc>>,
}

impl Registration {
    /// Whether it is to be told of an event of this type, that happened at that time to a payment of the unit. `partner` is
    /// the one that the unit is linked to now: a partner hears nothing of units that it has lost.
    pub(crate) fn wants(
        &self,
        event: EventType,
        at: DateTime<Utc>,
        (msn, partner): (&Msn, Option<PartnerId>),
    ) -> bool {
        let is_for = match &self.owner {
            Owner::Unit(own) => own == msn,
            Owner::Partner(own, unit) => unit == msn && partner == Some(*own),
            Owner::PartnerOfAll(own) => partner == Some(*own),
        };
        is_for && at + CLOCKS >= self.registered_at && self.events.contains(&event)
    }
}

/// The one registration of them that is told of what is told to one only: the unit's own, else that of its partner for this
/// unit, else that of its partner for all units (contract-payments section 7.1).
pub(crate) fn first_wanting<'a>(
    registrations: &'a [Registration],
    event: EventType,
    at: DateTime<Utc>,
    unit: (&Msn, Option<PartnerId>),
) -> Option<&'a Registration> {
    let wanting = registrations.iter().filter(|one| one.wants(event, at, unit));
    wanting.min_by_key(|one| match one.owner {
        Owner::Unit(_) => 0,
        Owner::Partner(..) => 1,
        Owner::PartnerOfAll(_) => 2,
    })
}

/// Why nobody can be told of these events.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum EventsRefused {
    #[error("must name 1 to 50 event types")]
    None,
    #[error("must name event types; {0} is none")]
    Unknown(String),
}

/// The event types of these names, in alphabetical order, each once.
pub(crate) fn event_types(names: &[String]) -> Result<Vec<EventType>, EventsRefused> {
    let known = |name: &String| {
        EventType::of_name(name)
            .ok_or_else(|| EventsRefused::Unknown(name.chars().take(LONGEST_QUOTED).collect()))
    };
    let types = names.iter().map(known).collect::<Result<BTreeSet<_>, _>>()?;
    if types.is_empty() { Err(EventsRefused::None) } else { Ok(types.into_iter().collect()) }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn partner(number: u128) -> PartnerId {
        PartnerId::from_uuid(Uuid::from_u128(number))
    }

    #[test]
    fn an_event_goes_to_whom_it_concerns() {
        let msn: Msn = "123456".parse().unwrap();
        let other: Msn = "654321".parse().unwrap();
        let event = |name| EventType::of_name(name).unwrap();
        let (captured, refunded) =
            (event("epayments.payment.captured.v1"), event("epayments.payment.refunded.v1"));
        let at: DateTime<Utc> = "2026-11-22T12:00:00Z".parse().unwrap();
        let before = at - CLOCKS - TimeDelta::microseconds(1);
        let table = [
            (Owner::Unit(msn.clone()), None, captured, at, true),
            (Owner::Unit(msn.clone()), Some(1), captured, at, true),
            (Owner::Unit(other.clone()), None, captured, at, false),
            (Owner::Unit(msn.clone()), None, refunded, at, false),
            (Owner::Unit(msn.clone()), None, captured, before, false),
            (Owner::Partner(partner(1), msn.clone()), Some(1), captured, at, true),
            (Owner::Partner(partner(1), msn.clone()), Some(2), captured, at, false),
            (Owner::Partner(partner(1), msn.clone()), None, captured, at, false),
            (Owner::Partner(partner(1), other), Some(1), captured, at, false),
            (Owner::PartnerOfAll(partner(1)), Some(1), captured, at, true),
            (Owner::PartnerOfAll(partner(1)), Some(2), captured, at, false),
            (Owner::PartnerOfAll(partner(1)), None, captured, at, false),
        ];
        for (owner, linked, happened, when, expected) in table {
            let registration = Registration {
                webhook_id: WebhookId::from_uuid(Uuid::from_u128(9)),
                owner,
                url: "https://shop.example/".to_owned(),
                events: vec![captured],
                standard_webhooks: false,
                registered_at: at,
                silent_since: None,
            };
            let wants = registration.wants(happened, when, (&msn, linked.map(partner)));
            assert_eq!(wants, expected, "{registration:?} {linked:?}");
        }
    }

    #[test]
    fn event_types_are_sorted_and_count_once_and_an_unknown_one_is_named() {
        let types =
            |names: &[&str]| event_types(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        let (captured, created) = ("epayments.payment.captured.v1", "epayments.payment.created.v1");
        let found = types(&[created, captured, created]).unwrap();
        assert_eq!(found.iter().map(|found| found.as_str()).collect::<Vec<_>>(), [captured, created]);
        assert_eq!(types(&[]), Err(EventsRefused::None));
        assert_eq!(types(&[created, "payment"]), Err(EventsRefused::Unknown("payment".to_owned())));
        let long = "\u{e6}".repeat(1000);
        assert_eq!(types(&[&long]), Err(EventsRefused::Unknown("\u{e6}".repeat(100))));
    }
}
