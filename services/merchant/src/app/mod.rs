//! One use case, one file. Each asks what the caller may do, opens its transaction, asks the store, and says what was
//! refused.

pub(crate) mod audit;
pub(crate) mod merchants;
pub(crate) mod orders;
pub(crate) mod partners;
pub(crate) mod units;

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgPool;

use kvitt_runtime::{Authority, Caller, Clock};

/// What use cases work with; clones share it.
#[derive(Clone, Debug)]
pub(crate) struct App {
    pub(crate) pool: PgPool,
    pub(crate) authority: Authority,
    pub(crate) clock: Clock,
    /// Whether what nobody else decides is decided by itself.
    pub(crate) sandbox: bool,
    /// How long a test unit takes to be there.
    pub(crate) test_unit_delay: TimeDelta,
}

/// Who changes something, and when: what every entry of the audit log says.
#[derive(Clone, Debug)]
pub(crate) struct By {
    pub(crate) actor: String,
    pub(crate) trace_id: String,
    pub(crate) at: DateTime<Utc>,
}

impl By {
    pub(crate) fn caller(caller: &Caller, clock: &Clock) -> Self {
        Self { actor: kvitt_audit_log::actor(caller), trace_id: kvitt_audit_log::trace_id(), at: clock.now() }
    }
}

/// Why a use case did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The caller may not; the layer that knows has already said it in the words of the wire.
    #[error("the caller may not do this")]
    Refused(#[source] tonic::Status),
    /// A field that could not be judged by itself.
    #[error("{field} {rule}")]
    Field { field: &'static str, rule: &'static str },
    #[error("there is no such merchant")]
    MerchantNotFound,
    #[error("there is no such sales unit")]
    SalesUnitNotFound,
    #[error("the sales unit has no logo")]
    LogoNotFound,
    #[error("the sales unit has no settlement account")]
    AccountNotFound,
    #[error("the merchant exists with other attributes")]
    MerchantExists,
    #[error("the company is a merchant already, under another id")]
    CompanyExists,
    #[error("the sales unit exists with other attributes")]
    SalesUnitExists,
    #[error("a test sales unit never changes")]
    TestUnitImmutable,
    #[error("the bank says that the account is another company's")]
    AccountNotOwned,
    #[error("units of this market are paid out daily")]
    FrequencyNotAvailable,
    #[error("the database did not do what it was asked")]
    Database(#[from] sqlx::Error),
}

impl From<crate::domain::TestUnitImmutable> for Error {
    fn from(_: crate::domain::TestUnitImmutable) -> Self {
        Self::TestUnitImmutable
    }
}

impl From<crate::domain::FrequencyNotAvailable> for Error {
    fn from(_: crate::domain::FrequencyNotAvailable) -> Self {
        Self::FrequencyNotAvailable
    }
}
