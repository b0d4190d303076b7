//! `GET /qr-images/v1/{token}.svg` and `.png?size=`: the code of a QR payment, as long as the payment waits
//! (contract-payments sections 5.2 and 8).

use std::borrow::Cow;

use axum::{
    extract::{Path, RawQuery, State, rejection::PathRejection},
    response::{IntoResponse, Response},
};
use http::{HeaderValue, header};
use kvitt_proto::{
    error::v1::Reason,
    payment::v1::{GetPayerTermsRequest, PaymentState, UserFlow},
    refusal::{self, FieldViolation},
};
use kvitt_qr_image::{Look, Size};
use tonic::Status;

use crate::{gateway::Gateway, problem::Refused};

/// What an image's address asks for.
#[derive(Debug, PartialEq, Eq)]
enum Wanted<'a> {
    Svg(&'a str),
    Png(&'a str, i32),
}

/// The operation.
pub(crate) async fn payment(
    State(gateway): State<Gateway>,
    file: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
) -> Result<Response, Refused> {
    let file = file.map_err(|_| gone())?;
    let wanted = wanted(&file, query.as_deref().unwrap_or_default())?;
    let (Wanted::Svg(token) | Wanted::Png(token, _)) = wanted;
    if token.is_empty() {
        return Err(gone().into());
    }
    let request = GetPayerTermsRequest { redirect_token: token.to_owned(), ..Default::default() };
    let terms = match gateway.payments().get_payer_terms(request).await {
        Ok(answer) => answer.into_inner().terms.unwrap_or_default(),
        Err(status) if refusal::reason_of(&status) == Some(Reason::ReferenceNotFound) => {
            return Err(gone().into());
        }
        Err(status) => return Err(status.into()),
    };
    if terms.state() != PaymentState::Created || terms.user_flow() != UserFlow::Qr {
        return Err(gone().into());
    }
    Ok(image(&wanted, &terms.landing_url)?)
}

/// Reads `token.svg`, or `token.png` with its size.
fn wanted<'a>(file: &'a str, query: &str) -> Result<Wanted<'a>, Status> {
    if let Some(token) = file.strip_suffix(".svg") {
        return Ok(Wanted::Svg(token));
    }
    let token = file.strip_suffix(".png").ok_or_else(gone)?;
    let pairs = url::form_urlencoded::parse(query.as_bytes());
    let size = pairs.into_iter().find(|(name, _)| name.eq_ignore_ascii_case("size")).map(|(_, size)| size);
    match size.as_ref().map(Cow::as_ref).map(str::parse) {
        None => Ok(Wanted::Png(token, Size::default().pixels())),
        Some(Ok(size)) => Ok(Wanted::Png(token, size)),
        Some(Err(_)) => Err(bad_size()),
    }
}

/// The picture. Who scans late gets a fresh answer: the code ends with its payment.
fn image(wanted: &Wanted<'_>, target: &str) -> Result<Response, Status> {
    let too_long = |_| refusal::status(Reason::Internal, "the landing page's address is too long for a code");
    let (media_type, bytes) = match wanted {
        Wanted::Svg(_) => {
            ("image/svg+xml", kvitt_qr_image::svg(target, Look::Branded).map_err(too_long)?.into_bytes())
        }
        Wanted::Png(_, size) => {
            let size = Size::try_new(*size).map_err(|_| bad_size())?;
            ("image/png", kvitt_qr_image::png(target, size, Look::Branded).map_err(too_long)?)
        }
    };
    let mut response = bytes.into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

fn bad_size() -> Status {
    refusal::fields(vec![FieldViolation::new("size", "must be between 100 and 2000")])
}

fn gone() -> Status {
    refusal::status(Reason::NotFound, "There is no such code, or its payment has ended.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_a_token_a_format_and_perhaps_a_size() {
        assert_eq!(wanted("abc.svg", "").unwrap(), Wanted::Svg("abc"));
        assert_eq!(wanted("abc.png", "").unwrap(), Wanted::Png("abc", 1024));
        assert_eq!(wanted("abc.png", "Size=333").unwrap(), Wanted::Png("abc", 333));
        for (file, query) in [("abc", ""), ("abc.gif", ""), ("abc.png", "size=big"), ("", "")] {
            assert!(wanted(file, query).is_err(), "{file}?{query}");
        }
    }

    #[test]
    fn a_picture_has_its_media_type_and_is_not_kept() {
        let svg = image(&Wanted::Svg("t"), "https://landing.example/?token=t").unwrap();
        assert_eq!(svg.headers()[header::CONTENT_TYPE], "image/svg+xml");
        let png = image(&Wanted::Png("t", 300), "https://landing.example/?token=t").unwrap();
        assert_eq!(png.headers()[header::CONTENT_TYPE], "image/png");
        assert_eq!(png.headers()[header::CACHE_CONTROL], "no-store");
        assert!(image(&Wanted::Png("t", 99), "https://landing.example/").is_err());
    }
}
