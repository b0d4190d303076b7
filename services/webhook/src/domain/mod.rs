//! The rules of telling: to whom, what, in which order, and when again. Pure: no I/O, no clock, no chance.

pub(crate) mod dashboard;
pub(crate) mod delivery;
pub(crate) mod desk;
pub(crate) mod ecom;
pub(crate) mod event;
#[cfg(feature = "sandbox")]
pub(crate) mod faults;
pub(crate) mod payload;
pub(crate) mod registration;
pub(crate) mod schedule;
pub(crate) mod shown;

pub(crate) use delivery::{Attempt, EndpointId, Key, Kind, New, Outcome, State};
pub(crate) use desk::Desk;
pub(crate) use event::EventType;
pub(crate) use registration::{Owner, Registration};
pub(crate) use shown::{Shown, ShownAttempt};
