//! Why a call has no answer, and what its caller is told.

use kvitt_proto::error::v1::Reason;
use kvitt_proto::refusal;
use tonic::Status;

/// Why a call has no answer.
#[derive(Debug, thiserror::Error)]
pub(in crate::mesh) enum Failure {
    #[error("no instance can be reached")]
    Unreachable,
    #[error("the instance did not process the request")]
    NotProcessed(#[source] hyper::Error),
    #[error("the connection broke")]
    Broken(#[source] hyper::Error),
    #[error("the request could not be written")]
    Request(#[source] Status),
    #[error("the time is up")]
    TimeIsUp,
}

impl From<Failure> for Status {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Request(status) => status,
            Failure::TimeIsUp => deadline_exceeded(),
            Failure::Unreachable | Failure::NotProcessed(_) | Failure::Broken(_) => {
                let error = &failure as &dyn std::error::Error;
                tracing::debug!(error, "a call to another service failed below gRPC");
                unreachable_peer()
            }
        }
    }
}

pub(in crate::mesh) fn deadline_exceeded() -> Status {
    refusal::status(Reason::DeadlineExceeded, "another service did not answer in time")
}

pub(in crate::mesh) fn unreachable_peer() -> Status {
    refusal::status(Reason::Unavailable, "another service cannot be reached")
}
