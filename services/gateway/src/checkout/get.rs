//! `GET /checkout/v3/session/{reference}`: a session as it stands, with its payment.

use axum::{Json, extract::State};
use kvitt_checkout_json::SessionJson;
use kvitt_proto::checkout::v1::GetSessionRequest;

use super::session;
use crate::{epayment::call::Call, gateway::Gateway, problem::Refused};

/// The operation. What is no reference is no session either, so the service says so.
pub(crate) async fn get(State(gateway): State<Gateway>, call: Call) -> Result<Json<SessionJson>, Refused> {
    let request = GetSessionRequest { msn: call.msn().to_string(), reference: call.path_reference() };
    let answer = gateway.checkout().get_session(request).await?.into_inner();
    Ok(Json(session(answer.session)?))
}
