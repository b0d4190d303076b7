//! What an operation is called with: the sales unit, the reference of the path, the idempotency key, the body.

use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, RawPathParams, Request},
};
use http::{HeaderMap, Method};
use kvitt_primitives::{IdempotencyKey, Msn, Reference};
use tonic::Status;

use crate::{
    body::{self, Faults, Field, Tree},
    problem::Refused,
};

const IDEMPOTENCY_KEY: &str = "Idempotency-Key";

/// A call whose caller has been proven. Nothing of it has been judged.
#[derive(Debug)]
pub(crate) struct Call {
    msn: Msn,
    reference: Option<String>,
    key: Key,
    body: Bytes,
}

/// What stands in the header `Idempotency-Key`.
#[derive(Debug)]
enum Key {
    Absent,
    Given(IdempotencyKey),
    /// What it should be and is not.
    Broken(&'static str),
}

/// A call being decoded: what is broken is noted, and told all at once.
pub(crate) struct Input<'a> {
    call: &'a Call,
    root: Field<'a>,
    faults: &'a Faults,
}

impl Call {
    /// The sales unit.
    pub(crate) fn msn(&self) -> &Msn {
        &self.msn
    }

    /// The reference in the path, whatever it is.
    pub(crate) fn path_reference(&self) -> String {
        self.reference.clone().unwrap_or_default()
    }

    /// The body as JSON.
    pub(crate) fn parse(&self) -> Result<Tree, Status> {
        Tree::parse(&self.body)
    }

    /// Builds a request from the call; FIELD_INVALID or another refusal when anything was broken.
    pub(crate) fn decode<T>(&self, build: impl FnOnce(&Input<'_>) -> T) -> Result<T, Status> {
        self.decode_body(&self.parse()?, build)
    }

    /// The same where upstream wants no body: some clients send an empty array instead (contract section 12).
    pub(crate) fn decode_optional<T>(&self, build: impl FnOnce(&Input<'_>) -> T) -> Result<T, Status> {
        let tree = match self.parse()? {
            Tree::Array(elements) if elements.is_empty() => Tree::Null,
            other => other,
        };
        self.decode_body(&tree, build)
    }

    /// The same for a call whose body has been parsed.
    pub(crate) fn decode_body<T>(
        &self,
        tree: &Tree,
        build: impl FnOnce(&Input<'_>) -> T,
    ) -> Result<T, Status> {
        let faults = Faults::default();
        let request = build(&Input { call: self, root: Field::root(tree, &faults)?, faults: &faults });
        faults.finish().map(|()| request)
    }
}

impl Input<'_> {
    /// The sales unit.
    pub(crate) fn msn(&self) -> String {
        self.call.msn.to_string()
    }

    /// The reference in the path.
    pub(crate) fn reference(&self) -> String {
        let reference = self.call.reference.as_deref().unwrap_or_default();
        if reference.parse::<Reference>().is_err() {
            self.faults.field("reference", Reference::RULE);
        }
        reference.to_owned()
    }

    /// The idempotency key, which must be there.
    pub(crate) fn key(&self) -> String {
        self.key_if_given().unwrap_or_else(|| {
            self.faults.field(IDEMPOTENCY_KEY, "is required");
            String::new()
        })
    }

    /// The idempotency key; an empty header counts as none.
    pub(crate) fn key_if_given(&self) -> Option<String> {
        match &self.call.key {
            Key::Absent => None,
            Key::Given(key) => Some(key.to_string()),
            Key::Broken(rule) => {
                self.faults.field(IDEMPOTENCY_KEY, *rule);
                None
            }
        }
    }

    /// A field of the body.
    pub(crate) fn field(&self, name: &str) -> Field<'_> {
        self.root.field(name)
    }
}

impl<S: Send + Sync> FromRequest<S> for Call {
    type Rejection = Refused;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refused> {
        let (mut parts, body) = request.into_parts();
        let params = RawPathParams::from_request_parts(&mut parts, state).await.ok();
        let reference = params.and_then(|params| {
            params.iter().find(|(name, _)| *name == "reference").map(|(_, value)| value.to_owned())
        });
        let told = [Method::POST, Method::PATCH].contains(&parts.method);
        let body = if told { body::collect(body).await? } else { Bytes::new() };
        let msn =
            parts.extensions.remove().expect("the auth layer stands before every operation of this API");
        Ok(Self { msn, reference, key: key_of(&parts.headers), body })
    }
}

fn key_of(headers: &HeaderMap) -> Key {
    let mut values = headers.get_all(IDEMPOTENCY_KEY).iter();
    let Some(value) = values.next() else { return Key::Absent };
    if values.next().is_some() {
        return Key::Broken("must stand only once");
    }
    match str::from_utf8(value.as_bytes()).map(str::trim) {
        Ok("") => Key::Absent,
        Ok(key) => key.parse().map_or(Key::Broken(IdempotencyKey::RULE), Key::Given),
        Err(_) => Key::Broken(IdempotencyKey::RULE),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use http::HeaderValue;
    use kvitt_proto::{error::v1::Reason, refusal};

    use super::*;

    /// A call under the key `key-1` on payment `order-12345678`.
    pub(crate) fn call(body: &str) -> Call {
        Call {
            msn: "123456".parse().unwrap(),
            reference: Some("order-12345678".to_owned()),
            key: Key::Given("key-1".parse().unwrap()),
            body: body.to_owned().into(),
        }
    }

    /// The same without a key.
    pub(crate) fn call_without_key(body: &str) -> Call {
        Call { key: Key::Absent, ..call(body) }
    }

    /// The fields that a refusal names.
    pub(crate) fn named(status: &Status) -> Vec<String> {
        refusal::field_violations_of(status).into_iter().map(|violation| violation.field).collect()
    }

    fn with_key(key: &str) -> Call {
        let header = HeaderValue::from_bytes(key.as_bytes()).unwrap();
        Call {
            key: key_of(&HeaderMap::from_iter([(http::HeaderName::from_static("idempotency-key"), header)])),
            ..call("")
        }
    }

    #[test]
    fn an_empty_key_is_none_and_a_long_one_is_refused() {
        assert_eq!(with_key("1").decode(|input| input.key()).unwrap(), "1");
        assert_eq!(with_key("").decode(|input| input.key_if_given()).unwrap(), None);
        assert_eq!(with_key(" ").decode(|input| input.key_if_given()).unwrap(), None);
        assert_eq!(named(&with_key("").decode(|input| input.key()).unwrap_err()), ["Idempotency-Key"]);
        assert_eq!(with_key(&"k".repeat(50)).decode(|input| input.key()).unwrap().len(), 50);
        let long = with_key(&"k".repeat(51));
        assert_eq!(named(&long.decode(|input| input.key()).unwrap_err()), ["Idempotency-Key"]);
        assert_eq!(named(&long.decode(|input| input.key_if_given()).unwrap_err()), ["Idempotency-Key"]);
    }

    #[test]
    fn a_key_that_stands_twice_is_refused() {
        let name = http::HeaderName::from_static("idempotency-key");
        let mut headers = HeaderMap::new();
        for key in ["key-1", "key-2"] {
            headers.append(&name, HeaderValue::from_static(key));
        }
        let call = Call { key: key_of(&headers), ..call("") };
        assert_eq!(named(&call.decode(|input| input.key_if_given()).unwrap_err()), ["Idempotency-Key"]);
    }

    #[test]
    fn header_path_and_body_are_judged_together() {
        let call = Call { key: Key::Absent, reference: Some("sh_rt".to_owned()), ..call(r#"{"n":"x"}"#) };
        let refused =
            call.decode(|input| (input.key(), input.reference(), input.field("n").integer())).unwrap_err();
        assert_eq!(named(&refused), ["Idempotency-Key", "reference", "n"]);
    }

    #[test]
    fn only_where_no_body_is_wanted_an_empty_array_is_none() {
        for body in ["", "null", "[]", "{}", " [ ] ", r#"{"unknown":[1]}"#] {
            assert!(call(body).decode_optional(|_| ()).is_ok(), "{body}");
        }
        for body in ["[1]", "\"\"", "{", "[]]"] {
            let refused = call(body).decode_optional(|_| ()).unwrap_err();
            assert_eq!(refusal::reason_of(&refused), Some(Reason::BodyMalformed), "{body}");
        }
        let refused = call("[]").decode(|_| ()).unwrap_err();
        assert_eq!(refusal::reason_of(&refused), Some(Reason::BodyMalformed));
    }
}
