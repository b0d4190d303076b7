//! The rules, without I/O: time and fresh ids are arguments.

pub(crate) mod acquirer;
pub(crate) mod approval;
pub(crate) mod card;
#[cfg(feature = "sandbox")]
pub(crate) mod faults;
pub(crate) mod inbox;
pub(crate) mod payer;
