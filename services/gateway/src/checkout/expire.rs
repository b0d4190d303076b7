//! `POST /checkout/v3/session/{reference}/expire`: ends an open session. A body is not looked at.

use axum::{Json, extract::State};
use kvitt_checkout_json::SessionJson;
use kvitt_proto::checkout::v1::ExpireSessionRequest;

use super::session;
use crate::{epayment::call::Call, gateway::Gateway, problem::Refused};

/// The operation.
pub(crate) async fn expire(State(gateway): State<Gateway>, call: Call) -> Result<Json<SessionJson>, Refused> {
    let request = ExpireSessionRequest { msn: call.msn().to_string(), reference: call.path_reference() };
    let answer = gateway.checkout().expire_session(request).await?.into_inner();
    Ok(Json(session(answer.session)?))
}
