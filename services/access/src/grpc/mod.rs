//! `kvitt.access.v1`, and the sandbox's clock, on the wire: decode, call the use case, encode. Decides nothing.

#[cfg(feature = "sandbox")]
mod clock;
mod convert;
mod credentials;
mod keys;
mod owner;
mod people;
mod sessions;
mod tokens;
mod users;

#[cfg(feature = "sandbox")]
pub(crate) use clock::ClockGrpc;
pub(crate) use credentials::Credentials;
pub(crate) use keys::KeysGrpc;
pub(crate) use sessions::Sessions;
pub(crate) use tokens::Tokens;
pub(crate) use users::Users;

use std::time::Duration;

use kvitt_proto::{
    error::v1::Reason,
    refusal::{self, FieldViolation},
};
use kvitt_runtime::authority;
use tonic::Status;

use crate::error::Error;

/// How long somebody should wait who finds too many others.
const COME_AGAIN: Duration = Duration::from_secs(2);

/// What an error means to the caller. Its cause goes to the log, here and once.
impl From<Error> for Status {
    fn from(error: Error) -> Self {
        let text = error.to_string();
        match error {
            Error::SubscriptionKeyMissing => refusal::status(Reason::SubscriptionKeyMissing, text),
            Error::SubscriptionKeyInvalid => refusal::status(Reason::SubscriptionKeyInvalid, text),
            Error::ClientInvalid => refusal::status(Reason::ClientInvalid, text),
            Error::CredentialsExist
            | Error::SubscriptionKeyTaken
            | Error::UnitHasKeys
            | Error::UnitOfAnotherMerchant
            | Error::UserIsThere
            | Error::PersonExists
            | Error::TestUserTaken
            | Error::EmailTaken => refusal::status(Reason::AlreadyExists, text),
            Error::NoSuchKeys | Error::NoSuchUser | Error::NoSuchPerson => {
                refusal::status(Reason::NotFound, text)
            }
            Error::ForeignUnits(_) => refusal::fields(vec![FieldViolation::new("membership.units", text)]),
            Error::LastAdministrator => refusal::status(Reason::LastAdministrator, text),
            Error::OwnRole => refusal::status(Reason::OwnRole, text),
            Error::TooManyTestUsers => refusal::status(Reason::TooManyTestUsers, text),
            Error::LoginFailed => refusal::status(Reason::LoginFailed, text),
            Error::NoAccess => refusal::status(Reason::NoAccess, text),
            Error::SessionInvalid => refusal::status(Reason::SessionInvalid, text),
            Error::NoPasswords | Error::SandboxOff => refusal::status(Reason::PermissionDenied, text),
            Error::NoWallet => refusal::status(Reason::Unavailable, text),
            Error::Wallet(_) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "the wallet made no payer");
                refusal::status(Reason::Unavailable, text)
            }
            Error::Busy => refusal::retry_later(Reason::Overloaded, text, COME_AGAIN),
            Error::NoSubscriptionKeys => refusal::fields(vec![FieldViolation::new("slot", text)]),
            Error::NoSuchUnit => authority::no_such_unit(),
            Error::NoSuchMerchant => authority::no_such_merchant(),
            Error::NotPermitted => authority::not_permitted(),
            Error::Database(_) if error.is_outage() => {
                tracing::warn!(error = &error as &dyn std::error::Error, "the database cannot be reached");
                refusal::status(Reason::Unavailable, "the service cannot reach its database")
            }
            Error::Database(_)
            | Error::Envelope(_)
            | Error::Password(_)
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
