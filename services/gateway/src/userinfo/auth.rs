//! Who asks: an access token of keys that cover the sales unit. A subscription key is neither needed nor looked at, since
//! newer guides forbid it here and older ones demand it (contract-merchant section 18).

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, header};
use kvitt_primitives::Msn;
use kvitt_runtime::context::{self, Context};
use tonic::Status;

use crate::{
    gateway::Gateway,
    layers::{auth, count, rate_limit::Presented},
    problem::Refused,
};

/// Proves the caller, leaves the [`Msn`] in the request and makes the token that of all calls further in.
pub(crate) async fn require(State(gateway): State<Gateway>, mut request: Request, next: Next) -> Response {
    let authorization = auth::text(request.headers(), header::AUTHORIZATION.as_str());
    let presented = Presented::Token(authorization.unwrap_or_default());
    let caller = (request.headers(), request.extensions());
    let proving = prove(&gateway, request.headers());
    match gateway.rate_limits().watch(caller, presented, proving).await {
        Ok((token, msn)) => {
            count::proven(request.extensions_mut(), msn);
            let forwarding = Context { token: Some(token), ..context::current() };
            context::scope(forwarding, next.run(request)).await
        }
        Err(status) => Refused(status).into_response(),
    }
}

async fn prove(gateway: &Gateway, headers: &HeaderMap) -> Result<(Arc<str>, Msn), Status> {
    let (token, client) = auth::token_holder(gateway, headers).await?;
    Ok((token.into(), auth::sales_unit(gateway, client, headers).await?))
}
