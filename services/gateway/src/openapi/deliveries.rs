//! Deliveries.

#![expect(dead_code, reason = "types of requests are there for their schemas alone")]

use kvitt_primitives::Reference;
use serde_json::json;
use utoipa::ToSchema;

use super::{
    callers::Calls,
    operation::{Api, Operation},
    refusals::Dialect,
    webhooks,
    words::{Instant, one_of, pattern, text, uuid},
};
use crate::{
    deliveries::json::{Deliveries, Resent},
    webhooks::delivery::{Delivery, STATES},
};

/// From when on to tell again.
#[derive(ToSchema)]
#[schema(as = kvitt::Resend)]
struct Resend {
    /// At most 30 days ago.
    since: Instant,
}

pub(super) fn operations() -> Vec<Operation> {
    let api = Api { name: webhooks::NAME, dialect: Dialect::Problem, calls: Calls::ForUnit };
    let of_registration = Api { calls: Calls::ForUnitOrAll, ..api };
    let size = text().pattern(Some("^([1-9][0-9]?|100)$"));
    vec![
        api.get("/kvitt/v1/deliveries", "listDeliveries")
            .says(
                "What a sales unit was told, and what became of it",
                "Newest first, each with its last try. They are kept for 30 days, and what was sent for 7. A page may have \
                    fewer than were asked for, or none, and still others after it: there are more while it names a token.",
            )
            .query("reference", text().pattern(Some(pattern(Reference::RULE))), "Only of this payment.")
            .query("webhookId", uuid(), "Only to this registration.")
            .query("state", one_of(STATES.map(|(word, _)| word)), "Only those in this state.")
            .query("pageSize", size, "1 to 100, which it is unless it is said.")
            .query("pageToken", uuid(), "The `nextPageToken` of the page before.")
            .answers::<Deliveries>(200, "A page."),
        api.get("/kvitt/v1/deliveries/{deliveryId}", "getDelivery")
            .says("One delivery with its tries", "The last 50 of them, oldest first.")
            .answers::<Delivery>(200, "The delivery.")
            .refuses(&[404]),
        api.post("/kvitt/v1/deliveries/{deliveryId}/resend", "resendDelivery")
            .says(
                "Deliver something again",
                "The same event id and body. What is on its way is tried at once. Test events are not sent again.",
            )
            .answers::<Delivery>(200, "It is on its way.")
            .refuses(&[404, 409]),
        of_registration
            .post("/kvitt/v1/webhooks/{webhookId}/resend", "resendDeliveries")
            .says(
                "Deliver everything again that a registration was to be told since a time",
                "In order for each payment.",
            )
            .takes::<Resend>(json!({"since": "2026-11-22T12:00:00Z"}))
            .answers::<Resent>(200, "They are on their way.")
            .refuses(&[404]),
    ]
}
