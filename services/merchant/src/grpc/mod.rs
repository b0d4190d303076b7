//! `kvitt.merchant.v1` on the wire: decode, call the use case, encode. Decides nothing.

mod convert;
mod merchants;
mod orders;
mod partners;

use tonic::Status;

use kvitt_proto::{
    error::v1::Reason,
    refusal::{self, FieldViolation},
};
use kvitt_runtime::authority::{no_such_merchant, no_such_unit};

use crate::app::{self, App};

/// The rpcs of this service's services.
#[derive(Clone, Debug)]
pub(crate) struct Grpc {
    pub(crate) app: App,
}

/// What an error means to the caller. Its cause goes to the log, here and once.
impl From<app::Error> for Status {
    fn from(error: app::Error) -> Self {
        let text = error.to_string();
        match error {
            app::Error::Refused(status) => status,
            app::Error::Field { field, rule } => refusal::fields(vec![FieldViolation::new(field, rule)]),
            // In the very words of whoever refuses what is there.
            app::Error::MerchantNotFound => no_such_merchant(),
            app::Error::SalesUnitNotFound => no_such_unit(),
            app::Error::LogoNotFound | app::Error::AccountNotFound => refusal::status(Reason::NotFound, text),
            app::Error::MerchantExists | app::Error::CompanyExists | app::Error::SalesUnitExists => {
                refusal::status(Reason::AlreadyExists, text)
            }
            app::Error::TestUnitImmutable => refusal::status(Reason::TestUnitImmutable, text),
            app::Error::AccountNotOwned => refusal::status(Reason::AccountNotOwned, text),
            app::Error::FrequencyNotAvailable => refusal::status(Reason::FrequencyNotAvailable, text),
            app::Error::Database(error) if kvitt_postgres::unavailable(&error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "the database cannot be reached");
                refusal::status(Reason::Unavailable, "the service cannot reach its database")
            }
            app::Error::Database(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "a statement failed");
                refusal::status(Reason::Internal, "an internal fault")
            }
        }
    }
}

#[cfg(test)]
mod tests;
