//! The law of payments: pure functions over values. No clock, no randomness, no I/O; `now` and fresh ids are
//! arguments.
//!
//! A payment is a fold over its events. [`decide`] says which event a command causes, or why it is refused;
//! [`Payment::apply`] is what the event does. To add a verb: a [`Command`], an [`Event`], a branch in each of the
//! two, and the [`Refusal`]s it can meet.

mod callback;
mod create;
mod decide;
mod ecom;
mod passthrough;
mod payment;
mod receipt;
mod refusal;
mod request;
mod shipping;
mod terms;
pub(crate) mod transaction;
mod vm_number;

#[cfg(test)]
mod model_tests;

pub(crate) use callback::{CallbackToken, Callbacks};
pub(crate) use create::{Create, KnownPayer, SalesUnit};
pub(crate) use decide::{ANSWER_WITHIN, Approval, Cancel, Command, consequence, decide};
pub(crate) use ecom::EcomTerms;
pub(crate) use passthrough::{CardPassthrough, Method, Source};
pub(crate) use payment::{
    Agreed, Decline, Event, LONGEST_LOOK, Payment, Pending, PendingKind, Reserved, State, Sums,
};
pub(crate) use receipt::{BottomLine, OrderLine, Receipt, UnitInfo};
pub(crate) use refusal::Refusal;
pub(crate) use request::{Airline, Customer, Interaction, Origin, Qr, QrFormat, Request, UserFlow};
pub(crate) use shipping::{
    CallbackStyle, Chosen, DynamicOptions, Shipping, ShippingGroup, ShippingOption, ShippingOptions,
};
pub(crate) use terms::{Rules, Terms};
pub(crate) use vm_number::VmNumberTerms;
