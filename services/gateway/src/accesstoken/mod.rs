//! Upstream's Access token API (contract-payments section 2): its own wire types, its own error bodies.

pub(crate) mod get;
pub(crate) mod json;
pub(crate) mod refusal;
pub(crate) mod token;
