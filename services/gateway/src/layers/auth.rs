//! Who calls, and for which sales unit. A call needs three things that belong together: an access token, a
//! subscription key and a merchant serial number (contract-payments section 3).
//!
//! What the client may do with a payment is not decided here: the services behind get the client's own token and
//! decide as they do for a gRPC client.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, header};
use kvitt_primitives::{ClientId, Msn};
use kvitt_proto::{error::v1::Reason, refusal};
use kvitt_runtime::{
    Principal,
    context::{self, Context},
};
use tonic::Status;

use crate::{gateway::Gateway, problem::Refused};

/// Header of the subscription key, primary or secondary.
pub(crate) const SUBSCRIPTION_KEY: &str = "ocp-apim-subscription-key";

const MSN: &str = "merchant-serial-number";

/// Proves the caller, leaves the [`Msn`] in the request and makes the token that of all calls further in.
pub(crate) async fn require(State(gateway): State<Gateway>, mut request: Request, next: Next) -> Response {
    let proven = prove(&gateway, request.headers()).await;
    match proven {
        Ok((token, msn)) => {
            request.extensions_mut().insert(msn);
            let forwarding = Context { token: Some(token), ..context::current() };
            context::scope(forwarding, next.run(request)).await
        }
        Err(status) => Refused(status).into_response(),
    }
}

async fn prove(gateway: &Gateway, headers: &HeaderMap) -> Result<(Arc<str>, Msn), Status> {
    let token = bearer(headers).ok_or_else(|| {
        refusal::status(Reason::TokenMissing, "The header Authorization must be a Bearer token.")
    })?;
    let client = match gateway.verifier().verify_client_or_service(token).await? {
        Principal::Client(client) => client,
        Principal::Service(_) => {
            return Err(refusal::status(
                Reason::TokenInvalid,
                "The access token is not that of an API client.",
            ));
        }
    };
    let key = text(headers, SUBSCRIPTION_KEY).ok_or_else(|| missing(Reason::SubscriptionKeyMissing))?;
    if gateway.authority().subscription_key_owner(key).await? != client {
        return Err(missing(Reason::SubscriptionKeyInvalid));
    }
    Ok((token.into(), msn(gateway, headers, client).await?))
}

/// The sales unit named in the header, else the only one that the keys cover.
async fn msn(gateway: &Gateway, headers: &HeaderMap, client: ClientId) -> Result<Msn, Status> {
    let covered = gateway.authority().msns(client).await?;
    let Some(named) = text(headers, MSN) else {
        return match &*covered {
            [only] => Ok(only.clone()),
            _ => Err(refusal::status(Reason::MsnRequired, "The header Merchant-Serial-Number is required.")),
        };
    };
    covered.iter().find(|msn| msn.as_str() == named).cloned().ok_or_else(|| {
        refusal::status(Reason::MsnNotCovered, "The API keys do not cover this Merchant-Serial-Number.")
    })
}

/// The gateway of upstream says no more than the title.
fn missing(reason: Reason) -> Status {
    refusal::status(reason, kvitt_proto::reason::info(reason).title)
}

/// The token of `Authorization: Bearer <token>`; the scheme word in any case, but never left out.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = text(headers, header::AUTHORIZATION.as_str())?.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

/// A header's text; an empty one counts as absent.
pub(crate) fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let value = headers.get(name)?.to_str().ok()?.trim();
    (!value.is_empty()).then_some(value)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn a_token_needs_its_scheme_word() {
        let table = [
            ("Bearer a.b.c", Some("a.b.c")),
            ("bearer a.b.c", Some("a.b.c")),
            ("BEARER  a.b.c ", Some("a.b.c")),
            ("a.b.c", None),
            ("Bearer", None),
            ("Bearer ", None),
            ("Basic a.b.c", None),
            ("", None),
        ];
        for (value, expected) in table {
            let headers = HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::from_static(value))]);
            assert_eq!(bearer(&headers), expected, "{value}");
        }
        assert_eq!(bearer(&HeaderMap::new()), None);
    }
}
