//! Refusals on the wire: a `tonic::Status` with `google.rpc.ErrorInfo`, and `BadRequest` for fields.

use std::{collections::HashMap, time::Duration};

use tonic::Status;
use tonic_types::{ErrorDetails, StatusExt as _};

use crate::{
    error::v1::Reason,
    reason::{by_name, info},
};

/// `ErrorInfo.domain` of every refusal.
pub const DOMAIN: &str = "kvitt";

/// The longest text in a refusal, in bytes; what the caller sent may be quoted in it. A status travels in HTTP/2
/// headers, of which clients take 8 KiB (grpc-java) or 16 KiB (hyper) and drop the answer when there is more.
const MAX_TEXT_BYTES: usize = 256;

/// All broken fields of a refusal together, in bytes; those that do not fit are left out.
const MAX_FIELDS_BYTES: usize = 4096;

/// A field and the rule it breaks. The path is the one a REST client knows, for example `amount.value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldViolation {
    /// The path.
    pub field: String,
    /// The rule.
    pub description: String,
}

impl FieldViolation {
    /// A violation of the rule `description` at the path `field`.
    pub fn new(field: impl Into<String>, description: impl Into<String>) -> Self {
        Self { field: field.into(), description: description.into() }
    }
}

/// A refusal for one reason; `detail` is for people.
pub fn status(reason: Reason, detail: impl Into<String>) -> Status {
    with_details(reason, detail.into(), |_| {})
}

/// A refusal for broken fields, all of them at once as far as an answer can hold them.
pub fn fields(violations: Vec<FieldViolation>) -> Status {
    let detail = "See extraDetails for further details".to_owned();
    with_details(Reason::FieldInvalid, detail, |details| {
        let mut left = MAX_FIELDS_BYTES;
        for violation in violations {
            let (field, description) = (bounded(violation.field), bounded(violation.description));
            let Some(rest) = left.checked_sub(field.len() + description.len()) else { break };
            left = rest;
            details.add_bad_request_violation(field, description);
        }
    })
}

/// A refusal that will pass: try again after `delay`.
pub fn retry_later(reason: Reason, detail: impl Into<String>, delay: Duration) -> Status {
    with_details(reason, detail.into(), |details| {
        details.set_retry_info(Some(delay));
    })
}

/// Why a status was given, when it is a refusal of this platform.
pub fn reason_of(status: &Status) -> Option<Reason> {
    let details = status.get_details_error_info()?;
    (details.domain == DOMAIN).then_some(())?;
    by_name(&details.reason).map(|info| info.reason)
}

/// The broken fields of a refusal, if it is about fields.
pub fn field_violations_of(status: &Status) -> Vec<FieldViolation> {
    let violations = status.get_details_bad_request().map(|bad| bad.field_violations).unwrap_or_default();
    violations
        .into_iter()
        .map(|violation| FieldViolation::new(violation.field, violation.description))
        .collect()
}

fn with_details(reason: Reason, detail: String, add: impl FnOnce(&mut ErrorDetails)) -> Status {
    let info = info(reason);
    let mut details = ErrorDetails::new();
    details.set_error_info(info.name, DOMAIN, HashMap::<String, String>::new());
    add(&mut details);
    Status::with_error_details(info.grpc_code, bounded(detail), details)
}

/// The text, cut where it is too long for an answer.
fn bounded(mut text: String) -> String {
    if text.len() > MAX_TEXT_BYTES {
        text.truncate(text.floor_char_boundary(MAX_TEXT_BYTES - '…'.len_utf8()));
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_goes_over_the_wire_and_back() {
        for info in crate::reason::all() {
            let status = status(info.reason, "because");
            assert_eq!((reason_of(&status), status.code()), (Some(info.reason), info.grpc_code));
        }
    }

    #[test]
    fn broken_fields_go_over_the_wire_and_back() {
        let violations = vec![FieldViolation::new("reference", "is required")];
        let status = fields(violations.clone());
        assert_eq!(reason_of(&status), Some(Reason::FieldInvalid));
        assert_eq!(field_violations_of(&status), violations);
    }

    #[test]
    fn what_a_caller_sent_cannot_make_a_refusal_too_large_for_its_headers() {
        let long = "\u{1f4b0}".repeat(60_000);
        let many =
            (0..5_000).map(|at| FieldViolation::new(format!("receipt.orderLines[{at}].name"), "is required"));
        for status in [
            status(Reason::InvalidScope, long.clone()),
            fields(many.collect()),
            fields(vec![FieldViolation::new(long.clone(), long)]),
        ] {
            let names_fields = !field_violations_of(&status).is_empty();
            assert_eq!(names_fields, reason_of(&status) == Some(Reason::FieldInvalid));
            let answer = status.into_http::<tonic::body::Body>();
            let headers = answer.headers().iter();
            let bytes: usize = headers.map(|(name, value)| name.as_str().len() + value.len() + 32).sum();
            assert!(bytes < 8 * 1024, "{bytes}");
        }
    }
}
