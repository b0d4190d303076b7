//! `PATCH /checkout/v3/session/{reference}`: what is to be paid now, and how it can be sent now.

use axum::{Json, extract::State};
use kvitt_checkout_json::SessionJson;
use kvitt_proto::checkout::v1::UpdateSessionRequest;
use tonic::Status;

use super::{json::read, session};
use crate::{epayment::call::Call, gateway::Gateway, problem::Refused};

/// The operation.
pub(crate) async fn update(State(gateway): State<Gateway>, call: Call) -> Result<Json<SessionJson>, Refused> {
    let request = decode(&call)?;
    let answer = gateway.checkout().update_session(request).await?.into_inner();
    Ok(Json(session(answer.session)?))
}

fn decode(call: &Call) -> Result<UpdateSessionRequest, Status> {
    let reference = call.path_reference();
    call.decode(|input| {
        let transaction = input.field("transaction");
        let named = transaction.field("reference");
        if named.text_or_integer().is_some_and(|named| named != reference) {
            named.refuse("must be the reference of the session, which never changes");
        }
        let description = transaction.field("paymentDescription");
        let text = description.text();
        // An empty text would say that nothing changes.
        if text.as_deref() == Some("") {
            description.refuse("must be 3 to 100 characters");
        }
        UpdateSessionRequest {
            msn: input.msn(),
            reference: reference.clone(),
            amount: read::amount(&transaction.field("amount")),
            order_summary: read::order_summary(&transaction.field("orderSummary")),
            payment_description: text.unwrap_or_default(),
            logistics: read::logistics(&input.field("logistics")),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::epayment::call::tests::{call, named};

    #[test]
    fn what_is_absent_stays_as_it_is() {
        let request = decode(&call("{}")).unwrap();
        assert_eq!((request.amount, request.order_summary, request.logistics), (None, None, None));
        let body =
            r#"{"transaction":{"amount":{"value":100,"currency":"NOK"}},"logistics":{"fixedOptions":[]}}"#;
        let request = decode(&call(body)).unwrap();
        assert_eq!(request.amount.map(|amount| amount.amount_minor), Some(100));
        assert!(request.logistics.is_some_and(|logistics| logistics.fixed_options.is_empty()));
    }

    #[test]
    fn what_is_broken_is_named() {
        let table = [
            (r#"{"transaction":{"amount":{"value":1}}}"#, "transaction.amount.currency"),
            (r#"{"transaction":{"paymentDescription":""}}"#, "transaction.paymentDescription"),
            (r#"{"transaction":{"reference":"another-one"}}"#, "transaction.reference"),
            (r#"{"logistics":{"fixedOptions":{}}}"#, "logistics.fixedOptions"),
            (r#"{"transaction":[]}"#, "transaction"),
        ];
        for (body, field) in table {
            assert_eq!(named(&decode(&call(body)).unwrap_err()), [field], "{body}");
        }
    }
}
