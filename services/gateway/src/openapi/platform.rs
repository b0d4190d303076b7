//! What the platform tells of itself.

use super::{
    callers::Calls,
    operation::{Api, Operation},
    refusals::Dialect,
    words::{kinds, one_of},
};
use crate::health::Report;

pub(super) const NAME: &str = "Platform";

kinds! {
    /// Whether a service serves.
    Serving as "platform.Serving" = one_of(["SERVING", "NOT_SERVING", "UNKNOWN", "SERVICE_UNKNOWN"]);
}

pub(super) fn operations() -> Vec<Operation> {
    let api = Api { name: NAME, dialect: Dialect::Problem, calls: Calls::Openly };
    vec![
        api.get("/health", "health")
            .says("Whether everything serves", "Asks every service that the gateway needs.")
            .answers::<Report>(200, "Everything serves.")
            .answers::<Report>(503, "The platform cannot take the call now, or not every service serves."),
        api.get("/openapi.json", "openapi").says("This document", "").answers_bytes(
            200,
            "The document, in OpenAPI 3.1.",
            &["application/json"],
        ),
        api.get("/docs", "docs").says("This document as a page", "").answers_bytes(
            200,
            "The page. It loads nothing from anywhere.",
            &["text/html"],
        ),
    ]
}
