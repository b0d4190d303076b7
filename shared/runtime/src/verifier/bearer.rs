//! Where a token stands in a request.

use http::{HeaderMap, HeaderName, HeaderValue};
use kvitt_proto::error::v1::Reason;
use kvitt_proto::refusal;
use tonic::Status;

/// The token of the one on whose behalf the request is made.
pub const AUTHORIZATION: HeaderName = http::header::AUTHORIZATION;

/// The token of the mesh service that sends the request.
pub const SERVICE: HeaderName = HeaderName::from_static("x-kvitt-service");

/// The token in the header `name`; `None` when there is none. The scheme word is `Bearer` in any case, and nothing
/// else is taken for a token.
pub fn find<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a str>, Status> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(refusal::status(Reason::TokenInvalid, format!("{name} stands more than once")));
    }
    let text = value
        .to_str()
        .map_err(|_not_text| refusal::status(Reason::TokenInvalid, format!("{name} is not visible ASCII")))?;
    match text.trim().split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") && !token.trim().is_empty() => {
            Ok(Some(token.trim()))
        }
        Some(_) | None => {
            Err(refusal::status(Reason::TokenMissing, format!("{name} is not the word Bearer and a token")))
        }
    }
}

/// The header's value for `token`, marked so that no log and no compression table keeps it; `None` when it cannot
/// stand in a header.
pub fn value(token: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(&format!("Bearer {token}")).ok()?;
    value.set_sensitive(true);
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(text: &str) -> HeaderMap {
        HeaderMap::from_iter([(AUTHORIZATION, text.parse().unwrap())])
    }

    #[test]
    fn the_scheme_word_is_bearer_in_any_case() {
        for text in ["Bearer abc", "bearer abc", "BEARER  abc "] {
            assert_eq!(find(&headers(text), &AUTHORIZATION).unwrap(), Some("abc"), "{text:?}");
        }
        assert_eq!(find(&HeaderMap::new(), &AUTHORIZATION).unwrap(), None);
    }

    #[test]
    fn a_bare_token_or_another_scheme_is_a_missing_token() {
        for text in ["abc", "Basic abc", "Bearer", "Bearer ", "Bearerabc", ""] {
            let refused = find(&headers(text), &AUTHORIZATION).unwrap_err();
            assert_eq!(refusal::reason_of(&refused), Some(Reason::TokenMissing), "{text:?}");
        }
    }

    #[test]
    fn two_tokens_in_one_place_are_refused() {
        let mut headers = headers("Bearer abc");
        headers.append(AUTHORIZATION, "Bearer def".parse().unwrap());
        let refused = find(&headers, &AUTHORIZATION).unwrap_err();
        assert_eq!(refusal::reason_of(&refused), Some(Reason::TokenInvalid));
    }
}
