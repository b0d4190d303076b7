//! Words a refusal in the language of the API that was called, for every layer and handler further in.

use axum::{extract::Request, response::Response};
use http::header;

use super::count::Told;
use crate::{
    accesstoken, checkout, ecomm, management, order_management,
    problem::{self, Refused},
    qr, report,
};

/// Replaces a [`Refused`] by the error body of the API, which the first segment of the path names.
pub(crate) async fn word<F: Future<Output = Response>>(
    request: Request,
    next: impl FnOnce(Request) -> F,
) -> Response {
    let path = request.uri().path().to_owned();
    let response = next(request).await;
    let Some(Refused(status)) = response.extensions().get::<Refused>() else {
        return response;
    };
    let trace_id = kvitt_runtime::trace_parent();
    let info = problem::info_of(status);
    if info.http_status >= 500 {
        tracing::warn!(reason = info.name, code = ?status.code(), error = status.message(), "request failed");
    } else {
        tracing::debug!(reason = info.name, error = status.message(), "request refused");
    }
    let (api, below) = split_api(&path);
    let code = if api == "ecomm" { ecomm::refusal::code(info) } else { problem::code(info) };
    let told = Told { code, trace_id: trace_id.clone() };
    let mut worded = match api {
        "ecomm" => ecomm::refusal::response(status, &trace_id),
        "accesstoken" | "miami" => accesstoken::refusal::response(status, &trace_id),
        "checkout" => checkout::problem::response(status, below),
        "management" => management::problem::response(status, &trace_id),
        "order-management" => order_management::problem::response(status, &trace_id),
        "qr" => qr::problem::response(status, below, &trace_id),
        "report" | "settlement" => report::problem::response(status, below, &trace_id),
        _ => problem::response(status, below, trace_id),
    };
    worded.extensions_mut().insert(told);
    // All else in the headers is about a body that was not there.
    if let Some(methods) = response.headers().get(header::ALLOW) {
        worded.headers_mut().insert(header::ALLOW, methods.clone());
    }
    worded
}

/// The same as a layer of axum's, for tests of other layers.
#[cfg(test)]
pub(super) async fn worded(request: Request, next: axum::middleware::Next) -> Response {
    word(request, |request| next.run(request)).await
}

/// The API's name and the path below its root: `/epayment/v1/payments` is `epayment` and `/v1/payments`.
fn split_api(path: &str) -> (&str, &str) {
    let inner = path.strip_prefix('/').unwrap_or(path);
    match inner.find('/') {
        Some(end) => (&inner[..end], &inner[end..]),
        None => (inner, path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_instance_begins_below_the_api() {
        let table = [
            ("/epayment/v1/payments/order-1/capture", ("epayment", "/v1/payments/order-1/capture")),
            ("/nowhere", ("nowhere", "/nowhere")),
            ("/", ("", "/")),
        ];
        for (path, expected) in table {
            assert_eq!(split_api(path), expected, "{path}");
        }
    }
}
