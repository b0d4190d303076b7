//! Who calls: the keys of a sales unit or of a partner themselves, in four headers, and no access token. The keys are
//! exchanged for a token as `POST /accesstoken/get` does it, on every call: a token that was kept would outlive the keys
//! that it stands for, and the secret would have to be kept to tell them apart.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::HeaderMap;
use kvitt_primitives::Msn;
use kvitt_proto::{access::v1::IssueTokenRequest, error::v1::Reason, refusal};
use kvitt_runtime::context::{self, Context};
use tonic::Status;

use crate::{
    gateway::Gateway,
    layers::{
        auth::{SUBSCRIPTION_KEY, sales_unit, text},
        count,
        rate_limit::Presented,
    },
    problem::Refused,
};

/// Proves the caller, leaves the [`Msn`] in the request and makes the fresh token that of all calls further in.
pub(crate) async fn require(State(gateway): State<Gateway>, mut request: Request, next: Next) -> Response {
    let keys = keys(request.headers());
    let presented = Presented::Keys {
        client_id: &keys.client_id,
        client_secret: &keys.client_secret,
        subscription_key: &keys.subscription_key,
    };
    let caller = (request.headers(), request.extensions());
    let proving = prove(&gateway, keys.clone(), request.headers());
    match gateway.rate_limits().watch(caller, presented, proving).await {
        Ok((token, msn)) => {
            count::proven(request.extensions_mut(), msn);
            let forwarding = Context { token: Some(token), ..context::current() };
            context::scope(forwarding, next.run(request)).await
        }
        Err(status) => Refused(status).into_response(),
    }
}

/// Absent headers are sent on as empty, which `access` refuses in the order of its own rules.
fn keys(headers: &HeaderMap) -> IssueTokenRequest {
    let header = |name| text(headers, name).unwrap_or_default().to_owned();
    IssueTokenRequest {
        client_id: header("client_id"),
        client_secret: header("client_secret"),
        subscription_key: header(SUBSCRIPTION_KEY),
    }
}

async fn prove(
    gateway: &Gateway,
    keys: IssueTokenRequest,
    headers: &HeaderMap,
) -> Result<(Arc<str>, Msn), Status> {
    let client = keys.client_id.parse();
    let issued = gateway.tokens().issue_token(keys).await?.into_inner();
    let client = client.map_err(|_| refusal::status(Reason::ClientInvalid, "The client_id is unknown."))?;
    let msn = sales_unit(gateway, client, headers).await?;
    Ok((issued.access_token.into(), msn))
}
