//! Who registers: what every API asks for, but that a partner's keys may name no sales unit. Then they mean all that are
//! linked to the partner, now and later (contract-payments section 7.1).

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::HeaderMap;
use kvitt_primitives::Msn;
use kvitt_runtime::{
    authority::matrix::KeyKind,
    context::{self, Context},
};
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

/// For whom it is registered: a merchant serial number, or nothing for all units of a partner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ForUnit(pub(crate) String);

/// Proves the caller, leaves [`ForUnit`] in the request and makes the token that of all calls further in.
pub(crate) async fn require(State(gateway): State<Gateway>, mut request: Request, next: Next) -> Response {
    let key = auth::text(request.headers(), SUBSCRIPTION_KEY);
    let presented = Presented::SubscriptionKey(key.unwrap_or_default());
    let caller = (request.headers(), request.extensions());
    let proving = prove(&gateway, request.headers());
    match gateway.rate_limits().watch(caller, presented, proving).await {
        Ok((token, msn)) => {
            let unit = msn.as_ref().map(ToString::to_string).unwrap_or_default();
            request.extensions_mut().insert(ForUnit(unit));
            if let Some(msn) = msn {
                count::proven(request.extensions_mut(), msn);
            }
            let forwarding = Context { token: Some(token), ..context::current() };
            context::scope(forwarding, next.run(request)).await
        }
        Err(status) => Refused(status).into_response(),
    }
}

async fn prove(gateway: &Gateway, headers: &HeaderMap) -> Result<(Arc<str>, Option<Msn>), Status> {
    let (token, client) = auth::token_holder(gateway, headers).await?;
    auth::require_subscription_key(gateway, client, headers).await?;
    let keys = gateway.authority().client(client).await?;
    if keys.kind == Some(KeyKind::Partner) && auth::named(headers).is_none() {
        return Ok((token.into(), None));
    }
    let msn = auth::sales_unit(gateway, client, headers).await?;
    Ok((token.into(), Some(msn)))
}
