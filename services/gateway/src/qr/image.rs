//! How the picture of a code should be, as callers say it: redirects and one-time codes by `Accept` and `Size`, newer
//! clients also in the body, callbacks in the query.

use http::{HeaderMap, header};
use kvitt_proto::{error::v1::Reason, payment::v1::QrFormat, qr::v1::QrImage, refusal};
use kvitt_qr_image::{Border, Size};
use tonic::Status;
use url::form_urlencoded;

use crate::{
    body::{Faults, Field},
    layers::auth,
};

const SIZE: &str = "Size";

const WHITE_BORDER: &str = "whiteBorder";

const SIZE_RULE: &str = "must be a whole number from 100 to 2000";

const BORDER_RULE: &str = "must be a whole number from 0 to 100";

/// What `Accept` may name, in small letters. `image/*` and `*/*` leave it to us, and we draw an SVG unless told otherwise.
const MEDIA_TYPES: [(&str, QrFormat); 5] = [
    ("image/svg+xml", QrFormat::ImageSvg),
    ("image/png", QrFormat::ImagePng),
    ("text/targeturl", QrFormat::TextTargetUrl),
    ("image/*", QrFormat::ImageSvg),
    ("*/*", QrFormat::ImageSvg),
];

/// What the query may name, in capitals.
const FORMATS: [(&str, QrFormat); 2] = [("PNG", QrFormat::ImagePng), ("SVG", QrFormat::ImageSvg)];

/// What `Accept` asks for: the first of its media types that we can give, as browsers and libraries send several.
///
/// The header is required upstream, so a call without it is refused like one that names only what we do not have. `*/*` is
/// taken for what it says, although upstream's list lacks it: it is what curl and most libraries send unasked.
pub(super) fn format(headers: &HeaderMap) -> Result<QrFormat, Status> {
    let values = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let wanted = values.flat_map(|value| value.split(',')).find_map(|entry| {
        let mut parts = entry.split(';').map(str::trim);
        let media_type = parts.next().unwrap_or_default();
        let known = MEDIA_TYPES.iter().find(|(known, _)| known.eq_ignore_ascii_case(media_type))?;
        (!parts.any(is_refusing)).then_some(known.1)
    });
    wanted.ok_or_else(|| {
        let detail = "The header Accept must name image/svg+xml, image/png, image/* or text/targetUrl.";
        refusal::status(Reason::MediaTypeNotSupported, detail)
    })
}

/// `q=0` names what is not wanted.
fn is_refusing(parameter: &str) -> bool {
    let weight = parameter.strip_prefix("q=").or(parameter.strip_prefix("Q="));
    weight.is_some_and(|weight| weight.starts_with('0') && weight.chars().all(|c| matches!(c, '0' | '.')))
}

/// The picture that headers ask for.
pub(super) fn of_headers(headers: &HeaderMap) -> Result<QrImage, Status> {
    let (format, faults) = (format(headers)?, Faults::default());
    let image = wanted(format, header_size(headers, &faults), header_border(headers, &faults));
    faults.finish().map(|()| image)
}

/// The same where the body may say so too; what stands there counts.
pub(super) fn of_call(format: QrFormat, headers: &HeaderMap, body: &Field<'_>, faults: &Faults) -> QrImage {
    let member = |name, is_fit: fn(i32) -> bool, rule| {
        let field = body.field(name);
        let number = field.small_integer();
        if number.is_some_and(|number| !is_fit(number)) {
            field.refuse(rule);
        }
        number
    };
    let size = member("size", is_size, SIZE_RULE).or_else(|| header_size(headers, faults));
    let border = member(WHITE_BORDER, is_border, BORDER_RULE).or_else(|| header_border(headers, faults));
    wanted(format, size, border)
}

/// The picture that a query asks for, in which case nobody minds the case. Where a name stands twice, the last one counts.
pub(super) fn of_query(query: &str) -> Result<QrImage, Status> {
    let (faults, mut format, mut size) = (Faults::default(), QrFormat::ImageSvg, None);
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        if name.eq_ignore_ascii_case("QrImageFormat") {
            let known = FORMATS.iter().find(|(known, _)| known.eq_ignore_ascii_case(value.trim()));
            match known {
                Some((_, known)) => format = *known,
                None => faults.field("QrImageFormat", "must be one of PNG, SVG"),
            }
        } else if name.eq_ignore_ascii_case("QrImageSize") {
            size = number("QrImageSize", &value, is_size, &faults);
        }
    }
    let image = wanted(format, size, None);
    faults.finish().map(|()| image)
}

/// Pixels are a matter of PNG only.
fn wanted(format: QrFormat, size: Option<i32>, white_border: Option<i32>) -> QrImage {
    if format == QrFormat::ImagePng {
        QrImage { format: format.into(), size, white_border }
    } else {
        QrImage { format: format.into(), size: None, white_border: None }
    }
}

fn header_size(headers: &HeaderMap, faults: &Faults) -> Option<i32> {
    header_number(headers, SIZE, is_size, faults)
}

fn header_border(headers: &HeaderMap, faults: &Faults) -> Option<i32> {
    header_number(headers, WHITE_BORDER, is_border, faults)
}

fn header_number(headers: &HeaderMap, name: &str, is_fit: fn(i32) -> bool, faults: &Faults) -> Option<i32> {
    if auth::is_absent(headers, name) {
        return None;
    }
    // One that stands twice says nothing that could be taken.
    number(name, auth::text(headers, name).unwrap_or_default(), is_fit, faults)
}

fn number(name: &str, digits: &str, is_fit: fn(i32) -> bool, faults: &Faults) -> Option<i32> {
    let number = digits.trim().parse().ok().filter(|number| is_fit(*number));
    if number.is_none() {
        faults.field(name, if name == WHITE_BORDER { BORDER_RULE } else { SIZE_RULE });
    }
    number
}

fn is_size(pixels: i32) -> bool {
    Size::try_new(pixels).is_ok()
}

fn is_border(pixels: i32) -> bool {
    Border::try_new(pixels).is_ok()
}

#[cfg(test)]
mod tests;
