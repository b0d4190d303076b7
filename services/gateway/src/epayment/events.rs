//! `GET /epayment/v1/payments/{reference}/events`: all that happened, oldest first, in one array.

use axum::{Json, extract::State};
use kvitt_proto::{error::v1::Reason, payment::v1::ListPaymentEventsRequest, refusal};
use tonic::Status;

use super::{call::Call, json::Event};
use crate::{gateway::Gateway, problem::Refused};

/// Pages of 1000 events that one answer may gather.
const MAX_PAGES: usize = 100;

/// The operation.
pub(crate) async fn events(State(gateway): State<Gateway>, call: Call) -> Result<Json<Vec<Event>>, Refused> {
    let mut request = call.decode(|input| ListPaymentEventsRequest {
        msn: input.msn(),
        reference: input.reference(),
        ..Default::default()
    })?;
    let mut events = Vec::new();
    for _ in 0..MAX_PAGES {
        let page = gateway.payments().list_payment_events(request.clone()).await?.into_inner();
        for event in page.events {
            events.push(Event::from_proto(event)?);
        }
        if page.next_page_token.is_empty() {
            return Ok(Json(events));
        }
        request.page_token = page.next_page_token;
    }
    Err(too_long().into())
}

fn too_long() -> Status {
    refusal::status(Reason::Internal, format!("the payment has more than {MAX_PAGES} pages of events"))
}
