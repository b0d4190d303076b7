//! The domain's values in the words of the contract.

use kvitt_proto::{time, webhook::v1};

use crate::domain::{Kind, Outcome, Registration, Shown, ShownAttempt, State};

/// A registration, without its secret.
pub(super) fn webhook(registration: Registration) -> v1::Webhook {
    v1::Webhook {
        webhook_id: registration.webhook_id.to_string(),
        msn: registration.owner.msn().map(ToString::to_string).unwrap_or_default(),
        url: registration.url,
        events: registration.events.into_iter().map(|event| event.as_str().to_owned()).collect(),
        standard_webhooks: registration.standard_webhooks,
        registered_at: Some(time::to_proto(registration.registered_at)),
        silent_since: registration.silent_since.map(time::to_proto),
    }
}

/// A delivery with those of its tries that are to be shown.
pub(super) fn delivery(shown: Shown) -> v1::Delivery {
    v1::Delivery {
        delivery_id: shown.delivery_id.to_string(),
        msn: shown.msn.to_string(),
        kind: kind(shown.kind).into(),
        webhook_id: shown.webhook_id.map(|id| id.to_string()).unwrap_or_default(),
        url: shown.url,
        reference: shown.reference,
        event_type: shown.event_type,
        event_id: shown.event_id.to_string(),
        occurred_at: Some(time::to_proto(shown.occurred_at)),
        state: state(shown.state).into(),
        attempt_count: shown.attempt_count,
        next_attempt_at: shown.next_attempt_at.map(time::to_proto),
        body: shown.body,
        attempts: shown.attempts.into_iter().map(attempt).collect(),
    }
}

/// One try.
pub(super) fn attempt(shown: ShownAttempt) -> v1::Attempt {
    let ShownAttempt { number, attempt, next_attempt_at } = shown;
    v1::Attempt {
        number,
        at: Some(time::to_proto(attempt.at)),
        took: attempt.took.to_std().ok().and_then(|took| took.try_into().ok()),
        outcome: outcome(attempt.outcome).into(),
        address: attempt.address.map(|address| address.to_string()).unwrap_or_default(),
        tls: attempt.tls,
        status: attempt.status.map(i32::from).unwrap_or_default(),
        answer: attempt.answer,
        error: attempt.error,
        next_attempt_at: next_attempt_at.map(time::to_proto),
    }
}

fn kind(kind: Kind) -> v1::DeliveryKind {
    match kind {
        Kind::Webhook | Kind::CheckIn => v1::DeliveryKind::Webhook,
        Kind::EcomCallback => v1::DeliveryKind::EcomCallback,
        Kind::ConsentRemoval => v1::DeliveryKind::ConsentRemoval,
        Kind::Ping => v1::DeliveryKind::Ping,
    }
}

pub(super) fn state(state: State) -> v1::DeliveryState {
    match state {
        State::Pending => v1::DeliveryState::Pending,
        State::Delivered => v1::DeliveryState::Delivered,
        State::GivenUp => v1::DeliveryState::GivenUp,
        State::Cancelled => v1::DeliveryState::Cancelled,
    }
}

fn outcome(outcome: Outcome) -> v1::AttemptOutcome {
    match outcome {
        Outcome::Succeeded => v1::AttemptOutcome::Succeeded,
        Outcome::Status => v1::AttemptOutcome::Status,
        Outcome::UrlRefused => v1::AttemptOutcome::UrlRefused,
        Outcome::AddressRefused => v1::AttemptOutcome::AddressRefused,
        Outcome::NotResolved => v1::AttemptOutcome::NotResolved,
        Outcome::NotConnected => v1::AttemptOutcome::NotConnected,
        Outcome::NotSecured => v1::AttemptOutcome::NotSecured,
        Outcome::TimedOut => v1::AttemptOutcome::TimedOut,
        Outcome::Broken => v1::AttemptOutcome::Broken,
        Outcome::Interrupted => v1::AttemptOutcome::Interrupted,
        Outcome::Lost => v1::AttemptOutcome::Lost,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_of_the_tables_are_those_of_the_wire() {
        for one in Kind::ALL.into_iter().filter(|one| *one != Kind::CheckIn) {
            assert_eq!(kind(one) as i32, i32::from(one.number()));
        }
        for one in State::ALL {
            assert_eq!(state(one) as i32, i32::from(one.number()));
        }
        for one in Outcome::ALL {
            assert_eq!(outcome(one) as i32, i32::from(one.number()));
        }
    }
}
