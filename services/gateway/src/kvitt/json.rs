//! Wire types of the sandbox's own operations.

use std::time::Duration;

use chrono::SecondsFormat;
use kvitt_primitives::Span;
use kvitt_proto::{
    error::v1::Reason,
    refusal,
    sandbox::v1::{self, fault::Extent},
    time,
};
use prost_types::Timestamp;
use serde::Serialize;
use tonic::Status;
use utoipa::ToSchema;

use super::faults::{CODES, FAULTS, OPERATIONS};

/// Business time.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = kvitt::Clock)]
pub(crate) struct Clock {
    #[schema(value_type = crate::openapi::words::Instant)]
    now: String,
    /// How far it is ahead of the wall clock, in the form that a move of the clock takes.
    #[schema(value_type = crate::openapi::sandbox::Length)]
    offset: String,
    /// How many due instants were stopped at; only when it was moved.
    #[serde(skip_serializing_if = "Option::is_none")]
    instants: Option<i32>,
}

impl Clock {
    pub(crate) fn from_proto(
        now: Option<Timestamp>,
        offset: Option<prost_types::Duration>,
        instants: Option<i32>,
    ) -> Result<Self, Status> {
        let incomplete = || refusal::status(Reason::Internal, "the answer lacks the time");
        let now = now.and_then(|now| time::from_proto(now, "now").ok()).ok_or_else(incomplete)?;
        let offset = offset.and_then(|offset| Duration::try_from(offset).ok()).ok_or_else(incomplete)?;
        Ok(Self {
            now: now.to_rfc3339_opts(SecondsFormat::Millis, true),
            offset: Span::new(offset).to_string(),
            instants,
        })
    }
}

/// One thing that goes wrong on purpose.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = kvitt::Fault)]
pub(crate) struct Fault {
    fault_id: String,
    #[schema(value_type = crate::openapi::sandbox::FaultName)]
    fault: &'static str,
    /// Empty means all.
    #[schema(value_type = Vec<crate::openapi::sandbox::FaultOperation>)]
    operations: Vec<&'static str>,
    #[serde(skip_serializing_if = "String::is_empty")]
    msn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<crate::openapi::sandbox::DeclineCode>)]
    code: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delay: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    share: Option<Share>,
    hits: i64,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = kvitt::Share)]
struct Share {
    per_mille: i32,
    seed: u64,
}

/// Those that still apply, oldest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = kvitt::Faults)]
pub(crate) struct Faults {
    faults: Vec<Fault>,
}

/// How many have been ended.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = kvitt::Deleted)]
pub(crate) struct Deleted {
    pub(crate) deleted: i32,
}

impl Fault {
    pub(crate) fn from_proto(fault: v1::Fault) -> Result<Self, Status> {
        let unknown = || refusal::status(Reason::Internal, "the answer has a fault without a name");
        let (next, share) = match fault.extent {
            Some(Extent::Next(next)) => (Some(next), None),
            Some(Extent::Share(v1::FaultShare { per_mille, seed })) => {
                (None, Some(Share { per_mille, seed }))
            }
            None => (None, None),
        };
        let delay = fault.delay.and_then(|delay| Duration::try_from(delay).ok());
        Ok(Self {
            fault: word(&FAULTS, fault.kind()).ok_or_else(unknown)?,
            operations: fault.operations().filter_map(|operation| word(&OPERATIONS, operation)).collect(),
            code: word(&CODES, fault.decline_reason()),
            delay: delay.map(|delay| Span::new(delay).to_string()),
            next,
            share,
            hits: fault.hits,
            fault_id: fault.fault_id,
            msn: fault.msn,
        })
    }
}

impl Faults {
    pub(crate) fn from_proto(faults: Vec<v1::Fault>) -> Result<Self, Status> {
        faults.into_iter().map(Fault::from_proto).collect::<Result<_, _>>().map(|faults| Self { faults })
    }
}

fn word<T: Copy + PartialEq>(words: &[(&'static str, T)], meaning: T) -> Option<&'static str> {
    words.iter().find(|(_, known)| *known == meaning).map(|(word, _)| *word)
}
