//! The rules: what credentials look like, and when a signing key comes and goes.

pub(crate) mod credentials;
pub(crate) mod rotation;
