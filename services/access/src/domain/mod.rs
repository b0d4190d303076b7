//! The rules: what credentials look like, when a signing key comes and goes, who users are and what they may become.

#[cfg(feature = "sandbox")]
pub(crate) mod clock;
pub(crate) mod credentials;
pub(crate) mod login;
pub(crate) mod membership;
pub(crate) mod owner;
pub(crate) mod password;
pub(crate) mod person;
pub(crate) mod rotation;
pub(crate) mod test_user;
