//! A use case's error as a status: the one place.

use kvitt_proto::{
    error::v1::Reason,
    refusal::{self, FieldViolation, status},
};
use tonic::Status;

use crate::app::Error;

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        let detail = error.to_string();
        match error {
            Error::Refused(status) => status,
            Error::Field { field, rule } => refusal::fields(vec![FieldViolation::new(field, rule)]),
            Error::WebhookNotFound | Error::DeliveryNotFound | Error::CheckInNotFound => {
                status(Reason::NotFound, detail)
            }
            Error::NotResendable => status(Reason::DeliveryNotResendable, detail),
            Error::Overloaded => status(Reason::Overloaded, detail),
            Error::Envelope(_) | Error::Database(_) => internal(&error),
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
