//! Upstream's ePayment API v1, an operation a file: read the call, make it one rpc, answer in upstream's shape.

pub(crate) mod call;
pub(crate) mod cancel;
pub(crate) mod capture;
pub(crate) mod create;
pub(crate) mod events;
#[cfg(feature = "sandbox")]
pub(crate) mod force_approve;
pub(crate) mod get;
pub(crate) mod json;
pub(crate) mod refund;
