//! A use case's error as a status: the one place.

use kvitt_proto::{
    error::v1::Reason,
    refusal::{self, status},
};
use tonic::Status;

use crate::app::Error;

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        let detail = error.to_string();
        match error {
            Error::Refused(status) | Error::Peer(status) => status,
            Error::Fields(broken) => refusal::fields(broken),
            Error::LedgerNotFound => status(Reason::LedgerNotFound, detail),
            Error::ReportEmpty => status(Reason::ReportEmpty, detail),
            Error::Busy => status(Reason::Overloaded, detail),
            Error::UnitNotFound | Error::SubscriptionNotFound => status(Reason::NotFound, detail),
            Error::Closing => status(Reason::Unavailable, detail),
            Error::KeyConflict => status(Reason::IdempotencyConflict, detail),
            Error::TooLarge(_) => refusal::fields(vec![refusal::FieldViolation::new("amount", detail)]),
            Error::PeerAnswer(_) | Error::Report(_) | Error::Database(_) => internal(&error),
        }
    }
}

/// The caller learns nothing of it; the log everything.
fn internal(error: &Error) -> Status {
    if let Error::Database(cause) = error
        && kvitt_postgres::unavailable(cause)
    {
        tracing::warn!(error = error as &dyn std::error::Error, "the database is not there");
        return status(Reason::Unavailable, "the database is not there right now");
    }
    tracing::error!(error = error as &dyn std::error::Error, "a use case failed");
    status(Reason::Internal, "something failed that should not")
}
