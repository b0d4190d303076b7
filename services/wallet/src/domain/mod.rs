//! The rules, without I/O: time and fresh ids are arguments.

pub(crate) mod acquirer;
pub(crate) mod approval;
pub(crate) mod attempt;
pub(crate) mod card;
pub(crate) mod card_callback;
pub(crate) mod challenge;
pub(crate) mod consent;
pub(crate) mod customer;
pub(crate) mod decimal;
#[cfg(feature = "sandbox")]
pub(crate) mod faults;
pub(crate) mod inbox;
pub(crate) mod limits;
pub(crate) mod passthrough;
pub(crate) mod payer;
pub(crate) mod person;
pub(crate) mod shipping;
pub(crate) mod typed_card;
