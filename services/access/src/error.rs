//! Why the service did not do what it was asked.

use tonic::Code;

use crate::domain::membership::Refusal;

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
    #[error("the sales unit has keys already")]
    UnitHasKeys,
    #[error("the sales unit belongs to another merchant")]
    UnitOfAnotherMerchant,
    /// Says the same of keys that are not there, that have ended, and that are not for the caller to see.
    #[error("there are no such keys")]
    NoSuchKeys,
    #[error("keys of this kind have no subscription keys")]
    NoSubscriptionKeys,
    /// Says the same of a unit that is not there and of one that the caller does not see, like the one below.
    #[error("there is no such sales unit")]
    NoSuchUnit,
    #[error("there is no such merchant")]
    NoSuchMerchant,
    #[error("the caller may not do this")]
    NotPermitted,
    #[error("the merchant has no such user")]
    NoSuchUser,
    #[error("nobody is known by this number")]
    NoSuchPerson,
    #[error("the user has a part in the merchant already")]
    UserIsThere,
    #[error("the register knows somebody else by one of these numbers")]
    #[cfg_attr(not(feature = "sandbox"), expect(dead_code, reason = "only the sandbox has a register"))]
    PersonExists,
    #[error("is not one of the merchant's sales units")]
    ForeignUnits(Vec<kvitt_primitives::Msn>),
    #[error(
        "the merchant would have no Administrator left; the support of the platform can replace the last one"
    )]
    LastAdministrator,
    #[error("nobody changes their own role, grants or units")]
    OwnRole,
    #[error("the merchant has 5 test users, which is the most; contact the support of the platform for more")]
    TooManyTestUsers,
    #[error("another payer has this id or a number like it; ask again with another id")]
    TestUserTaken,
    #[error("test users cannot be made here: there is no wallet")]
    NoWallet,
    #[error("the wallet did not make the test user yet; ask again")]
    Wallet(#[source] Box<tonic::Status>),
    /// Says the same of an unknown person, a wrong password and a login that has ended.
    #[error("the login has failed")]
    LoginFailed,
    #[error("you have no access; contact your company's administrator")]
    #[cfg_attr(not(feature = "sandbox"), expect(dead_code, reason = "only the sandbox simulates providers"))]
    NoAccess,
    #[error("there is no such session, or it has ended")]
    SessionInvalid,
    #[error("people of this country sign in with their identity provider alone")]
    NoPasswords,
    #[error("another user signs in with this e-mail address")]
    EmailTaken,
    #[error("this is only for the sandbox")]
    SandboxOff,
    #[error("too many passwords are being checked")]
    Busy,
    #[error("a password could not be hashed")]
    Password(#[from] argon2::password_hash::Error),
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

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::LastAdministrator => Self::LastAdministrator,
            Refusal::OwnRole => Self::OwnRole,
        }
    }
}

impl Error {
    /// Whether the database or the wallet could not be reached, so that the same call may succeed later.
    pub(crate) fn is_outage(&self) -> bool {
        match self {
            Self::Database(error) => kvitt_postgres::unavailable(error),
            Self::Wallet(status) => matches!(status.code(), Code::Unavailable | Code::DeadlineExceeded),
            _ => false,
        }
    }
}
