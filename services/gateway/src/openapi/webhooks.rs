//! Webhooks.

#![expect(dead_code, reason = "types of requests are there for their schemas alone")]

use serde_json::json;
use utoipa::ToSchema;

use super::{
    callers::Calls,
    operation::{Api, Operation},
    refusals::Dialect,
    words::{kinds, one_of, text},
};
use crate::webhooks::{
    delivery::{Delivery, KINDS, OUTCOMES, STATES},
    json::{Registered, Webhooks},
};

pub(super) const NAME: &str = "Webhooks";

kinds! {
    /// A type of event.
    EventName as "webhooks.EventType" = one_of(EVENTS);
    /// Where events are told: a server on the public internet.
    ReceiverUrl as "webhooks.Url" = text().pattern(Some("^https?://[^/\\s][^\\s]*$")).max_length(Some(2500));
    /// What is delivered.
    Kind as "kvitt.DeliveryKind" = one_of(KINDS.map(|(word, _)| word));
    /// How far a delivery has come.
    State as "kvitt.DeliveryState" = one_of(STATES.map(|(word, _)| word));
    /// How a try ended.
    Outcome as "kvitt.AttemptOutcome" = one_of(OUTCOMES.map(|(word, _)| word));
}

/// The event types of contract-payments section 7.2; the service is who judges them.
const EVENTS: [&str; 24] = [
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
    "user.checked-in.v1",
];

/// What is to be told, and where.
#[derive(ToSchema)]
#[schema(as = webhooks::Register, rename_all = "camelCase")]
struct Register {
    url: ReceiverUrl,
    #[schema(min_items = 1, max_items = 50)]
    events: Vec<EventName>,
    /// Whether to sign by the convention of Standard Webhooks as well.
    standard_webhooks: Option<bool>,
}

pub(super) fn operations() -> Vec<Operation> {
    let api = Api { name: NAME, dialect: Dialect::Problem, calls: Calls::ForUnitOrAll };
    vec![
        api.post("/webhooks/v1/webhooks", "registerWebhook")
            .says(
                "Have events told to a URL",
                "Of each type of event there may be 25 registrations, of `user.checked-in.v1` one.",
            )
            .takes::<Register>(json!({
                "url": "https://shop.example/vipps/webhooks",
                "events": ["epayments.payment.authorized.v1", "epayments.payment.captured.v1"],
            }))
            .answers::<Registered>(201, "It is registered."),
        api.get("/webhooks/v1/webhooks", "listWebhooks")
            .says("Where events are told", "Oldest first, without the secrets.")
            .answers::<Webhooks>(200, "The registrations."),
        api.delete("/webhooks/v1/webhooks/{webhookId}", "deleteWebhook")
            .says("Have nothing told to a URL any more", "What has not been delivered to it never is.")
            .answers_nothing("It is gone.")
            .refuses(&[404]),
        api.post("/kvitt/v1/webhooks/{webhookId}/ping", "pingWebhook")
            .says(
                "Send a test event to a URL",
                "Signed as every other, once. Answers how it went, whatever the receiver said.",
            )
            .answers::<Delivery>(200, "How it went.")
            .refuses(&[404]),
    ]
}
