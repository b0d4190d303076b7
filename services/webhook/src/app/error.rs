//! Why a use case did not do what it was asked.

/// Why a use case did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The caller may not; the layer that knows has already said it in the words of the wire.
    #[error("the caller may not do this")]
    Refused(#[source] tonic::Status),
    /// A field that could not be judged by itself.
    #[error("{field} {rule}")]
    Field { field: &'static str, rule: String },
    #[error("there is no such registration")]
    WebhookNotFound,
    #[error("there is no such delivery")]
    DeliveryNotFound,
    #[error("there is no such check-in")]
    CheckInNotFound,
    /// What it held is forgotten, or its registration has ended.
    #[error("the delivery cannot be sent again")]
    NotResendable,
    #[error("too many are on their way")]
    Overloaded,
    #[error("what is kept cannot be sealed or opened")]
    Envelope(#[from] kvitt_envelope::Error),
    #[error("the database did not do what it was asked")]
    Database(#[from] sqlx::Error),
}
