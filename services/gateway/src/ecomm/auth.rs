//! Who calls, and for which sales unit: as elsewhere by access token and subscription key, but the unit stands in the
//! body, in the header, or in both (contract-payments section 9.1). So the body is read here, once; a GET has none.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{Method, request::Parts};
use kvitt_primitives::Msn;
use kvitt_proto::refusal::{self, FieldViolation};
use kvitt_runtime::context::{self, Context};
use tonic::Status;

use crate::{
    body::{self, Faults, Field, Tree},
    gateway::Gateway,
    layers::{
        auth::{self, SUBSCRIPTION_KEY},
        count,
        rate_limit::Presented,
    },
    problem::Refused,
};

const MSN_FIELD: &str = "merchantInfo.merchantSerialNumber";

/// The body of a call as JSON.
#[derive(Clone, Debug)]
pub(super) struct ParsedBody(pub(super) Arc<Tree>);

/// What a call has shown.
struct Proven {
    token: Arc<str>,
    msn: Msn,
    body: ParsedBody,
}

/// Proves the caller, leaves the [`Msn`] and the [`ParsedBody`] in the request and makes the token that of all calls
/// further in.
pub(crate) async fn require(State(gateway): State<Gateway>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let key = auth::text(&parts.headers, SUBSCRIPTION_KEY).unwrap_or_default();
    let caller = (&parts.headers, &parts.extensions);
    let proving = prove(&gateway, &parts, body);
    match gateway.rate_limits().watch(caller, Presented::SubscriptionKey(key), proving).await {
        Ok(proven) => {
            count::proven(&mut parts.extensions, proven.msn);
            parts.extensions.insert(proven.body);
            let forwarding = Context { token: Some(proven.token), ..context::current() };
            context::scope(forwarding, next.run(Request::from_parts(parts, Body::empty()))).await
        }
        Err(status) => Refused(status).into_response(),
    }
}

async fn prove(gateway: &Gateway, parts: &Parts, body: Body) -> Result<Proven, Status> {
    let (token, client) = auth::token_holder(gateway, &parts.headers).await?;
    auth::require_subscription_key(gateway, client, &parts.headers).await?;
    let has_body = parts.method != Method::GET;
    let tree = if has_body { Tree::parse(&body::collect(body).await?)? } else { Tree::Null };
    let (in_header, in_body) = (auth::named(&parts.headers), named(&tree)?);
    let msn = auth::named_sales_unit(gateway, client, in_body.as_deref().or(in_header)).await?;
    // A unit that the keys are not for is that before it is another one than in the body.
    if let Some(other) = in_header.filter(|header| *header != msn.as_str()) {
        auth::named_sales_unit(gateway, client, Some(other)).await?;
        let rule = "must be the same as in the header Merchant-Serial-Number";
        return Err(refusal::fields(vec![FieldViolation::new(MSN_FIELD, rule)]));
    }
    Ok(Proven { token: token.into(), msn, body: ParsedBody(Arc::new(tree)) })
}

/// The sales unit that the body names: as a string, or as a number like in upstream's own examples.
fn named(body: &Tree) -> Result<Option<String>, Status> {
    let faults = Faults::default();
    let field = Field::root(body, &faults)?.field("merchantInfo").field("merchantSerialNumber");
    let named = field.text_or_integer().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    faults.finish().map(|()| named)
}

#[cfg(test)]
mod tests {
    use kvitt_proto::error::v1::Reason;

    use super::*;

    fn named_in(body: &str) -> Result<Option<String>, Status> {
        named(&Tree::parse(body.as_bytes()).unwrap())
    }

    #[test]
    fn the_body_names_the_sales_unit_as_text_or_as_number() {
        let table = [
            (r#"{"merchantInfo":{"merchantSerialNumber":"123456"}}"#, Some("123456")),
            (r#"{"merchantInfo":{"merchantSerialNumber":123456}}"#, Some("123456")),
            (r#"{"merchantInfo":{"merchantSerialNumber":" 123456 "}}"#, Some("123456")),
            (r#"{"merchantInfo":{"merchantSerialNumber":""}}"#, None),
            (r#"{"merchantInfo":{"merchantSerialNumber":null}}"#, None),
            (r#"{"merchantInfo":{}}"#, None),
            ("{}", None),
            ("", None),
        ];
        for (body, expected) in table {
            assert_eq!(named_in(body).unwrap().as_deref(), expected, "{body}");
        }
    }

    #[test]
    fn a_sales_unit_of_another_type_names_the_field() {
        for value in ["123456.5", "true", "[]", "{}"] {
            let body = format!(r#"{{"merchantInfo":{{"merchantSerialNumber":{value}}}}}"#);
            let refused = named_in(&body).unwrap_err();
            assert_eq!(refusal::field_violations_of(&refused)[0].field, MSN_FIELD, "{value}");
        }
        let refused = named_in("[]").unwrap_err();
        assert_eq!(refusal::reason_of(&refused), Some(Reason::BodyMalformed));
    }
}
