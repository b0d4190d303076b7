//! What the events of payments do to payers' inboxes.

use chrono::{DateTime, Utc};
use kvitt_primitives::{Money, PhoneNumber};

/// A payment within payment's log. The log is the authority on their form, so both parts are taken as they stand.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    pub(crate) msn: String,
    pub(crate) reference: String,
}

/// A payment that waits for a payer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) key: Key,
    pub(crate) amount: Money,
    pub(crate) description: String,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) expires_at: DateTime<Utc>,
}

/// A request as its payer finds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Waiting {
    pub(crate) request: Request,
    /// Whether the payer's phone was told.
    pub(crate) pushed: bool,
}

/// What an event says to the inbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Event {
    /// A payer is asked.
    Asked { phone_number: PhoneNumber, request: Request },
    /// The payment no longer waits.
    Answered(Key),
}

/// The effect of a batch of events: first the additions, then the removals.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Changes {
    pub(crate) added: Vec<(PhoneNumber, Request)>,
    pub(crate) removed: Vec<Key>,
}

/// Folds events, in order. A payment is asked about once in its life, so what is answered in the same batch never
/// enters the inbox.
pub(crate) fn fold(events: impl IntoIterator<Item = Event>) -> Changes {
    let mut changes = Changes::default();
    for event in events {
        match event {
            Event::Asked { phone_number, request } => changes.added.push((phone_number, request)),
            Event::Answered(key) => changes.removed.push(key),
        }
    }
    let removed: std::collections::HashSet<_> = changes.removed.iter().collect();
    changes.added.retain(|(_, request)| !removed.contains(&request.key));
    changes
}

#[cfg(test)]
mod tests {
    use kvitt_primitives::Currency;

    use super::*;

    fn asked(reference: &str) -> Event {
        let at = DateTime::from_timestamp(1_780_000_000, 0).unwrap();
        Event::Asked {
            phone_number: "4712345678".parse().unwrap(),
            request: Request {
                key: key(reference),
                amount: Money::new(Currency::Nok, 100),
                description: String::new(),
                created_at: at,
                expires_at: at,
            },
        }
    }

    fn key(reference: &str) -> Key {
        Key { msn: "123456".to_owned(), reference: reference.to_owned() }
    }

    #[test]
    fn what_is_asked_and_answered_in_one_batch_never_enters_the_inbox() {
        let changes = fold([asked("first-one"), asked("second-one"), Event::Answered(key("first-one"))]);
        let added: Vec<_> = changes.added.iter().map(|(_, request)| request.key.reference.as_str()).collect();
        assert_eq!(added, ["second-one"]);
        assert_eq!(changes.removed, [key("first-one")]);
    }
}
