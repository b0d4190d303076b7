//! The rules: what a transfer is, what a date's end brings, when it comes, what a capture costs. Pure.
//!
//! A stream is what merchants see of an account; a transfer moves money between two accounts and never changes. To add a
//! type of entry: its line in [`EntryType`], what it moves in [`ledger`], and the value in `ledger_service.proto`.

pub(crate) mod agreement;
pub(crate) mod bank_text;
pub(crate) mod calendar;
pub(crate) mod closing;
pub(crate) mod cursor;
pub(crate) mod ledger;
pub(crate) mod ledger_id;
pub(crate) mod mail;
pub(crate) mod manual;
pub(crate) mod personal;
pub(crate) mod terms;

pub(crate) use agreement::Agreement;
pub(crate) use closing::{NewPayout, close};
pub(crate) use ledger::{Account, Cause, EntryType, Ledger, Topic, Transfer};
pub(crate) use ledger_id::LedgerId;
pub(crate) use terms::{Frequency, Owner, Terms};
