//! Why the service did not do what it was asked.

/// Everything a use case can end in but success. `grpc::status` says what each means on the wire.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("the subscription key is missing")]
    SubscriptionKeyMissing,
    #[error("the subscription key is not valid for this client")]
    SubscriptionKeyInvalid,
    /// Says the same of an unknown client and of a wrong secret.
    #[error("the client id or its secret is not valid")]
    ClientInvalid,
    #[error("the client has other credentials")]
    CredentialsExist,
    #[error("a subscription key is in use by another client")]
    SubscriptionKeyTaken,
    #[error("the database did not do what it was asked")]
    Database(#[from] sqlx::Error),
    #[error("a signing key could not be handled")]
    Envelope(#[from] crate::envelope::Error),
    #[error("a signing key at rest has another public key than its private key")]
    KeyMismatch,
    #[error("there is no signing key")]
    NoSigningKey,
    #[error("a token could not be signed")]
    Signing(#[from] jsonwebtoken::errors::Error),
}

impl Error {
    /// Whether the database could not be reached, so that the same call may succeed later.
    pub(crate) fn is_outage(&self) -> bool {
        matches!(self, Self::Database(error) if kvitt_postgres::unavailable(error))
    }
}
