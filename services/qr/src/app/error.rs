//! Why a use case did not do what it was asked.

use kvitt_proto::refusal::FieldViolation;

/// Why a use case did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The caller may not; the layer that knows has already said it in the words of the wire.
    #[error("the caller may not do this")]
    Refused(#[source] tonic::Status),
    /// Fields that could not be judged by themselves.
    #[error("the request is not as it should be")]
    Fields(Vec<FieldViolation>),
    #[error("there is no such code")]
    CodeNotFound,
    #[error("there is no such check-in")]
    CheckInNotFound,
    #[error("the id is in use")]
    IdExists,
    #[error("another sales unit has the beacon")]
    BeaconTaken,
    /// The payment behind a one-time code waits no more.
    #[error("the payment has ended")]
    OrderTimeout,
    #[error("there is no such payment link")]
    LinkNotFound,
    #[error("a payment link with this id is another one")]
    LinkExists,
    #[error("the payment link takes no payment now")]
    LinkNotOpen,
    #[error("the sales unit has no payment links")]
    LinksNotAllowed,
    /// The attempt was another request.
    #[error("the idempotency key was used for another request")]
    AttemptConflict,
    #[error("there is no such VM number")]
    UnitNotFound,
    #[error("the system gives no randomness")]
    NoRandomness,
    /// Another service refused, in the words of the wire, which are for whoever asks.
    #[error("another service refused")]
    Peer(#[source] tonic::Status),
    #[error("another service answered without {0}")]
    PeerAnswer(&'static str),
    #[error("the database did not do what it was asked")]
    Database(#[from] sqlx::Error),
}
