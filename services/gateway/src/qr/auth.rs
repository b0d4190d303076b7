//! Who calls the operations on callback codes: what every API asks for, but that the sales unit is always named, also by
//! keys that are for one only (openapi `Merchant-Serial-Number-Required`).

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::HeaderMap;
use kvitt_primitives::Msn;
use kvitt_proto::refusal::{self, FieldViolation};
use kvitt_runtime::context::{self, Context};
use tonic::Status;

use crate::{
    gateway::Gateway,
    layers::{
        auth::{self, SUBSCRIPTION_KEY},
        count,
        rate_limit::Presented,
    },
    problem::Refused,
};

/// Proves the caller, leaves the [`Msn`] in the request and makes the token that of all calls further in.
pub(crate) async fn require(State(gateway): State<Gateway>, mut request: Request, next: Next) -> Response {
    let key = auth::text(request.headers(), SUBSCRIPTION_KEY);
    let presented = Presented::SubscriptionKey(key.unwrap_or_default());
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
    auth::require_subscription_key(gateway, client, headers).await?;
    if auth::named(headers).is_none() {
        return Err(refusal::fields(vec![FieldViolation::new("Merchant-Serial-Number", "is required")]));
    }
    let msn = auth::sales_unit(gateway, client, headers).await?;
    Ok((token.into(), msn))
}
