//! Who changed what, and what it was before and after: an append-only log in the database of the service that made the
//! change, written in the same transaction.
//!
//! Each entry carries a hash over itself and over the entry before, so the log is one chain: [`verify()`] finds an entry
//! that was edited, added or taken away behind the service's back. Whoever can write the tables *and* knows how the chain
//! is made can make all of it anew; against them only a copy of a hash kept elsewhere helps, so [`verify()`] answers the
//! last one.
//!
//! No entry may hold personal data or a secret: people are ids. To give a service such a log: a migration like
//! `services/access/migrations/0004_audit_log.sql`, then [`append`] at the end of every transaction that changes something.

mod entry;
mod store;
mod verify;

pub use entry::{Entry, Stored, actor, trace_id};
pub use store::{append, list};
pub use verify::{Broken, MOST_BROKEN, Verified, verify};

#[cfg(test)]
mod tests;
