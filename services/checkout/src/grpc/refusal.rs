//! What an error means to the caller. Its cause goes to the log, here and once.

use std::time::Duration;

use kvitt_postgres::{unavailable, violated_constraint};
use kvitt_proto::{
    error::v1::Reason,
    refusal::{FieldViolation, fields, retry_later, status},
};
use tonic::Status;
use tracing::error;

use crate::{app::Error, domain::Refusal, store::sessions::SIZE};

const RETRY_AFTER: Duration = Duration::from_secs(1);

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        let detail = error.to_string();
        match error {
            Error::Fields(broken) => {
                fields(broken.into_iter().map(|(field, rule)| FieldViolation::new(field, rule)).collect())
            }
            Error::NotFound => status(Reason::NotFound, detail),
            Error::Domain(Refusal::NotOpen) => status(Reason::SessionNotOpen, detail),
            Error::Domain(Refusal::Incomplete(_)) => status(Reason::ApprovalIncomplete, detail),
            Error::ReferenceExists => status(Reason::ReferenceExists, detail),
            Error::KeyConflict => status(Reason::IdempotencyConflict, detail),
            Error::CannotBeCreated => status(Reason::PaymentCannotBeCreated, detail),
            Error::InvalidCurrency(_) => status(Reason::InvalidCurrency, detail),
            Error::ShippingNotAnswered => status(Reason::ShippingNotAnswered, detail),
            Error::Overloaded => retry_later(Reason::Overloaded, detail, RETRY_AFTER),
            Error::Peer(refused) => refused,
            Error::PeerAnswer(_) => {
                error!(error = %detail, "another service broke the contract");
                status(Reason::Internal, "")
            }
            Error::Chance => {
                error!(error = %detail, "no token can be made");
                status(Reason::Internal, "")
            }
            Error::Store(source) if unavailable(&source) => {
                retry_later(Reason::Unavailable, "the service cannot reach its database", RETRY_AFTER)
            }
            // Over gRPC much more can be said than in a body of REST.
            Error::Store(source) if violated_constraint(&source) == Some(SIZE) => {
                status(Reason::BodyTooLarge, "the session is too large")
            }
            Error::Store(source) => {
                error!(error = &source as &dyn std::error::Error, "a statement failed");
                status(Reason::Internal, "")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use kvitt_proto::refusal::reason_of;

    use super::*;

    #[test]
    fn the_database_is_never_quoted() {
        let told = Status::from(Error::Store(sqlx::Error::Protocol("SELECT terms".to_owned())));
        assert_eq!((reason_of(&told), told.message()), (Some(Reason::Internal), ""));
    }

    #[test]
    fn a_session_that_is_gone_is_told_in_upstreams_words() {
        let told = Status::from(Error::NotFound);
        assert_eq!(
            (reason_of(&told), told.message()),
            (Some(Reason::NotFound), "Session expired or not known.")
        );
    }
}
