//! `POST /miami/v1/token`: the keys of an accounting or a management client for a specialised access token
//! (contract-merchant section 2.3). The credentials stand in `Authorization: Basic`, and the body is a form, whatever
//! its type says.

use axum::{
    Json,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use http::{HeaderMap, HeaderValue, header};
use kvitt_proto::{access::v1::IssueSpecialisedTokenRequest, error::v1::Reason, refusal};
use tonic::Status;
use url::form_urlencoded;

use super::json::SpecialisedToken;
use crate::{
    body::collect_up_to,
    gateway::Gateway,
    layers::{
        auth::{SUBSCRIPTION_KEY, text},
        rate_limit::Presented,
    },
    problem::Refused,
};

/// Far more than a grant and a scope need.
const MAX_FORM_BYTES: usize = 4096;

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The operation.
pub(crate) async fn token(State(gateway): State<Gateway>, request: Request) -> Result<Response, Refused> {
    let (call, body) = request.into_parts();
    let form = collect_up_to(MAX_FORM_BYTES, body).await?;
    let request = decode(&call.headers, &form)?;
    let keys = request.clone();
    let presented = Presented::Secret { client_id: &keys.client_id, client_secret: &keys.client_secret };
    let issuing = async { gateway.tokens().issue_specialised_token(request).await };
    let caller = (&call.headers, &call.extensions);
    // Before the call, so that a token is never said to live shorter than it does.
    let asked_at = kvitt_runtime::wall_now().timestamp();
    let issued = gateway.rate_limits().watch(caller, presented, issuing).await?.into_inner();
    let mut response = Json(SpecialisedToken::from_proto(issued, asked_at)).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

fn decode(headers: &HeaderMap, form: &[u8]) -> Result<IssueSpecialisedTokenRequest, Status> {
    if headers.contains_key(SUBSCRIPTION_KEY) {
        return Err(unfit("The header Ocp-Apim-Subscription-Key must be absent."));
    }
    let mut grants = form_urlencoded::parse(form).filter(|(name, _)| name == "grant_type");
    match (grants.next(), grants.next()) {
        (Some((_, grant)), None) if grant == "client_credentials" => {}
        _ => return Err(unfit("The body must be a form with grant_type=client_credentials.")),
    }
    let (client_id, client_secret) = basic(headers).ok_or_else(|| {
        let detail = "The header Authorization must be Basic, with the client_id and the client_secret.";
        refusal::status(Reason::ClientInvalid, detail)
    })?;
    Ok(IssueSpecialisedTokenRequest { client_id, client_secret })
}

/// To OAuth's words a call that is not in order is a client that is not.
fn unfit(detail: &str) -> Status {
    refusal::status(Reason::FieldInvalid, detail)
}

/// The two secrets, as clients write them: not encoded for a form, since a secret may hold a plus sign.
fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let (scheme, credentials) = text(headers, header::AUTHORIZATION.as_str())?.split_once(' ')?;
    let decoded = BASE64.decode(credentials.trim()).ok().filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
    let (client_id, client_secret) = str::from_utf8(&decoded).ok()?.split_once(':')?;
    Some((client_id.to_owned(), client_secret.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORM: &[u8] = b"grant_type=client_credentials";

    fn headers(authorization: &str) -> HeaderMap {
        let value = HeaderValue::from_bytes(authorization.as_bytes()).unwrap();
        HeaderMap::from_iter([(header::AUTHORIZATION, value)])
    }

    fn basic_of(credentials: &str) -> HeaderMap {
        headers(&format!("Basic {}", BASE64.encode(credentials)))
    }

    fn reason(headers: &HeaderMap, form: &[u8]) -> Option<Reason> {
        decode(headers, form).err().as_ref().and_then(refusal::reason_of)
    }

    #[test]
    fn the_credentials_are_taken_as_they_stand() {
        for (credentials, id, secret) in
            [("id:se+cr/et==", "id", "se+cr/et=="), ("id:a:b", "id", "a:b"), (":", "", "")]
        {
            let request = decode(&basic_of(credentials), FORM).unwrap();
            assert_eq!((request.client_id.as_str(), request.client_secret.as_str()), (id, secret));
        }
        for scheme in ["basic", "BASIC", "Basic"] {
            // `id:x`, with and without the sign that fills it up.
            for credentials in ["aWQ6eA==", "aWQ6eA"] {
                assert!(decode(&headers(&format!("{scheme} {credentials}")), FORM).is_ok(), "{scheme}");
            }
        }
    }

    #[test]
    fn the_form_must_ask_for_client_credentials_and_may_name_a_scope() {
        let forms: [&[u8]; 3] = [
            FORM,
            b"grant_type=client_credentials&scope=reports%3Aread",
            b"scope=&grant_type=client%5Fcredentials",
        ];
        for form in forms {
            assert!(decode(&basic_of("id:secret"), form).is_ok());
        }
        let forms: [&[u8]; 6] = [
            b"",
            b"grant_type=",
            b"grant_type=password",
            b"{\"grant_type\":\"client_credentials\"}",
            b"grant_type=client_credentials&grant_type=client_credentials",
            b"\xff\xfe",
        ];
        for form in forms {
            assert_eq!(reason(&basic_of("id:secret"), form), Some(Reason::FieldInvalid), "{form:?}");
        }
    }

    #[test]
    fn a_subscription_key_however_empty_is_refused() {
        for key in ["", "0123456789abcdef0123456789abcdef"] {
            let mut headers = basic_of("id:secret");
            headers.insert(SUBSCRIPTION_KEY, HeaderValue::from_static(key));
            assert_eq!(reason(&headers, FORM), Some(Reason::FieldInvalid), "{key}");
        }
    }

    #[test]
    fn what_is_no_pair_of_credentials_is_refused() {
        let broken =
            ["Basic", "Basic ", "Basic !", "Basic aWQ", "Bearer aWQ6eA==", "aWQ6eA==", "Basic //86eA=="];
        for authorization in broken {
            assert_eq!(reason(&headers(authorization), FORM), Some(Reason::ClientInvalid), "{authorization}");
        }
        assert_eq!(reason(&HeaderMap::new(), FORM), Some(Reason::ClientInvalid));
    }
}
