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
use http::HeaderMap;
use kvitt_primitives::{ClientId, Msn};
use kvitt_proto::{error::v1::Reason, refusal};
use kvitt_runtime::{
    Action, Caller, Principal,
    authority::{matrix::KeyKind, not_linked},
    context::{self, Context},
    verifier::bearer,
};
use tonic::Status;

use super::{count, rate_limit::Presented};
use crate::{gateway::Gateway, problem::Refused};

/// Header of the subscription key, primary or secondary.
pub(crate) const SUBSCRIPTION_KEY: &str = "ocp-apim-subscription-key";

const MSN: &str = "merchant-serial-number";

/// Proves the caller, leaves the [`Msn`] in the request and makes the token that of all calls further in.
pub(crate) async fn require(State(gateway): State<Gateway>, mut request: Request, next: Next) -> Response {
    let presented = Presented::SubscriptionKey(text(request.headers(), SUBSCRIPTION_KEY).unwrap_or_default());
    let caller = (request.headers(), request.extensions());
    let proving = prove(&gateway, request.headers());
    let proven = gateway.rate_limits().watch(caller, presented, proving).await;
    match proven {
        Ok((token, msn)) => {
            count::proven(request.extensions_mut(), msn);
            let forwarding = Context { token: Some(token), ..context::current() };
            context::scope(forwarding, next.run(request)).await
        }
        Err(status) => Refused(status).into_response(),
    }
}

async fn prove(gateway: &Gateway, headers: &HeaderMap) -> Result<(Arc<str>, Msn), Status> {
    let (token, client) = token_holder(gateway, headers).await?;
    require_subscription_key(gateway, client, headers).await?;
    Ok((token.into(), sales_unit(gateway, client, headers).await?))
}

/// The access token, and the API client that it was issued to.
pub(crate) async fn token_holder<'a>(
    gateway: &Gateway,
    headers: &'a HeaderMap,
) -> Result<(&'a str, ClientId), Status> {
    let token = bearer::find(headers, &bearer::AUTHORIZATION)?.ok_or_else(|| {
        refusal::status(Reason::TokenMissing, "The header Authorization must be a Bearer token.")
    })?;
    match gateway.verifier().verify_principal(token).await? {
        Principal::Client(client) => Ok((token, client)),
        Principal::User(_) | Principal::Service(_) => {
            Err(refusal::status(Reason::TokenInvalid, "The access token is not that of an API client."))
        }
    }
}

/// Passes when one of the client's subscription keys stands in the headers.
pub(crate) async fn require_subscription_key(
    gateway: &Gateway,
    client: ClientId,
    headers: &HeaderMap,
) -> Result<(), Status> {
    let key = text(headers, SUBSCRIPTION_KEY).ok_or_else(|| titled(Reason::SubscriptionKeyMissing))?;
    check_key(gateway.authority().subscription_key_owner(key).await, client)
}

/// The sales unit that is acted for, which is one that the keys are for. A partner always names it.
pub(crate) async fn sales_unit(
    gateway: &Gateway,
    client: ClientId,
    headers: &HeaderMap,
) -> Result<Msn, Status> {
    named_sales_unit(gateway, client, named(headers)).await
}

/// What the header names as the sales unit: nothing, or a text, which is empty when nobody can say what it names.
pub(crate) fn named(headers: &HeaderMap) -> Option<&str> {
    (!is_absent(headers, MSN)).then(|| text(headers, MSN).unwrap_or_default())
}

/// The sales unit that is acted for where other places than the header may name it.
pub(crate) async fn named_sales_unit(
    gateway: &Gateway,
    client: ClientId,
    named: Option<&str>,
) -> Result<Msn, Status> {
    let known = gateway.authority().client(client).await?;
    if known.kind != Some(KeyKind::Partner) {
        return msn(&known.msns, named);
    }
    let named = named.unwrap_or_default();
    let msn: Msn = named.parse().map_err(|_| not_linked(named))?;
    let caller = Caller { principal: Principal::Client(client), via: None };
    gateway.authority().may(&caller, Action::ReadPayment, &msn).await?;
    Ok(msn)
}

/// Nobody learns whether a key that is not the client's is somebody else's.
fn check_key(owner: Result<ClientId, Status>, client: ClientId) -> Result<(), Status> {
    match owner {
        Ok(owner) if owner == client => Ok(()),
        Ok(_) => Err(titled(Reason::SubscriptionKeyInvalid)),
        Err(status) if refusal::reason_of(&status) == Some(Reason::SubscriptionKeyInvalid) => {
            Err(titled(Reason::SubscriptionKeyInvalid))
        }
        Err(status) => Err(status),
    }
}

/// The sales unit that is named, else the only one that the keys cover.
fn msn(covered: &[Msn], named: Option<&str>) -> Result<Msn, Status> {
    let Some(named) = named else {
        return match covered {
            [only] => Ok(only.clone()),
            _ => Err(refusal::status(Reason::MsnRequired, "The header Merchant-Serial-Number is required.")),
        };
    };
    covered.iter().find(|msn| msn.as_str() == named).cloned().ok_or_else(|| {
        refusal::status(Reason::MsnNotCovered, "The API keys do not cover this Merchant-Serial-Number.")
    })
}

/// The gateway of upstream says no more than the title.
fn titled(reason: Reason) -> Status {
    refusal::status(reason, kvitt_proto::reason::info(reason).title)
}

/// Whether a header is not there, or says nothing.
pub(crate) fn is_absent(headers: &HeaderMap, name: &str) -> bool {
    headers.get_all(name).iter().all(|value| value.as_bytes().trim_ascii().is_empty())
}

/// A header's text, in visible ASCII. None when it is empty, and when it stands twice: nobody can say which counts.
pub(crate) fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?.trim();
    (!value.is_empty() && values.next().is_none()).then_some(value)
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};
    use uuid::Uuid;

    use super::*;

    /// What a header says, what that means for keys of one sales unit, and for keys of two.
    type Case<'a> = (&'a [&'a [u8]], Chosen, Chosen);
    type Chosen = Result<&'static str, Reason>;

    fn headers(name: &'static str, values: &[&[u8]]) -> HeaderMap {
        let name = HeaderName::from_static(name);
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(&name, HeaderValue::from_bytes(value).unwrap());
        }
        headers
    }

    #[test]
    fn only_an_absent_header_leaves_the_sales_unit_to_the_keys() {
        let one: [Msn; 1] = ["123456".parse().unwrap()];
        let two: [Msn; 2] = ["123456".parse().unwrap(), "654321".parse().unwrap()];
        let table: [Case<'_>; 7] = [
            (&[], Ok("123456"), Err(Reason::MsnRequired)),
            (&[b""], Ok("123456"), Err(Reason::MsnRequired)),
            (&[b" 123456 "], Ok("123456"), Ok("123456")),
            (&[b"654321"], Err(Reason::MsnNotCovered), Ok("654321")),
            (&["æ".as_bytes()], Err(Reason::MsnNotCovered), Err(Reason::MsnNotCovered)),
            (&[b"123456", b"999999"], Err(Reason::MsnNotCovered), Err(Reason::MsnNotCovered)),
            (&[b"123456", b"123456"], Err(Reason::MsnNotCovered), Err(Reason::MsnNotCovered)),
        ];
        for (values, of_one, of_two) in table {
            let headers = headers(MSN, values);
            let chosen = |covered: &[Msn]| {
                let chosen = msn(covered, named(&headers)).map(|msn| msn.to_string());
                chosen.map_err(|status| refusal::reason_of(&status).unwrap())
            };
            assert_eq!(chosen(&one), of_one.map(str::to_owned), "{values:?}");
            assert_eq!(chosen(&two), of_two.map(str::to_owned), "{values:?}");
        }
    }

    #[test]
    fn a_key_of_somebody_else_is_refused_as_a_key_of_nobody() {
        let client = |number| ClientId::from_uuid(Uuid::from_u128(number));
        let check = |owner| check_key(owner, client(1));
        assert!(check(Ok(client(1))).is_ok());
        let foreign = check(Ok(client(2))).unwrap_err();
        let unknown = refusal::status(Reason::SubscriptionKeyInvalid, "in other words");
        let unknown = check(Err(unknown)).unwrap_err();
        assert_eq!(refusal::reason_of(&foreign), Some(Reason::SubscriptionKeyInvalid));
        assert_eq!((foreign.message(), foreign.details()), (unknown.message(), unknown.details()));
        let away = check(Err(refusal::status(Reason::Unavailable, ""))).unwrap_err();
        assert_eq!(refusal::reason_of(&away), Some(Reason::Unavailable));
    }

    #[test]
    fn a_header_that_stands_twice_says_nothing() {
        let read = |values: &[&[u8]]| text(&headers("client_id", values), "client_id").map(str::to_owned);
        assert_eq!(read(&[b" a "]), Some("a".to_owned()));
        for values in [&[b"a".as_slice(), b"a"] as &[&[u8]], &[b"\xff"], &[b" "]] {
            assert_eq!(read(values), None, "{values:?}");
        }
    }
}
