//! Upstream's eCom API v2 (contract-payments section 9), an operation a file. It has no engine of its own: every call
//! is translated onto the payments that ePayment has, so an order can be read and captured there too, but not the other
//! way round.
//!
//! Its oddities live here and nowhere else: the sales unit stands in the body (`auth.rs`), a modification is told with
//! the event that it caused (`order.rs`), refusals are arrays with codes of their own (`refusal.rs`), and the history is
//! told newest first (`json/history.rs`).

pub(crate) mod auth;
mod call;
pub(crate) mod cancel;
pub(crate) mod capture;
pub(crate) mod details;
#[cfg(feature = "sandbox")]
pub(crate) mod force_approve;
pub(crate) mod initiate;
pub(crate) mod json;
mod order;
pub(crate) mod refund;
pub(crate) mod refusal;
pub(crate) mod status;
