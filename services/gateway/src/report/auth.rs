//! Who reads reports. Keys with subscription keys send one beside their token; accounting keys and management keys have none,
//! and what stands in its place is ignored (contract-merchant section 2.4).
//!
//! Which ledgers the caller may read is not decided here: the service behind gets the client's own token, and tells nobody
//! more of a ledger that they may not read than that there is none.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, header};
use kvitt_proto::{error::v1::Reason, refusal};
use kvitt_runtime::{
    authority::matrix::KeyKind,
    context::{self, Context},
};
use tonic::Status;

use crate::{
    gateway::Gateway,
    layers::{auth, rate_limit::Presented},
    problem::Refused,
};

/// Proves the caller, and makes the token that of all calls further in.
pub(crate) async fn require(State(gateway): State<Gateway>, request: Request, next: Next) -> Response {
    let authorization = auth::text(request.headers(), header::AUTHORIZATION.as_str());
    let presented = Presented::Token(authorization.unwrap_or_default());
    let caller = (request.headers(), request.extensions());
    let proving = prove(&gateway, request.headers());
    match gateway.rate_limits().watch(caller, presented, proving).await {
        Ok(token) => {
            let forwarding = Context { token: Some(token), ..context::current() };
            context::scope(forwarding, next.run(request)).await
        }
        Err(status) => Refused(status).into_response(),
    }
}

async fn prove(gateway: &Gateway, headers: &HeaderMap) -> Result<Arc<str>, Status> {
    let (token, client) = auth::token_holder(gateway, headers).await?;
    match gateway.authority().client(client).await?.kind {
        Some(KeyKind::Accounting | KeyKind::Management) => {}
        Some(KeyKind::SalesUnit | KeyKind::Partner | KeyKind::Psp) => {
            auth::require_subscription_key(gateway, client, headers).await?;
        }
        None => {
            let detail = "The keys behind the access token are not valid any more.";
            return Err(refusal::status(Reason::ClientInvalid, detail));
        }
    }
    Ok(token.into())
}
