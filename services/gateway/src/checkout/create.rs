//! `POST /checkout/v3/session`: opens a session.

use axum::{Json, extract::State};
use kvitt_proto::checkout::v1::CreateSessionRequest;
use tonic::Status;

use super::json::{Created, read};
use crate::{epayment::call::Call, gateway::Gateway, problem::Refused};

/// The operation.
pub(crate) async fn create(State(gateway): State<Gateway>, call: Call) -> Result<Json<Created>, Refused> {
    let request = decode(&call)?;
    let created = gateway.checkout().create_session(request).await?.into_inner();
    Ok(Json(created.into()))
}

fn decode(call: &Call) -> Result<CreateSessionRequest, Status> {
    call.decode(|input| {
        let subscription = input.field("subscription");
        if subscription.is_given() {
            subscription.refuse("is not supported yet: sessions are for one payment");
        }
        let session_type = input.field("type");
        // Newer clients say what they want; older ones know of nothing else.
        let other = session_type.text().is_some_and(|named| !named.to_ascii_lowercase().contains("payment"));
        if other {
            session_type.refuse("must be PAYMENT: subscriptions are not supported yet");
        }
        CreateSessionRequest {
            msn: input.msn(),
            idempotency_key: input.key_if_given().unwrap_or_default(),
            merchant_info: read::merchant_info(&input.field("merchantInfo").required()),
            transaction: read::transaction(&input.field("transaction").required()),
            logistics: read::logistics(&input.field("logistics")),
            prefill_customer: read::person(&input.field("prefillCustomer")),
            configuration: read::configuration(&input.field("configuration")),
        }
    })
}

#[cfg(test)]
mod tests;
