//! How refusals are told: by status, in the words of each API.

use utoipa::openapi::{
    Array, Content, Header, ObjectBuilder, OneOfBuilder, RefOr, Response, ResponseBuilder, Schema, Type,
};

use super::operation::{Schemas, refer};
use crate::{accesstoken::json as oauth, checkout, ecomm, invalid_params, management, problem, qr, report};

/// What may become of any call, whatever it asks for: headers that are too large, a fault, a full house, no answer in time.
pub(super) const EVERYWHERE: [u16; 4] = [431, 500, 503, 504];

/// In which words an API refuses.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// problem+json with `extraDetails` of `name` and `reason`.
    Problem,
    /// OAuth's for a client that is not proven, the gateway's for everything else.
    Oauth,
    /// The gateway's own for a 401, problem+json with `extraDetails` of `key` and `value` for everything else.
    Management,
    /// The gateway's own for a 401, a problem in plain JSON with `invalidParams` for everything else.
    InvalidParams,
    /// The gateway's own for a 401, a body with a status and `extraDetails` for everything else.
    QrExchange,
    /// The gateway's own for what does not reach the API, an array of groups and codes for everything else.
    Ecom,
    /// A problem in plain JSON, with `errors` by field.
    Checkout,
    /// Two words for a 401, a number for a fault, a problem of five members for everything else.
    Report,
}

/// The answer to a refused call.
pub(super) fn response(dialect: Dialect, status: u16, schemas: &mut Schemas) -> Response {
    let (media_type, schema) = body(dialect, status, schemas);
    let response = ResponseBuilder::new().description(meaning(status));
    let response = response.content(media_type, Content::new(Some(schema)));
    let response = if [429, 503].contains(&status) {
        let seconds = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1));
        let mut wait = Header::new(seconds);
        wait.description = Some("Seconds after which to try again.".to_owned());
        response.header("Retry-After", wait)
    } else {
        response
    };
    response.build()
}

fn body(dialect: Dialect, status: u16, schemas: &mut Schemas) -> (&'static str, RefOr<Schema>) {
    const JSON: &str = "application/json";
    const PROBLEM: &str = "application/problem+json";
    match (dialect, status) {
        (Dialect::Problem, _) => (PROBLEM, refer::<problem::Problem<'_>>(schemas)),
        (Dialect::Oauth, 400 | 401) => {
            let either = OneOfBuilder::new().item(refer::<oauth::OauthError>(schemas));
            (JSON, either.item(refer::<oauth::GatewayError>(schemas)).into())
        }
        (Dialect::Oauth, _)
        | (Dialect::Management | Dialect::InvalidParams | Dialect::QrExchange, 401)
        | (Dialect::Ecom, 401 | 413 | 431) => (JSON, refer::<oauth::GatewayError>(schemas)),
        (Dialect::InvalidParams, _) => (JSON, refer::<invalid_params::Problem>(schemas)),
        (Dialect::QrExchange, _) => (JSON, refer::<qr::problem::ExchangeProblem>(schemas)),
        (Dialect::Management, _) => (PROBLEM, refer::<management::problem::Problem>(schemas)),
        // Refused by the gateway in front of the API, or by the API.
        (Dialect::Ecom, 403 | 404 | 429) => {
            let either = OneOfBuilder::new().item(refer::<oauth::GatewayError>(schemas));
            (JSON, either.item(Array::new(refer::<ecomm::refusal::EcomError>(schemas))).into())
        }
        (Dialect::Checkout, _) => (JSON, refer::<checkout::problem::Problem>(schemas)),
        (Dialect::Report, 401) => (JSON, refer::<report::problem::Unauthorized>(schemas)),
        (Dialect::Report, 500) => (JSON, refer::<report::problem::Fault>(schemas)),
        (Dialect::Report, _) => (PROBLEM, refer::<report::problem::Problem<'_>>(schemas)),
        (Dialect::Ecom, _) => (JSON, Array::new(refer::<ecomm::refusal::EcomError>(schemas)).into()),
    }
}

/// What a status means, the same for every operation.
fn meaning(status: u16) -> &'static str {
    match status {
        400 => "The request breaks a rule, or what it asks for is not possible. Every broken field is named.",
        401 => "The caller has not proven who they are, or does not speak for this sales unit.",
        403 => "The caller is known, but this is not allowed to them.",
        404 => "There is no such thing, or none that the caller may know of.",
        409 => {
            "What is asked for contradicts what is there, such as a key or a reference that has been used."
        }
        413 => "The body is larger than this operation takes.",
        415 => "`Accept` names nothing that the operation can answer with.",
        423 => "Another operation on the same payment is under way. Try again.",
        429 => "Called too often, or with wrong credentials too often.",
        431 => "The headers are larger than 16 KiB.",
        500 => "A fault of the platform. Retry under the same idempotency key.",
        502 => "A server of the merchant's has not given an answer that can be used.",
        503 => "The platform cannot take the call now. Try again shortly.",
        504 => "There was no answer in time. Retry under the same idempotency key.",
        _ => "The call is refused.",
    }
}
