//! From the wire into the domain's words. Every broken field is named, in the words of upstream's JSON.

use std::str::FromStr;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::DateTime;
use kvitt_primitives::Invalid;
use kvitt_proto::{
    qr::v1::CallbackCategory,
    refusal::{self, FieldViolation},
};
use tonic::Status;

use crate::{
    domain::callback::Category,
    store::{Page, Place},
};

/// The most codes on a page.
const MOST_PER_PAGE: i64 = 1000;

/// A longer page token was never given out.
const MOST_TOKEN: usize = 1000;

/// Reads fields, and remembers what is wrong with them.
#[derive(Default)]
pub(super) struct Fields(Vec<FieldViolation>);

impl Fields {
    /// Notes that a field breaks a rule.
    pub(super) fn broken<T>(&mut self, field: &str, rule: &str) -> Option<T> {
        self.0.push(FieldViolation::new(field, rule));
        None
    }

    /// The value, if it breaks no rule.
    pub(super) fn check<T>(&mut self, field: &str, value: Result<T, Invalid>) -> Option<T> {
        value.map_err(|Invalid { rule }| self.broken::<T>(field, rule)).ok()
    }

    /// What the text says.
    pub(super) fn parse<T: FromStr<Err = Invalid>>(&mut self, field: &str, text: &str) -> Option<T> {
        if text.is_empty() { self.broken(field, "is required") } else { self.check(field, text.parse()) }
    }

    /// A text of that many characters, which is not looked at any closer.
    pub(super) fn text(
        &mut self,
        field: &str,
        text: String,
        (least, most): (usize, usize),
    ) -> Option<String> {
        if (least..=most).contains(&text.chars().count()) {
            return Some(text);
        }
        self.broken(field, &format!("must be {least} to {most} characters"))
    }

    /// Where a code hangs.
    pub(super) fn category(&mut self, category: i32) -> Option<Category> {
        match CallbackCategory::try_from(category) {
            Ok(CallbackCategory::Unspecified | CallbackCategory::InStore) => Some(Category::InStore),
            Ok(CallbackCategory::Vending) => Some(Category::Vending),
            Err(_) => self.broken("category", "must be one of IN_STORE, VENDING"),
        }
    }

    /// Which codes of a list.
    pub(super) fn page(&mut self, size: i32, token: &str) -> Option<Page> {
        let size = match i64::from(size) {
            0 => Some(MOST_PER_PAGE),
            size @ 1..=MOST_PER_PAGE => Some(size),
            _ => self.broken("pageSize", "must be between 0 and 1000"),
        };
        let after = match token {
            "" => Some(Place::start()),
            token => place(token).or_else(|| self.broken("pageToken", "must be a token of a page before")),
        };
        Some(Page { after: after?, size: size? })
    }

    /// What was read, if nothing was broken.
    pub(super) fn finish<T>(self, read: Option<T>) -> Result<T, Status> {
        match read {
            Some(read) if self.0.is_empty() => Ok(read),
            Some(_) | None => Err(refusal::fields(self.0)),
        }
    }
}

/// The token of the page behind this place; empty when there is none. Nothing is decided by it, so it need not be secret.
pub(super) fn page_token(place: Option<Place>) -> String {
    let Some(Place { created_at, id }) = place else { return String::new() };
    let at = created_at.timestamp_micros().to_be_bytes();
    URL_SAFE_NO_PAD.encode([at.as_slice(), id.as_bytes()].concat())
}

fn place(token: &str) -> Option<Place> {
    let bytes = URL_SAFE_NO_PAD.decode(Some(token).filter(|token| token.len() <= MOST_TOKEN)?).ok()?;
    let (at, id) = bytes.split_first_chunk::<8>()?;
    let at = i64::from_be_bytes(*at);
    let created_at = DateTime::from_timestamp_micros(at).filter(|_| at >= 0)?;
    let id = std::str::from_utf8(id).ok().filter(|id| !id.contains('\0'))?.to_owned();
    Some(Place { created_at, id })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_token_reads_back_and_whatever_was_not_given_is_refused() {
        let created_at = "2090-01-01T00:00:00.123456Z".parse().unwrap();
        let given = Place { created_at, id: "Bord 7 æ".to_owned() };
        assert_eq!(place(&page_token(Some(given.clone()))), Some(given));
        assert_eq!(page_token(None), "");
        let encode = |at: i64, id: &[u8]| URL_SAFE_NO_PAD.encode([at.to_be_bytes().as_slice(), id].concat());
        for token in [
            "x",
            "!",
            &URL_SAFE_NO_PAD.encode([0; 7]),
            &encode(-1, b"a"),
            &encode(i64::MIN, b"a"),
            &encode(i64::MAX, b"a"),
            &encode(1, b"a\0b"),
            &encode(1, b"\xff"),
            &encode(1, &[b'a'; 1000]),
        ] {
            assert_eq!(place(token), None, "{token:.40}");
        }
    }

    #[test]
    fn a_page_has_at_most_1000_codes() {
        for (asked, size) in [(0, Some(1000)), (1, Some(1)), (1000, Some(1000)), (1001, None), (-1, None)] {
            let page = Fields::default().page(asked, "");
            assert_eq!(page.map(|page| page.size), size, "{asked}");
        }
    }
}
