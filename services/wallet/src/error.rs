//! What can go wrong in a use case. `grpc/refusal.rs` says it to the caller.

use kvitt_primitives::PhoneNumber;
use kvitt_proto::refusal::FieldViolation;
use kvitt_runtime::LaneError;
use tonic::Status;

use crate::domain::{approval, customer};

/// Why a use case has no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// Fields break rules.
    #[error("fields break rules: {0:?}")]
    Fields(Vec<FieldViolation>),
    /// A text given as phone number is none.
    #[error("a phone number {}", PhoneNumber::RULE)]
    PhoneNumber,
    /// Nobody has this id or phone number.
    #[error("no such payer")]
    PayerNotFound,
    /// The id, the phone number or a card's id is taken by a payer with other attributes.
    #[error("the payer, the phone number or a card exists with other attributes")]
    PayerExists,
    /// Whom a merchant named is no customer.
    #[error(transparent)]
    Customer(#[from] customer::Refusal),
    /// A text that was scanned is no code, or leads nowhere any more.
    #[error("this is no code of this platform, or none any more")]
    CodeNotFound,
    /// Nothing is shared under this name, or it may no longer be read.
    #[error("nothing is shared with this sales unit under this name")]
    NothingShared,
    /// The system gives no random bytes.
    #[error("the system gives no randomness")]
    NoRandomness,
    /// The payment cannot be answered this way.
    #[error(transparent)]
    Approval(#[from] approval::Refusal),
    /// A fault that somebody asked for keeps the answer back.
    #[cfg(feature = "sandbox")]
    #[error("no answer, as a fault of the sandbox demands")]
    NoAnswer,
    /// Too many merchants' servers are being waited for.
    #[error("too many merchants' servers are being waited for")]
    ShopsBusy,
    /// Force approve without the sandbox switch.
    #[error("force approve is a power of the sandbox, which is switched off")]
    SandboxOff,
    /// Another service refused; what it said is the answer.
    #[error("another service refused")]
    Peer(#[source] Status),
    /// Another service's answer lacks something it always has.
    #[error("the answer of another service lacks {0}")]
    PeerAnswer(&'static str),
    /// The acquirer's lane took nothing, or gave no answer.
    #[error(transparent)]
    Lane(#[from] LaneError),
    /// The acquirer could not execute a batch.
    #[error(transparent)]
    Execution(#[from] ExecutionFailure),
    /// The database refused or is away.
    #[error("the database gave no answer")]
    Store(#[from] sqlx::Error),
}

/// Why a batch of operations has no outcome. It is copied to every caller of the batch; the cause is in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ExecutionFailure {
    /// The database is away; whether the batch was stored is unknown, and the ids tell.
    #[error("the database cannot be reached")]
    Unavailable,
    /// Other instances were faster, time and again.
    #[error("the cards are moved by others all the time")]
    Contended,
    /// The database refused the batch.
    #[error("the database refused the operations")]
    Refused,
}

/// One broken field.
pub(crate) fn field(field: impl Into<String>, rule: impl Into<String>) -> Error {
    Error::Fields(vec![FieldViolation::new(field, rule)])
}
