//! `kvitt.access.v1`, and the sandbox's clock, on the wire: decode, call the use case, encode. Decides nothing.

#[cfg(feature = "sandbox")]
mod clock;
mod convert;
mod credentials;
mod tokens;

#[cfg(feature = "sandbox")]
pub(crate) use clock::ClockGrpc;
pub(crate) use credentials::Credentials;
pub(crate) use tokens::Tokens;

use kvitt_proto::{error::v1::Reason, refusal};
use tonic::Status;

use crate::error::Error;

/// What an error means to the caller. Its cause goes to the log, here and once.
impl From<Error> for Status {
    fn from(error: Error) -> Self {
        let text = error.to_string();
        match error {
            Error::SubscriptionKeyMissing => refusal::status(Reason::SubscriptionKeyMissing, text),
            Error::SubscriptionKeyInvalid => refusal::status(Reason::SubscriptionKeyInvalid, text),
            Error::ClientInvalid => refusal::status(Reason::ClientInvalid, text),
            Error::CredentialsExist | Error::SubscriptionKeyTaken => {
                refusal::status(Reason::AlreadyExists, text)
            }
            Error::Database(_) if error.is_outage() => {
                tracing::warn!(error = &error as &dyn std::error::Error, "the database cannot be reached");
                refusal::status(Reason::Unavailable, "the service cannot reach its database")
            }
            Error::Database(_)
            | Error::Envelope(_)
            | Error::KeyMismatch
            | Error::NoSigningKey
            | Error::Signing(_) => {
                tracing::error!(error = &error as &dyn std::error::Error, "an internal fault");
                refusal::status(Reason::Internal, "an internal fault")
            }
        }
    }
}

#[cfg(test)]
mod tests;
