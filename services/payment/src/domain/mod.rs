//! The law of payments: pure functions over values. No clock, no randomness, no I/O; `now` and fresh ids are
//! arguments.
//!
//! A payment is a fold over its events. [`decide`] says which event a command causes, or why it is refused;
//! [`Payment::apply`] is what the event does. To add a verb: a [`Command`], an [`Event`], a branch in each of the
//! two, and the [`Refusal`]s it can meet.

mod decide;
mod payment;
mod receipt;
mod refusal;
mod terms;

#[cfg(test)]
mod model_tests;

pub(crate) use decide::{ANSWER_WITHIN, Approval, Command, decide};
pub(crate) use payment::{Event, LONGEST_LOOK, Payment, Pending, PendingKind, Reserved, State, Sums};
pub(crate) use receipt::{BottomLine, OrderLine, Receipt, UnitInfo};
pub(crate) use refusal::Refusal;
pub(crate) use terms::{
    Airline, Create, Customer, Interaction, KnownPayer, Method, Qr, QrFormat, Request, SalesUnit, Terms,
    UserFlow,
};
