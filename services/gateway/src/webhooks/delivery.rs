//! What became of something that a merchant's server was to be told. Ours; upstream tells nothing of it.

use std::time::Duration;

use chrono::SecondsFormat;
use kvitt_proto::{
    error::v1::Reason,
    refusal, time,
    webhook::v1::{self, AttemptOutcome, DeliveryKind, DeliveryState},
};
use prost_types::Timestamp;
use serde::Serialize;
use tonic::Status;
use utoipa::ToSchema;

/// What is delivered.
pub(crate) const KINDS: [(&str, DeliveryKind); 4] = [
    ("WEBHOOK", DeliveryKind::Webhook),
    ("ECOM_CALLBACK", DeliveryKind::EcomCallback),
    ("CONSENT_REMOVAL", DeliveryKind::ConsentRemoval),
    ("PING", DeliveryKind::Ping),
];

/// How far a delivery has come.
pub(crate) const STATES: [(&str, DeliveryState); 4] = [
    ("PENDING", DeliveryState::Pending),
    ("DELIVERED", DeliveryState::Delivered),
    ("GIVEN_UP", DeliveryState::GivenUp),
    ("CANCELLED", DeliveryState::Cancelled),
];

/// How a try ended.
pub(crate) const OUTCOMES: [(&str, AttemptOutcome); 11] = [
    ("SUCCEEDED", AttemptOutcome::Succeeded),
    ("STATUS", AttemptOutcome::Status),
    ("URL_REFUSED", AttemptOutcome::UrlRefused),
    ("ADDRESS_REFUSED", AttemptOutcome::AddressRefused),
    ("NOT_RESOLVED", AttemptOutcome::NotResolved),
    ("NOT_CONNECTED", AttemptOutcome::NotConnected),
    ("NOT_SECURED", AttemptOutcome::NotSecured),
    ("TIMED_OUT", AttemptOutcome::TimedOut),
    ("BROKEN", AttemptOutcome::Broken),
    ("INTERRUPTED", AttemptOutcome::Interrupted),
    ("LOST", AttemptOutcome::Lost),
];

/// A delivery. What there is nothing to say of is left out.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = kvitt::Delivery)]
pub(crate) struct Delivery {
    #[schema(value_type = crate::openapi::words::Id)]
    delivery_id: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    msn: String,
    #[schema(value_type = crate::openapi::webhooks::Kind)]
    kind: &'static str,
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(value_type = Option<crate::openapi::words::Id>)]
    webhook_id: String,
    url: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    reference: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    event_type: String,
    #[schema(value_type = crate::openapi::words::Id)]
    event_id: String,
    #[schema(value_type = crate::openapi::words::Instant)]
    occurred_at: String,
    #[schema(value_type = crate::openapi::webhooks::State)]
    state: &'static str,
    attempt_count: i32,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<crate::openapi::words::Instant>)]
    next_attempt_at: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    body: String,
    /// Oldest first.
    attempts: Vec<Attempt>,
}

/// One try.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = kvitt::Attempt)]
struct Attempt {
    number: i32,
    #[schema(value_type = crate::openapi::words::Instant)]
    at: String,
    /// How long it took, in milliseconds.
    took_ms: u64,
    #[schema(value_type = crate::openapi::webhooks::Outcome)]
    outcome: &'static str,
    /// The address that was called.
    #[serde(skip_serializing_if = "String::is_empty")]
    address: String,
    tls: bool,
    #[serde(skip_serializing_if = "is_zero")]
    status: i32,
    /// The first 2 KiB of what was answered, as far as it is text.
    #[serde(skip_serializing_if = "String::is_empty")]
    answer: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    error: String,
    /// When it was to be tried again.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<crate::openapi::words::Instant>)]
    next_attempt_at: Option<String>,
}

impl Delivery {
    pub(crate) fn from_proto(delivery: v1::Delivery) -> Result<Self, Status> {
        Ok(Self {
            kind: word(&KINDS, delivery.kind())?,
            state: word(&STATES, delivery.state())?,
            occurred_at: required(delivery.occurred_at)?,
            attempts: delivery.attempts.into_iter().map(Attempt::from_proto).collect::<Result<_, _>>()?,
            delivery_id: delivery.delivery_id,
            msn: delivery.msn,
            webhook_id: delivery.webhook_id,
            url: delivery.url,
            reference: delivery.reference,
            event_type: delivery.event_type,
            event_id: delivery.event_id,
            attempt_count: delivery.attempt_count,
            next_attempt_at: delivery.next_attempt_at.map(instant).transpose()?,
            body: delivery.body,
        })
    }
}

impl Attempt {
    fn from_proto(attempt: v1::Attempt) -> Result<Self, Status> {
        let took = attempt.took.and_then(|took| Duration::try_from(took).ok()).unwrap_or_default();
        Ok(Self {
            number: attempt.number,
            at: required(attempt.at)?,
            took_ms: took.as_millis().try_into().unwrap_or(u64::MAX),
            outcome: word(&OUTCOMES, attempt.outcome())?,
            address: attempt.address,
            tls: attempt.tls,
            status: attempt.status,
            answer: String::from_utf8_lossy(&attempt.answer).into_owned(),
            error: attempt.error,
            next_attempt_at: attempt.next_attempt_at.map(instant).transpose()?,
        })
    }
}

fn word<T: Copy + PartialEq>(words: &[(&'static str, T)], meaning: T) -> Result<&'static str, Status> {
    let found = words.iter().find(|(_, known)| *known == meaning);
    found.map(|(word, _)| *word).ok_or_else(incomplete)
}

fn required(at: Option<Timestamp>) -> Result<String, Status> {
    at.ok_or_else(incomplete).and_then(instant)
}

fn instant(at: Timestamp) -> Result<String, Status> {
    let at = time::from_proto(at, "at").map_err(|_| incomplete())?;
    Ok(at.to_rfc3339_opts(SecondsFormat::Millis, true))
}

fn incomplete() -> Status {
    refusal::status(Reason::Internal, "the answer lacks a part of a delivery")
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_zero(number: &i32) -> bool {
    *number == 0
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_there_is_nothing_to_say_of_is_left_out() {
        let at = Some(Timestamp { seconds: 1_780_000_000, nanos: 123_456_000 });
        let delivery = v1::Delivery {
            delivery_id: "d".to_owned(),
            kind: DeliveryKind::Ping.into(),
            url: "https://shop.example/".to_owned(),
            event_id: "e".to_owned(),
            occurred_at: at,
            state: DeliveryState::GivenUp.into(),
            attempt_count: 1,
            attempts: vec![v1::Attempt {
                number: 1,
                at,
                took: Some(prost_types::Duration { seconds: 10, nanos: 2_000_000 }),
                outcome: AttemptOutcome::TimedOut.into(),
                error: "the time was over".to_owned(),
                ..v1::Attempt::default()
            }],
            ..v1::Delivery::default()
        };
        assert_eq!(
            serde_json::to_value(Delivery::from_proto(delivery).unwrap()).unwrap(),
            json!({
                "deliveryId": "d",
                "kind": "PING",
                "url": "https://shop.example/",
                "eventId": "e",
                "occurredAt": "2026-05-28T20:26:40.123Z",
                "state": "GIVEN_UP",
                "attemptCount": 1,
                "attempts": [{
                    "number": 1,
                    "at": "2026-05-28T20:26:40.123Z",
                    "tookMs": 10_002,
                    "outcome": "TIMED_OUT",
                    "tls": false,
                    "error": "the time was over",
                }],
            })
        );
    }

    #[test]
    fn every_word_of_the_contract_has_one_here() {
        for (word, kind) in KINDS {
            assert_eq!(format!("DELIVERY_KIND_{word}"), kind.as_str_name());
        }
        for (word, state) in STATES {
            assert_eq!(format!("DELIVERY_STATE_{word}"), state.as_str_name());
        }
        for (word, outcome) in OUTCOMES {
            assert_eq!(format!("ATTEMPT_OUTCOME_{word}"), outcome.as_str_name());
        }
        assert!(v1::DeliveryKind::try_from(5).is_err() && v1::DeliveryState::try_from(5).is_err());
        assert!(v1::AttemptOutcome::try_from(12).is_err());
    }
}
