//! `GET /qr-images/v1/{name}.svg` and `.png?size=&border=`: the picture of a code that a merchant has printed, as long as it
//! is one, or of a payment, as long as it waits (contract-payments sections 5.2 and 8).

use axum::{
    body::Bytes,
    extract::{Path, RawQuery, State, rejection::PathRejection},
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use kvitt_proto::{
    error::v1::Reason,
    payment::v1::{GetPayerTermsRequest, PayerTerms, PaymentState, UserFlow},
    refusal,
};
use sha2::{Digest, Sha256};
use tonic::Status;

use super::file::{CODE_LENGTH, Form, gone, is_code, wanted};
use crate::{gateway::Gateway, problem::Refused};

/// What is printed stays as it is, and plugins fetch a picture anew after an hour.
const KEPT: HeaderValue = HeaderValue::from_static("public, max-age=3600");

/// Who scans late gets a fresh answer: the code ends with its payment.
const NOT_KEPT: HeaderValue = HeaderValue::from_static("no-store");

/// How much of a hash names a picture.
const TAG_BYTES: usize = 16;

/// The operation.
pub(crate) async fn picture(
    State(gateway): State<Gateway>,
    file: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let file = file.map_err(|_| gone())?;
    let (name, form) = wanted(&file, query.as_deref().unwrap_or_default())?;
    if name.len() == CODE_LENGTH {
        Ok(of_code(&gateway, name, form, &headers).await?)
    } else {
        let is_scanned = |terms: &PayerTerms| terms.user_flow() == UserFlow::Qr;
        Ok(of_payment(&gateway, name, form, is_scanned).await?)
    }
}

/// `GET /qr-images/v1/one-time/{token}.svg` and `.png?size=&border=`: the picture that `POST /qr/v1` gives of any payment that
/// has a landing page.
pub(crate) async fn one_time(
    State(gateway): State<Gateway>,
    file: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
) -> Result<Response, Refused> {
    let file = file.map_err(|_| gone())?;
    let (token, form) = wanted(&file, query.as_deref().unwrap_or_default())?;
    Ok(of_payment(&gateway, token, form, |terms| !terms.landing_url.is_empty()).await?)
}

/// The picture of a code, unless the caller has it.
async fn of_code(gateway: &Gateway, code: &str, form: Form, headers: &HeaderMap) -> Result<Response, Status> {
    if !is_code(code) {
        return Err(gone());
    }
    let known = gateway.codes_of_the_moment().find(gateway.scans(), code).await.map_err(as_gone)?;
    let tag = tag(&known.content, form);
    if is_at_hand(headers, &tag) {
        let mut response = StatusCode::NOT_MODIFIED.into_response();
        keep(&mut response, tag);
        return Ok(response);
    }
    let mut response = answer(gateway.drawn().picture(&known.content, form).await?, form);
    keep(&mut response, tag);
    Ok(response)
}

/// The picture of a payment that has one and waits.
async fn of_payment(
    gateway: &Gateway,
    token: &str,
    form: Form,
    has_one: impl Fn(&PayerTerms) -> bool,
) -> Result<Response, Status> {
    let request = GetPayerTermsRequest { redirect_token: token.to_owned(), ..Default::default() };
    let answered = gateway.payments().get_payer_terms(request).await.map_err(as_gone)?;
    let terms = answered.into_inner().terms.unwrap_or_default();
    if terms.state() != PaymentState::Created || !has_one(&terms) {
        return Err(gone());
    }
    let mut response = answer(gateway.drawn().picture(&terms.landing_url, form).await?, form);
    response.headers_mut().insert(header::CACHE_CONTROL, NOT_KEPT);
    Ok(response)
}

/// What a service has not found is gone, in the same words whatever it was.
fn as_gone(status: Status) -> Status {
    match refusal::reason_of(&status) {
        Some(Reason::NotFound | Reason::ReferenceNotFound) => gone(),
        _ => status,
    }
}

fn answer(bytes: Bytes, form: Form) -> Response {
    let mut response = bytes.into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(form.media_type()));
    response
}

fn keep(response: &mut Response, tag: HeaderValue) {
    response.headers_mut().insert(header::CACHE_CONTROL, KEPT);
    response.headers_mut().insert(header::ETAG, tag);
}

/// Names a picture by what it was made from; another version of this program may draw it otherwise.
fn tag(content: &str, form: Form) -> HeaderValue {
    let (size, border) = match form {
        Form::Svg => (0, 0),
        Form::Png(picture) => (picture.size.pixels(), picture.border.pixels()),
    };
    let made_from = format!("{} {} {size} {border} {content}", env!("CARGO_PKG_VERSION"), form.media_type());
    let hash = URL_SAFE_NO_PAD.encode(&Sha256::digest(made_from)[..TAG_BYTES]);
    HeaderValue::try_from(format!("\"{hash}\"")).expect("base64 is visible ASCII")
}

/// Whether `If-None-Match` names the picture.
fn is_at_hand(headers: &HeaderMap, tag: &HeaderValue) -> bool {
    let values = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let mut tags = values.flat_map(|value| value.split(',')).map(str::trim);
    tags.any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known).as_bytes() == tag.as_bytes())
}

#[cfg(test)]
mod tests {
    use kvitt_qr_image::{Border, Picture, Size};

    use super::*;

    #[test]
    fn a_tag_names_all_that_makes_a_difference() {
        let png = |size, border| {
            let fits = (Size::try_new(size).unwrap(), Border::try_new(border).unwrap());
            Form::Png(Picture { size: fits.0, border: fits.1 })
        };
        let tags = [
            tag("a", Form::Svg),
            tag("b", Form::Svg),
            tag("a", png(100, 0)),
            tag("a", png(101, 0)),
            tag("a", png(100, 1)),
        ];
        for (index, one) in tags.iter().enumerate() {
            assert!(tags[index + 1..].iter().all(|other| other != one));
            assert!(one.to_str().unwrap().starts_with('"'));
        }
        assert_eq!(tag("a", png(100, 1)), tags[4]);
    }

    #[test]
    fn a_picture_is_at_hand_when_its_tag_is_named() {
        let tag = tag("a", Form::Svg);
        let told = tag.to_str().unwrap();
        for (value, expected) in [
            (told.to_owned(), true),
            (format!("\"other\", W/{told}"), true),
            ("*".to_owned(), true),
            ("\"other\"".to_owned(), false),
            (String::new(), false),
        ] {
            let headers =
                HeaderMap::from_iter([(header::IF_NONE_MATCH, HeaderValue::try_from(&value).unwrap())]);
            assert_eq!(is_at_hand(&headers, &tag), expected, "{value}");
        }
        assert!(!is_at_hand(&HeaderMap::new(), &tag));
    }
}
