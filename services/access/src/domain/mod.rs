//! The rules: what credentials look like, and when a signing key comes and goes.

#[cfg(feature = "sandbox")]
pub(crate) mod clock;
pub(crate) mod credentials;
pub(crate) mod rotation;
