//! Who manages. Keys with subscription keys send one beside their token; management keys have none, and what stands in
//! its place is ignored (contract-merchant section 2.4).
//!
//! Which units and orders the caller may see is not decided here: the services behind get the client's own token.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, header};
use kvitt_proto::{error::v1::Reason, refusal};
use kvitt_runtime::{
    authority::{Client, matrix::KeyKind, not_permitted},
    context::{self, Context},
};
use tonic::Status;

use crate::{
    gateway::Gateway,
    layers::{auth, rate_limit::Presented},
    problem::Refused,
};

/// Proves the caller, leaves the [`Client`] in the request and makes the token that of all calls further in.
pub(crate) async fn require(State(gateway): State<Gateway>, mut request: Request, next: Next) -> Response {
    let authorization = auth::text(request.headers(), header::AUTHORIZATION.as_str());
    let presented = Presented::Token(authorization.unwrap_or_default());
    let caller = (request.headers(), request.extensions());
    let proving = prove(&gateway, request.headers());
    match gateway.rate_limits().watch(caller, presented, proving).await {
        Ok((token, client)) => {
            request.extensions_mut().insert(client);
            let forwarding = Context { token: Some(token), ..context::current() };
            context::scope(forwarding, next.run(request)).await
        }
        Err(status) => Refused(status).into_response(),
    }
}

async fn prove(gateway: &Gateway, headers: &HeaderMap) -> Result<(Arc<str>, Arc<Client>), Status> {
    let (token, client) = auth::token_holder(gateway, headers).await?;
    let known = gateway.authority().client(client).await?;
    match known.kind {
        Some(KeyKind::Management) => {}
        Some(KeyKind::SalesUnit | KeyKind::Partner) => {
            auth::require_subscription_key(gateway, client, headers).await?;
        }
        Some(KeyKind::Accounting | KeyKind::Psp) => return Err(not_permitted()),
        None => {
            let detail = "The keys behind the access token are not valid any more.";
            return Err(refusal::status(Reason::ClientInvalid, detail));
        }
    }
    Ok((token.into(), known))
}
