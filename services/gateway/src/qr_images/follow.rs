//! `GET /q/{code}`: sends a browser on that opens what a code holds. The app knows by itself what to do with one.

use axum::{
    extract::{Path, State, rejection::PathRejection},
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use kvitt_proto::{error::v1::Reason, refusal};
use tonic::Status;

use super::file::is_code;
use crate::{gateway::Gateway, problem::Refused};

/// The operation.
pub(crate) async fn follow(
    State(gateway): State<Gateway>,
    code: Result<Path<String>, PathRejection>,
) -> Result<Response, Refused> {
    let code = code.ok().map(|Path(code)| code).filter(|code| is_code(code)).ok_or_else(nothing)?;
    let known = gateway.codes_of_the_moment().find(gateway.scans(), &code).await;
    let known = known.map_err(|status| match refusal::reason_of(&status) {
        Some(Reason::NotFound) => nothing(),
        _ => status,
    })?;
    Ok(to(&known.target_url)?)
}

/// Where it leads may change, so nobody keeps the answer.
fn to(target_url: &str) -> Result<Response, Status> {
    if target_url.is_empty() {
        let detail = "This code is for the app: open the app and scan it there.";
        return Err(refusal::status(Reason::NotFound, detail));
    }
    let location = HeaderValue::try_from(target_url)
        .map_err(|_| refusal::status(Reason::Internal, "a code leads to what is no address"))?;
    let mut response = StatusCode::FOUND.into_response();
    response.headers_mut().insert(header::LOCATION, location);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

fn nothing() -> Status {
    refusal::status(Reason::NotFound, "This code leads nowhere, or no longer.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_sent_on_or_told_why_not() {
        let response = to("https://shop.example/a?b=c#d").unwrap();
        assert_eq!(response.status(), StatusCode::FOUND);
        assert_eq!(response.headers()[header::LOCATION], "https://shop.example/a?b=c#d");
        assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
        let refused = to("").unwrap_err();
        assert!(refused.message().contains("scan it"));
        assert_eq!(refusal::reason_of(&to("https://shop.example/\n").unwrap_err()), Some(Reason::Internal));
    }
}
