//! Why a use case did not do what it was asked.

use kvitt_proto::refusal::FieldViolation;

use crate::domain::ledger::TooLarge;

/// Why a use case did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The caller may not; the layer that knows has already said it in the words of the wire.
    #[error("the caller may not do this")]
    Refused(#[source] tonic::Status),
    /// Fields that could not be judged by themselves.
    #[error("the request is not as it should be")]
    Fields(Vec<FieldViolation>),
    #[error("No such ledgerId")]
    LedgerNotFound,
    #[error("there is no settlement on these dates")]
    ReportEmpty,
    #[error("too many reports are being made right now")]
    Busy,
    #[error("there is no such sales unit")]
    UnitNotFound,
    #[error("there is no such subscription")]
    SubscriptionNotFound,
    /// It passes within moments.
    #[error("the ledger date that is over is being closed; try again")]
    Closing,
    #[error("the idempotency key was used for another request")]
    KeyConflict,
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    /// Another service refused, in the words of the wire, which are for whoever asks.
    #[error("another service refused")]
    Peer(#[source] tonic::Status),
    #[error("another service answered without {0}")]
    PeerAnswer(&'static str),
    #[error("the report cannot be written")]
    Report(#[from] kvitt_reports::Error),
    #[error("the database did not do what it was asked")]
    Database(#[from] sqlx::Error),
}
