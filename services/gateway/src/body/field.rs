//! Reads a tree field by field, remembering every fault with the path of the field, so that one answer names all.

use std::{cell::RefCell, str::FromStr};

use chrono::{DateTime, Utc};
use kvitt_proto::{
    error::v1::Reason,
    reason,
    refusal::{self, FieldViolation},
};
use serde_json::Number;
use tonic::Status;

use super::Tree;

/// The largest whole number up to which a float is exact (2^53).
const MAX_EXACT_FLOAT: f64 = 9_007_199_254_740_992.0;

/// What was found wrong so far.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    fields: RefCell<Vec<FieldViolation>>,
    reasons: RefCell<Vec<(Reason, String)>>,
}

impl Faults {
    /// A field breaks a rule, for example `is required`. Only the first fault of a field is told.
    pub(crate) fn field(&self, path: &str, description: impl Into<String>) {
        let mut fields = self.fields.borrow_mut();
        if fields.iter().all(|known| known.field != path) {
            fields.push(FieldViolation::new(path, description));
        }
    }

    /// The request deserves a refusal of its own, with upstream's code.
    pub(crate) fn reason(&self, reason: Reason, detail: impl Into<String>) {
        self.reasons.borrow_mut().push((reason, detail.into()));
    }

    /// Nothing wrong, or the refusal of the lowest rank; FIELD_INVALID, which names every field, comes first.
    pub(crate) fn finish(self) -> Result<(), Status> {
        let fields = self.fields.into_inner();
        if !fields.is_empty() {
            return Err(refusal::fields(fields));
        }
        match self.reasons.into_inner().into_iter().min_by_key(|(found, _)| reason::info(*found).rank) {
            Some((found, detail)) => Err(refusal::status(found, detail)),
            None => Ok(()),
        }
    }
}

/// A place in the body: perhaps a value, and always a path to name it by.
pub(crate) struct Field<'a> {
    path: String,
    value: Option<&'a Tree>,
    /// Whether the object around it is there; if not, the fault is the object's alone.
    inside: bool,
    faults: &'a Faults,
}

/// A value as a reader of integers sees it.
enum Whole {
    Exact(i64),
    Fraction,
    TooLarge,
    Else,
}

impl<'a> Field<'a> {
    /// The body itself, which must be an object; an absent one counts as empty.
    pub(crate) fn root(body: &'a Tree, faults: &'a Faults) -> Result<Self, Status> {
        match body {
            Tree::Null => Ok(Self { path: String::new(), value: None, inside: true, faults }),
            Tree::Object(_) => Ok(Self { path: String::new(), value: Some(body), inside: true, faults }),
            Tree::Bool(_) | Tree::Number(_) | Tree::Text(_) | Tree::Array(_) => Err(refusal::status(
                Reason::BodyMalformed,
                format!("The body must be a JSON object, not {}.", body.kind()),
            )),
        }
    }

    /// A field of this object. Where a key stands twice, the last one counts.
    pub(crate) fn field(&self, name: &str) -> Self {
        let path = if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) };
        let entries = self.entries_or_fault();
        let value = entries.and_then(|entries| entries.iter().rev().find(|(key, _)| key == name));
        let value = value.map(|(_, value)| value).filter(|value| **value != Tree::Null);
        let inside = entries.is_some() || self.path.is_empty();
        Self { path, value, inside, faults: self.faults }
    }

    /// Notes a fault when the field is absent.
    pub(crate) fn required(self) -> Self {
        if self.value.is_none() && self.inside {
            self.refuse("is required");
        }
        self
    }

    /// Whether there is a value.
    pub(crate) fn is_given(&self) -> bool {
        self.value.is_some()
    }

    /// Where refusals of this body are collected.
    pub(crate) fn faults(&self) -> &'a Faults {
        self.faults
    }

    /// Notes a fault of this field.
    pub(crate) fn refuse(&self, description: impl Into<String>) {
        self.faults.field(&self.path, description);
    }

    /// A string.
    pub(crate) fn text(&self) -> Option<String> {
        match self.value? {
            Tree::Text(text) => self.storable(text.clone()),
            other => self.mistyped(other, "a string"),
        }
    }

    /// A string that some clients send as a number: `reference`, `phoneNumber`.
    pub(crate) fn text_or_integer(&self) -> Option<String> {
        match self.value? {
            Tree::Number(number) if !number.is_f64() => Some(number.to_string()),
            _ => self.text(),
        }
    }

    /// A string that some clients send as any scalar: the values of `metadata`.
    pub(crate) fn text_or_scalar(&self) -> Option<String> {
        match self.value? {
            Tree::Number(number) => Some(number.to_string()),
            Tree::Bool(flag) => Some(flag.to_string()),
            _ => self.text(),
        }
    }

    /// A whole number: `100`, `100.0` or `"100"`.
    pub(crate) fn integer(&self) -> Option<i64> {
        let value = self.value?;
        match whole(value) {
            Whole::Exact(integer) => Some(integer),
            Whole::Fraction => self.fault("must be a whole number"),
            Whole::TooLarge => self.fault("is out of range"),
            Whole::Else => self.mistyped(value, "an integer"),
        }
    }

    /// A whole number of 32 bits.
    pub(crate) fn small_integer(&self) -> Option<i32> {
        i32::try_from(self.integer()?).map_or_else(|_| self.fault("is out of range"), Some)
    }

    /// A number with at most two decimals, such as `49.9`, in hundredths. It is read from its digits, so it is exact.
    pub(crate) fn hundredths(&self) -> Option<i64> {
        let value = self.value?;
        let digits = match value {
            Tree::Number(number) => number.to_string(),
            Tree::Text(text) => text.clone(),
            Tree::Null | Tree::Bool(_) | Tree::Array(_) | Tree::Object(_) => {
                return self.mistyped(value, "a number");
            }
        };
        hundredths(&digits).or_else(|| self.fault("must be a number with at most two decimals"))
    }

    /// The `value` of an amount: a fraction, or a number beyond all bounds, has upstream's own code.
    pub(crate) fn minor_units(&self) -> Option<i64> {
        let value = self.value?;
        match whole(value) {
            Whole::Exact(minor) => Some(minor),
            Whole::Fraction | Whole::TooLarge => {
                let detail =
                    format!("{} must be a whole number of minor units within the limits.", self.path);
                self.faults.reason(Reason::InvalidAmount, detail);
                None
            }
            Whole::Else => self.mistyped(value, "an integer"),
        }
    }

    /// A boolean.
    pub(crate) fn boolean(&self) -> Option<bool> {
        match self.value? {
            Tree::Bool(flag) => Some(*flag),
            other => self.mistyped(other, "a boolean"),
        }
    }

    /// One of the words listed.
    pub(crate) fn choice<T: Copy>(&self, choices: &[(&str, T)]) -> Option<T> {
        let text = self.text()?;
        if let Some((_, choice)) = choices.iter().find(|(word, _)| *word == text) {
            return Some(*choice);
        }
        let words: Vec<_> = choices.iter().map(|(word, _)| *word).collect();
        self.fault(&format!("must be one of {}", words.join(", ")))
    }

    /// A date and time.
    pub(crate) fn instant(&self) -> Option<DateTime<Utc>> {
        let parsed = DateTime::parse_from_rfc3339(&self.text()?);
        parsed.map_or_else(
            |_| self.fault("must be a date and time as in RFC 3339"),
            |at| Some(at.with_timezone(&Utc)),
        )
    }

    /// The elements of an array; none when it is absent.
    pub(crate) fn items(&self) -> Vec<Self> {
        let elements = match self.value {
            None => return Vec::new(),
            Some(Tree::Array(elements)) => elements,
            Some(other) => {
                let _: Option<()> = self.mistyped(other, "an array");
                return Vec::new();
            }
        };
        let item = |(index, value): (usize, &'a Tree)| Self {
            path: format!("{}[{index}]", self.path),
            value: Some(value).filter(|value| **value != Tree::Null),
            inside: true,
            faults: self.faults,
        };
        elements.iter().enumerate().map(item).collect()
    }

    /// The entries of an object whose keys are the client's own, in their order, `null` ones left out.
    pub(crate) fn entries(&self) -> Vec<(&'a str, Self)> {
        let entries = self.entries_or_fault().unwrap_or_default();
        let given = entries.iter().filter(|(_, value)| *value != Tree::Null);
        let entry = |(key, value): &'a (String, Tree)| {
            let path = format!("{}.{key}", self.path);
            (key.as_str(), Self { path, value: Some(value), inside: true, faults: self.faults })
        };
        given.map(entry).collect()
    }

    fn entries_or_fault(&self) -> Option<&'a [(String, Tree)]> {
        match self.value? {
            Tree::Object(entries) => Some(entries),
            other => self.mistyped(other, "an object"),
        }
    }

    /// PostgreSQL cannot hold the character NUL in a text.
    fn storable(&self, text: String) -> Option<String> {
        if text.contains('\0') { self.fault("must not contain the character NUL") } else { Some(text) }
    }

    fn mistyped<T>(&self, found: &Tree, wanted: &str) -> Option<T> {
        self.fault(&format!("must be {wanted}, not {}", found.kind()))
    }

    fn fault<T>(&self, rule: &str) -> Option<T> {
        self.refuse(rule);
        None
    }
}

fn hundredths(digits: &str) -> Option<i64> {
    let (sign, digits) = digits.strip_prefix('-').map_or((1, digits), |digits| (-1, digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    if whole.is_empty() || fraction.is_empty() {
        return None;
    }
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > 2 {
        return None;
    }
    let digits = format!("{whole}{fraction:0<2}");
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    digits.parse::<i64>().ok().map(|number| sign * number)
}

fn whole(value: &Tree) -> Whole {
    match value {
        Tree::Number(number) => whole_number(number),
        Tree::Text(text) if !text.contains(char::is_whitespace) => {
            Number::from_str(text).map_or(Whole::Else, |number| whole_number(&number))
        }
        Tree::Null | Tree::Bool(_) | Tree::Text(_) | Tree::Array(_) | Tree::Object(_) => Whole::Else,
    }
}

fn whole_number(number: &Number) -> Whole {
    if let Some(integer) = number.as_i64() {
        return Whole::Exact(integer);
    }
    match number.as_f64() {
        Some(float) if float.abs() > MAX_EXACT_FLOAT => Whole::TooLarge,
        Some(float) if float.fract() == 0.0 => Whole::Exact(float as i64),
        Some(_) => Whole::Fraction,
        None => Whole::TooLarge,
    }
}

#[cfg(test)]
mod tests;
