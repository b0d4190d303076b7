//! The error bodies of Order Management: those of `invalid_params.rs` (contract-merchant section 3).

use axum::response::Response;
use kvitt_proto::{error::v1::Reason, reason::Info};
use tonic::Status;

use crate::invalid_params;

/// The answer to a refused request.
pub(crate) fn response(status: &Status, trace_parent: &str) -> Response {
    invalid_params::response(status, trace_parent, title)
}

fn title(info: &Info) -> Option<&'static str> {
    (info.reason == Reason::FieldInvalid).then_some("One or more validation errors occurred.")
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;
    use kvitt_proto::refusal::{self, FieldViolation};
    use serde_json::Value;

    use super::*;

    #[tokio::test]
    async fn broken_fields_have_a_title_of_their_own() {
        let broken = refusal::fields(vec![FieldViolation::new("orderId", "is required")]);
        let conflict = refusal::status(Reason::AlreadyExists, "the order has a receipt");
        for (status, title) in [(broken, "One or more validation errors occurred."), (conflict, "Conflict")] {
            let body = response(&status, "trace").into_body().collect().await.unwrap().to_bytes();
            assert_eq!(serde_json::from_slice::<Value>(&body).unwrap()["title"], title);
        }
    }
}
