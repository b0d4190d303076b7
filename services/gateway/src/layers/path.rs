//! Clients write `/accessToken/get` and `/payments/`: the fixed words of a path match in any case, with or without
//! a slash at the end. What stands in the place of `{reference}` is the client's own and keeps its case.

use axum::{extract::Request, response::Response};
use http::Uri;
use tracing::Span;

/// The pattern that the path of a request matches, left in the answer for the layer that measures it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pattern(pub(crate) &'static str);

/// Rewrites the path to the pattern's spelling before it is routed.
pub(crate) async fn canonicalize<F: Future<Output = Response>>(
    patterns: &[&'static str],
    mut request: Request,
    next: impl FnOnce(Request) -> F,
) -> Response {
    let Some((pattern, path)) = canonical(request.uri().path(), patterns) else {
        return next(request).await;
    };
    if let Some(uri) = with_path(request.uri(), &path) {
        *request.uri_mut() = uri;
    }
    let span = Span::current();
    span.record("otel.name", format!("{} {pattern}", request.method()));
    span.record("http.route", pattern);
    let mut response = next(request).await;
    response.extensions_mut().insert(Pattern(pattern));
    response
}

/// The first pattern that the path matches, and the path as it spells it.
fn canonical(path: &str, patterns: &[&'static str]) -> Option<(&'static str, String)> {
    let path = path.strip_suffix('/').unwrap_or(path);
    patterns.iter().find_map(|pattern| Some((*pattern, spelt_as(pattern, path)?)))
}

fn spelt_as(pattern: &str, path: &str) -> Option<String> {
    let (words, segments): (Vec<_>, Vec<_>) = (pattern.split('/').collect(), path.split('/').collect());
    if words.len() != segments.len() {
        return None;
    }
    let spelt: Option<Vec<&str>> = words
        .into_iter()
        .zip(segments)
        .map(|(word, segment)| {
            let spelling = if word.starts_with('{') { segment } else { word };
            spelling.eq_ignore_ascii_case(segment).then_some(spelling)
        })
        .collect();
    spelt.map(|segments| segments.join("/"))
}

/// The same URI with another path; the query stays.
fn with_path(uri: &Uri, path: &str) -> Option<Uri> {
    let mut parts = uri.clone().into_parts();
    let path_and_query = uri.query().map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"));
    parts.path_and_query = Some(path_and_query.parse().ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATTERNS: [&str; 4] = [
        "/accesstoken/get",
        "/epayment/v1/payments",
        "/epayment/v1/payments/{reference}/capture",
        "/epayment/v1/test/payments/{reference}/approve",
    ];

    #[test]
    fn fixed_words_match_in_any_case_and_the_reference_keeps_its_own() {
        let table = [
            ("/accessToken/get", Some("/accesstoken/get")),
            ("/AccessToken/Get/", Some("/accesstoken/get")),
            ("/ePayment/V1/Payments/", Some("/epayment/v1/payments")),
            ("/EPAYMENT/v1/payments/AbC-12345/Capture", Some("/epayment/v1/payments/AbC-12345/capture")),
            ("/epayment/v1/payments/%41bc/capture/", Some("/epayment/v1/payments/%41bc/capture")),
            ("/epayment/v1/TEST/payments/Ref/approve", Some("/epayment/v1/test/payments/Ref/approve")),
            ("/epayment/v1/payments//CAPTURE", Some("/epayment/v1/payments//capture")),
            ("/epayment/v1/payments//", None),
            ("//accesstoken/get", None),
            ("/accesstoken", None),
            ("/", None),
            ("", None),
        ];
        for (path, expected) in table {
            let spelt = canonical(path, &PATTERNS).map(|(_, path)| path);
            assert_eq!(spelt.as_deref(), expected, "{path}");
        }
    }

    #[test]
    fn the_query_stays() {
        let uri = with_path(&Uri::from_static("/A/?x=Y"), "/a").unwrap();
        assert_eq!(uri, "/a?x=Y");
    }
}
