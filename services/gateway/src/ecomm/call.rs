//! What an operation is called with: the sales unit, the order of the path, the request id, the body.

use std::{convert::Infallible, sync::Arc};

use axum::extract::{FromRequestParts, RawPathParams};
use http::{HeaderMap, request::Parts};
use kvitt_primitives::{IdempotencyKey, Msn};
use kvitt_proto::error::v1::Reason;
use tonic::Status;
use uuid::Uuid;

use super::{auth::ParsedBody, json::read};
use crate::body::{Faults, Field, Tree};

const REQUEST_ID: &str = "X-Request-Id";

const REQUEST_ID_RULE: &str = "must be 1 to 40 printable characters";

const LONGEST_REQUEST_ID: usize = 40;

const LONGEST_TEXT: usize = 100;

/// A call whose caller has been proven. Of its body only the sales unit has been read.
#[derive(Debug)]
pub(crate) struct Call {
    msn: Msn,
    order_id: String,
    request_id: RequestId,
    body: Arc<Tree>,
}

/// What stands in the header `X-Request-Id`.
#[derive(Debug, PartialEq)]
enum RequestId {
    Absent,
    Given(String),
    Broken,
}

/// What names a change inside the mesh, where every attempt has a key.
#[derive(Debug, PartialEq)]
pub(super) struct Key {
    pub(super) text: String,
    /// It was made for this call, and is never shown.
    pub(super) minted: bool,
}

/// A call being decoded: what is broken is noted, and told all at once.
pub(super) struct Input<'a> {
    call: &'a Call,
    root: Field<'a>,
    faults: &'a Faults,
}

impl Call {
    /// The sales unit.
    pub(super) fn msn(&self) -> &Msn {
        &self.msn
    }

    /// The order in the body, if that names one.
    pub(super) fn named_order(&self) -> Option<String> {
        let faults = Faults::default();
        Field::root(&self.body, &faults).ok()?.field("transaction").field("orderId").text_or_integer()
    }

    /// Builds a request from the call; a refusal when anything was broken.
    pub(super) fn decode<T>(&self, build: impl FnOnce(&Input<'_>) -> T) -> Result<T, Status> {
        let faults = Faults::default();
        let request = build(&Input { call: self, root: Field::root(&self.body, &faults)?, faults: &faults });
        faults.finish().map(|()| request)
    }

    /// The order in the path. One that cannot be is as unknown as one that is not.
    pub(super) fn order_id(&self) -> Result<&str, Status> {
        if read::is_order_id(&self.order_id) {
            return Ok(&self.order_id);
        }
        let detail = "The sales unit has no such order.";
        Err(kvitt_proto::refusal::status(Reason::ReferenceNotFound, detail))
    }
}

impl<'a> Input<'a> {
    /// The sales unit.
    pub(super) fn msn(&self) -> String {
        self.call.msn.to_string()
    }

    /// The client's request id, or else `minted`. An empty one is none: that is how some plugins leave it out.
    pub(super) fn key(&self, minted: Uuid) -> Key {
        match &self.call.request_id {
            RequestId::Given(text) => return Key { text: text.clone(), minted: false },
            RequestId::Absent => {}
            RequestId::Broken => self.faults.field(REQUEST_ID, REQUEST_ID_RULE),
        }
        Key { text: minted.to_string(), minted: true }
    }

    /// `transaction.transactionText`, which is never left out.
    pub(super) fn text(&self) -> String {
        read::required_text(self.field("transaction").required().field("transactionText"), LONGEST_TEXT)
    }

    /// A field of the body.
    pub(super) fn field(&self, name: &str) -> Field<'a> {
        self.root.field(name)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Call {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let params = RawPathParams::from_request_parts(parts, state).await.ok();
        let order_id = params.iter().flatten().find(|(name, _)| *name == "orderId");
        let order_id = order_id.map(|(_, value)| value.to_owned()).unwrap_or_default();
        const PROVEN: &str = "the auth layer stands before every operation of this API";
        let ParsedBody(body) = parts.extensions.remove().expect(PROVEN);
        let msn = parts.extensions.remove().expect(PROVEN);
        Ok(Self { msn, order_id, request_id: request_id(&parts.headers), body })
    }
}

fn request_id(headers: &HeaderMap) -> RequestId {
    let mut values = headers.get_all(REQUEST_ID).iter();
    let Some(value) = values.next() else { return RequestId::Absent };
    if values.next().is_some() {
        return RequestId::Broken;
    }
    match str::from_utf8(value.as_bytes()).map(str::trim) {
        Ok("") => RequestId::Absent,
        Ok(text) if text.chars().count() > LONGEST_REQUEST_ID => RequestId::Broken,
        Ok(text) => text
            .parse::<IdempotencyKey>()
            .map_or(RequestId::Broken, |key| RequestId::Given(key.as_str().to_owned())),
        Err(_) => RequestId::Broken,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use http::{HeaderName, HeaderValue};
    use kvitt_proto::refusal;

    use super::*;

    /// A call with the request id `request-1` on the order `order-1`.
    pub(crate) fn call(body: &str) -> Call {
        Call {
            msn: "123456".parse().unwrap(),
            order_id: "order-1".to_owned(),
            request_id: RequestId::Given("request-1".to_owned()),
            body: Arc::new(Tree::parse(body.as_bytes()).unwrap()),
        }
    }

    /// The same without a request id.
    pub(crate) fn call_without_id(body: &str) -> Call {
        Call { request_id: RequestId::Absent, ..call(body) }
    }

    /// The fields that a refusal names.
    pub(crate) fn named(status: &Status) -> Vec<String> {
        refusal::field_violations_of(status).into_iter().map(|violation| violation.field).collect()
    }

    fn in_header(values: &[&[u8]]) -> RequestId {
        let name = HeaderName::from_static("x-request-id");
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(&name, HeaderValue::from_bytes(value).unwrap());
        }
        request_id(&headers)
    }

    #[test]
    fn an_empty_request_id_is_none_and_a_long_one_is_broken() {
        let given = |text: &str| RequestId::Given(text.to_owned());
        let (longest, too_long) = ("k".repeat(40), "k".repeat(41));
        let table: [(&[&[u8]], RequestId); 9] = [
            (&[], RequestId::Absent),
            (&[b""], RequestId::Absent),
            (&[b"  "], RequestId::Absent),
            (&[b"0"], given("0")),
            (&[b" order-1 "], given("order-1")),
            (&[longest.as_bytes()], given(&longest)),
            (&[too_long.as_bytes()], RequestId::Broken),
            (&[b"a", b"a"], RequestId::Broken),
            (&[b"\xff"], RequestId::Broken),
        ];
        for (values, expected) in table {
            assert_eq!(in_header(values), expected, "{values:?}");
        }
    }

    #[test]
    fn a_key_is_minted_where_the_client_names_none() {
        let minted = call_without_id("").decode(|input| input.key(Uuid::nil())).unwrap();
        assert_eq!(minted, Key { text: Uuid::nil().to_string(), minted: true });
        let given = call("").decode(|input| input.key(Uuid::nil())).unwrap();
        assert_eq!(given, Key { text: "request-1".to_owned(), minted: false });
        let broken = Call { request_id: RequestId::Broken, ..call("") };
        assert_eq!(named(&broken.decode(|input| input.key(Uuid::nil())).unwrap_err()), ["X-Request-Id"]);
    }

    #[test]
    fn an_order_that_cannot_be_is_unknown() {
        let longest = "o".repeat(50);
        for (order_id, known) in
            [("1", true), (&*longest, true), (&"o".repeat(51), false), ("a_b", false), ("", false)]
        {
            let call = Call { order_id: order_id.to_owned(), ..call("") };
            let found = call.order_id().map_err(|status| refusal::reason_of(&status));
            assert_eq!(found, if known { Ok(order_id) } else { Err(Some(Reason::ReferenceNotFound)) });
        }
    }

    #[test]
    fn the_text_of_a_transaction_is_never_left_out() {
        let table = [
            ("", "transaction"),
            (r#"{"transaction":[]}"#, "transaction"),
            (r#"{"transaction":{}}"#, "transaction.transactionText"),
            (r#"{"transaction":{"transactionText":""}}"#, "transaction.transactionText"),
            (r#"{"transaction":{"transactionText":1}}"#, "transaction.transactionText"),
            (
                &format!(r#"{{"transaction":{{"transactionText":"{}"}}}}"#, "ø".repeat(101)),
                "transaction.transactionText",
            ),
        ];
        for (body, field) in table {
            assert_eq!(named(&call(body).decode(|input| input.text()).unwrap_err()), [field], "{body}");
        }
        let longest = "ø".repeat(100);
        let body = format!(r#"{{"transaction":{{"transactionText":"{longest}"}}}}"#);
        assert_eq!(call(&body).decode(|input| input.text()).unwrap(), longest);
    }
}
