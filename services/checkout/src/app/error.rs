//! What can go wrong in a use case. `grpc/refusal.rs` says it to the caller.

use tonic::Status;

use crate::domain::{Refusal, Violation};

/// Why a use case has no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// Fields break rules.
    #[error("fields break rules")]
    Fields(Vec<Violation>),
    /// In upstream's words.
    #[error("Session expired or not known.")]
    NotFound,
    #[error(transparent)]
    Domain(#[from] Refusal),
    #[error("the sales unit has a session of this reference")]
    ReferenceExists,
    #[error("the idempotency key was used for another session")]
    KeyConflict,
    #[error("the sales unit takes no payments")]
    CannotBeCreated,
    #[error("the sales unit takes {0} only")]
    InvalidCurrency(&'static str),
    /// There is nothing to fall back on.
    #[error("the merchant's server named no usable shipping options")]
    ShippingNotAnswered,
    #[error("too many merchants' servers are being asked")]
    Overloaded,
    /// Another service refused; what it said is the answer.
    #[error("another service refused")]
    Peer(#[source] Status),
    /// Another service's answer lacks something it always has.
    #[error("the answer of another service lacks {0}")]
    PeerAnswer(&'static str),
    #[error("the system gives no randomness")]
    Chance,
    #[error("the database did not do what it was asked")]
    Store(#[from] sqlx::Error),
}
