//! Codes that lead to a page of the merchant.

use std::str::FromStr;

use chrono::{DateTime, TimeDelta, Utc};
use kvitt_primitives::{Invalid, Msn};
use url::Url;

use super::Code;

/// A code that leads to a page of the merchant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Redirect {
    pub(crate) msn: Msn,
    pub(crate) id: RedirectId,
    pub(crate) code: Code,
    pub(crate) url: RedirectUrl,
    pub(crate) created_at: DateTime<Utc>,
    /// Absent is without end.
    pub(crate) expires_at: Option<DateTime<Utc>>,
}

impl Redirect {
    /// Whole seconds until its time is over; none for one without end.
    pub(crate) fn seconds_left(&self, now: DateTime<Utc>) -> Option<i64> {
        self.expires_at.map(|end| (end - now).num_seconds().max(0))
    }
}

/// The merchant's name of a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RedirectId(String);

impl RedirectId {
    const RULE: &'static str =
        r"must be 1 to 128 characters and match the regular expression '^[-_+%æøåÆØÅ\w\s]*$'";

    /// The name itself.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RedirectId {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let part = |c: char| is_word(c) || is_space(c) || "-+%æøåÆØÅ".contains(c);
        if (1..=128).contains(&text.chars().count()) && text.chars().all(part) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Invalid { rule: Self::RULE })
        }
    }
}

/// Where a code leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RedirectUrl(String);

impl RedirectUrl {
    const FORM: &'static str =
        r"must match the regular expression '^https:\/\/[\w\.]+([\w#!:.?+=&%@\-\/]+)?$'";
    const LENGTH: &'static str = "must be at most 2000 characters";
    const MEANING: &'static str = "must be an https URL whose host is written out, without user information";
    const MOST: usize = 2000;

    /// As the merchant wrote it.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RedirectUrl {
    type Err = Invalid;

    /// Every browser must be led where a reader of the text would think.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let part = |c: char| is_word(c) || "#!:.?+=&%@-/".contains(c);
        let rest = text.strip_prefix("https://").ok_or(Invalid { rule: Self::FORM })?;
        if !rest.starts_with(|c: char| is_word(c) || c == '.') || !rest.chars().all(part) {
            return Err(Invalid { rule: Self::FORM });
        }
        if text.len() > Self::MOST {
            return Err(Invalid { rule: Self::LENGTH });
        }
        let host = read_host(rest).filter(|host| {
            let url = Url::parse(text).ok().filter(|url| url.scheme() == "https");
            url.is_some_and(|url| url.host_str().is_some_and(|read| read.eq_ignore_ascii_case(host)))
        });
        host.map(|_| Self(text.to_owned())).ok_or(Invalid { rule: Self::MEANING })
    }
}

/// The host as it stands behind `https://`; none where user information stands before it, or what is no host. A browser
/// must read the same: `%65vil.example` and `2130706433` are not what they look like.
fn read_host(rest: &str) -> Option<&str> {
    let authority = rest.split(['/', '?', '#']).next()?;
    if authority.contains('@') {
        return None;
    }
    let host = authority.split_once(':').map_or(authority, |(host, _)| host);
    let mut labels = host.strip_suffix('.').unwrap_or(host).split('.');
    labels.all(|label| !label.is_empty()).then_some(host)
}

/// How long a code lives, when it does not live for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ttl(i64);

impl Ttl {
    /// A life of so many seconds.
    pub(crate) fn try_new(seconds: i64) -> Result<Self, Invalid> {
        if (300..=2_147_483_647).contains(&seconds) {
            Ok(Self(seconds))
        } else {
            Err(Invalid { rule: "must be between 300 and 2147483647" })
        }
    }

    /// When a life that begins now is over.
    pub(crate) fn end(self, now: DateTime<Utc>) -> DateTime<Utc> {
        now + TimeDelta::seconds(self.0)
    }
}

/// What ECMAScript's `\w` takes.
fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// What ECMAScript's `\s` takes: the white space of Unicode but for NEL, and the byte order mark.
fn is_space(c: char) -> bool {
    c.is_whitespace() && c != '\u{85}' || c == '\u{feff}'
}

#[cfg(test)]
mod tests;
