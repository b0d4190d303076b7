//! The rules, without I/O: time and fresh ids are arguments.

pub(crate) mod acquirer;
pub(crate) mod approval;
pub(crate) mod card;
pub(crate) mod inbox;
pub(crate) mod payer;
