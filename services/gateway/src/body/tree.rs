//! JSON as a tree that keeps what `serde_json::Value` forgets: keys that stand twice.

use std::fmt;

use kvitt_proto::{error::v1::Reason, refusal};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Number;
use tonic::Status;

/// How deep a body may nest. Upstream's deepest request is 6 levels.
const MAX_DEPTH: usize = 64;

/// One JSON value.
#[derive(Debug, PartialEq)]
pub(crate) enum Tree {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    Array(Vec<Tree>),
    Object(Vec<(String, Tree)>),
}

impl Tree {
    /// The body as a tree; an empty one is `Null`. BODY_MALFORMED when it is not JSON or nests too deep.
    pub(crate) fn parse(body: &[u8]) -> Result<Self, Status> {
        if body.iter().all(u8::is_ascii_whitespace) {
            return Ok(Self::Null);
        }
        let mut deserializer = serde_json::Deserializer::from_slice(body);
        let parsed = Node { depth: 0 }.deserialize(&mut deserializer);
        parsed.and_then(|json| deserializer.end().map(|()| json)).map_err(|error| {
            refusal::status(Reason::BodyMalformed, format!("The body could not be read as JSON: {error}."))
        })
    }

    /// What to call it in a message.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::Text(_) => "a string",
            Self::Array(_) => "an array",
            Self::Object(_) => "an object",
        }
    }
}

/// Builds the value at one depth.
#[derive(Clone, Copy)]
struct Node {
    depth: usize,
}

impl Node {
    fn deeper<E: Error>(self) -> Result<Self, E> {
        if self.depth < MAX_DEPTH {
            Ok(Self { depth: self.depth + 1 })
        } else {
            Err(E::custom(format_args!("nested deeper than {MAX_DEPTH} levels")))
        }
    }
}

impl<'de> DeserializeSeed<'de> for Node {
    type Value = Tree;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Tree, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node {
    type Value = Tree;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Tree, E> {
        Ok(Tree::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Tree, E> {
        Ok(Tree::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Tree, E> {
        Ok(Tree::Number(value.into()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Tree, E> {
        Ok(Tree::Number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Tree, E> {
        Number::from_f64(value).map(Tree::Number).ok_or_else(|| E::custom("number out of range"))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Tree, E> {
        Ok(Tree::Text(value.to_owned()))
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Tree, E> {
        Ok(Tree::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Tree, A::Error> {
        let child = self.deeper()?;
        let mut array = Vec::new();
        while let Some(element) = elements.next_element_seed(child)? {
            array.push(element);
        }
        Ok(Tree::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Tree, A::Error> {
        let child = self.deeper()?;
        let mut object = Vec::new();
        while let Some(key) = entries.next_key()? {
            object.push((key, entries.next_value_seed(child)?));
        }
        Ok(Tree::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_absent_body_is_null() {
        for body in ["", "  \r\n\t", "null", " null "] {
            assert_eq!(Tree::parse(body.as_bytes()).unwrap(), Tree::Null);
        }
    }

    #[test]
    fn keys_that_stand_twice_are_kept() {
        let Tree::Object(entries) = Tree::parse(br#"{"a":1,"a":2}"#).unwrap() else { panic!("an object") };
        assert_eq!(entries.len(), 2);
    }

    #[test]
    fn what_is_not_json_is_refused() {
        let deep = "[".repeat(10_000);
        let deep_objects = r#"{"a":"#.repeat(10_000);
        let closed = format!("{}{}", "[".repeat(65), "]".repeat(65));
        let bodies: [&[u8]; 12] = [
            b"{",
            b"{\"a\":1,}",
            b"[1,]",
            b"{} {}",
            b"{'a':1}",
            b"{\"a\":\xff}",
            b"{\"a\":\"\xc3\x28\"}",
            b"{\"a\":\"\\ud800\"}",
            b"\xef\xbb\xbf{}",
            deep.as_bytes(),
            deep_objects.as_bytes(),
            closed.as_bytes(),
        ];
        for body in bodies {
            let refused = Tree::parse(body).unwrap_err();
            assert_eq!(refusal::reason_of(&refused), Some(Reason::BodyMalformed));
        }
    }

    #[test]
    fn a_body_may_nest_up_to_the_limit() {
        let body = format!("{}{}", "[".repeat(MAX_DEPTH), "]".repeat(MAX_DEPTH));
        assert!(Tree::parse(body.as_bytes()).is_ok());
    }
}
